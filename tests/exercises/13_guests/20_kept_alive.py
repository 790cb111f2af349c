"""Kept alive

`http.server` is a guest of `socketserver`, and here the mini is its host. A
browser asks for three pages, once in HTTP/1.0 and once in HTTP/1.1, where a
connection is kept alive for the next page. The server counts the calls of
`process_request`, and the guest counts the pages.
"""

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="that a request of the server is not a request of the guest",
    learned="To the server, a request is a connection. How many questions "
    "are asked over it is the handler's business, and as long as it lasts a "
    "plain server has time for nobody else.",
    covers=(
        "BaseServer.process_request",
        "BaseServer.finish_request",
        "ThreadingMixIn.process_request",
    ),
    difficulty=3,
    hints=(
        "`process_request` is called for each connection that was accepted. "
        "What goes on inside of it, it does not know.",
        "The guest's `handle` is a loop: it reads a question, answers, and "
        "does so again while the connection is to be kept.",
        "A connection that is kept alive keeps its handler, and a plain "
        "server is in the middle of that handler.",
    ),
    program="""
        import http.client
        import http.server
        import threading

        from minisocketserver import TCPServer, ThreadingTCPServer


        class Page(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.server.pages += 1
                self.send_response(200)
                self.send_header("Content-Length", "5")
                self.end_headers()
                self.wfile.write(b"hello")

            def log_message(self, *words):
                pass  # it would write to stderr


        class Counting(TCPServer):
            pages = calls = 0

            def process_request(self, request, client_address):
                self.calls += 1
                super().process_request(request, client_address)


        class OldPage(Page):
            protocol_version = "HTTP/1.0"


        class KeptPage(Page):
            protocol_version = "HTTP/1.1"


        def browse(handler):
            with Counting(("127.0.0.1", 0), handler) as server:
                loop = threading.Thread(target=server.serve_forever)
                loop.start()
                browser = http.client.HTTPConnection(*server.server_address)
                for _ in range(3):
                    browser.request("GET", "/")
                    browser.getresponse().read()
                browser.close()
                server.shutdown()
                loop.join()
                return server.calls, server.pages


        def second(server_class):
            with server_class(("127.0.0.1", 0), KeptPage) as server:
                server.pages = 0
                loop = threading.Thread(target=server.serve_forever)
                loop.start()
                address = server.server_address
                first = http.client.HTTPConnection(*address)
                first.request("GET", "/")
                first.getresponse().read()  # and the connection stays

                late = http.client.HTTPConnection(*address, timeout=0.1)
                late.request("GET", "/")
                try:
                    answer = late.getresponse().read()
                except TimeoutError:
                    answer = "nothing yet"
                first.close()
                late.close()
                server.shutdown()
                loop.join()
                return answer


        old_calls, old_pages = browse(OldPage)
        kept_calls, kept_pages = browse(KeptPage)
        plain = second(TCPServer)
        threaded = second(ThreadingTCPServer)
    """,
    questions=(
        Question("old_calls", "What is `old_calls`? A number."),
        Question("kept_calls", "What is `kept_calls`?"),
        Question("kept_pages", "What is `kept_pages`?"),
        Question(
            "plain",
            "The first browser has its page and keeps its connection. What "
            "does the second one get: `plain`?",
            choices=(b"hello", "nothing yet"),
        ),
        Question(
            "threaded",
            "The same with a thread for each connection: what is `threaded`?",
            choices=(b"hello", "nothing yet"),
        ),
    ),
    mistakes=(
        Mistake(
            "A connection kept by a guest that cannot keep it",
            "HTTP/1.0 closes the connection after each answer. The browser "
            "opens another one, and does not say so.",
            fails="old_calls",
            answer=1,
            symptom="A page with thirty pictures makes thirty threads.",
        ),
        Mistake(
            "A page taken for a request",
            "`process_request` is called for a connection. The three pages "
            "come and go inside of one call of it.",
            fails="kept_calls",
            answer=3,
            symptom="A limit of requests, counted in `process_request`, is "
            "never reached.",
        ),
        Mistake(
            "One connection, so one page",
            "The guest's `handle` goes round until the browser hangs up. "
            "Each round is a page.",
            fails="kept_pages",
            answer=1,
            symptom="You count connections, and the log has more pages.",
        ),
        Mistake(
            "A page that was sent taken for a client that has left",
            "The first browser may ask for more. Its handler waits for that, "
            "and the plain server waits for the handler.",
            fails="plain",
            answer=b"hello",
            symptom="HTTP/1.1 is switched on, and the server answers one "
            "browser and no other.",
        ),
        Mistake(
            "All servers taken for plain ones",
            "The handler that waits has a thread of its own. The loop is "
            "free, and accepts the second browser.",
            fails="threaded",
            answer="nothing yet",
            symptom="You switch HTTP/1.1 off, where a mix-in would have "
            "helped.",
        ),
    ),
)


def answers(seen):
    return {
        "old_calls": seen.old_calls,
        "kept_calls": seen.kept_calls,
        "kept_pages": seen.kept_pages,
        "plain": seen.plain,
        "threaded": seen.threaded,
    }
