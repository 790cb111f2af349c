"""How long is it?

A stream has no messages. A guest that wants some says in front how long each
of them is, as HTTP does by its `Content-Length`. Here the length is said in
four ways, and one of them is right. Say what the client reads.
"""

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="what a length counts, and what a wrong one does",
    learned="A length counts bytes, not letters. Where it is too short, the "
    "rest is cut off; where it is too long, somebody waits.",
    covers=("StreamRequestHandler.setup", "StreamRequestHandler.finish"),
    difficulty=3,
    hints=(
        "`len` of a text counts letters. An umlaut and a sharp s take two "
        "bytes each in UTF-8.",
        "The client reads so many bytes as it was told, and then it is done. "
        "It does not look whether more has come.",
        "With too great a length the client reads on, until the server "
        "hangs up. Then it knows that something is missing, and says so.",
    ),
    program="""
        import http.client
        import http.server
        import threading

        from minisocketserver import TCPServer

        text = "Gr\\u00fc\\u00dfe"  # five letters, two of them not ASCII
        data = text.encode()


        def told(length):
            class Page(http.server.BaseHTTPRequestHandler):
                def do_GET(self):
                    self.send_response(200)
                    if length is not None:
                        self.send_header("Content-Length", str(length))
                    self.end_headers()
                    self.wfile.write(data)

                def log_message(self, *words):
                    pass  # it would write to stderr

            with TCPServer(("127.0.0.1", 0), Page) as server:
                browser = http.client.HTTPConnection(*server.server_address)
                browser.connect()
                loop = threading.Thread(target=server.handle_request)
                loop.start()
                browser.request("GET", "/")
                try:
                    return browser.getresponse().read()
                except http.client.IncompleteRead:
                    return "IncompleteRead"
                finally:
                    browser.close()
                    loop.join()


        right = told(len(data))
        letters = told(len(text))
        too_long = told(100)
        untold = told(None)
    """,
    questions=(
        Question("length", "What is `len(data)`? A number."),
        Question("letters", "How many bytes has `letters`?"),
        Question(
            "too_long",
            "What is `too_long`?",
            choices=("all of it", "IncompleteRead", "nothing"),
        ),
        Question(
            "untold",
            "No length is told, and the connection is closed afterwards. How "
            "many bytes has `untold`?",
        ),
    ),
    mistakes=(
        Mistake(
            "Letters taken for bytes",
            "In UTF-8 a letter has one byte to four. The wire carries bytes, "
            "so count after `encode`.",
            fails="length",
            answer=5,
            symptom="All is well until the first customer with an umlaut.",
        ),
        Mistake(
            "A length that is believed to be advice",
            "The client reads as many bytes as it was told and stops, in the "
            "middle of a letter if need be.",
            fails="letters",
            answer=7,
            symptom="The last letters of a page are missing, but only in "
            "some languages.",
        ),
        Mistake(
            "Too long, and no harm expected",
            "The client was promised a hundred bytes. It reads on, until the "
            "connection ends too early, and that is an error.",
            fails="too_long",
            answer="all of it",
            symptom="A browser spins on a page that is there, then reports "
            "that the connection was lost.",
        ),
        Mistake(
            "No length, so no end",
            "The end of the connection is an end as well. HTTP/1.0 has done "
            "so from the beginning; it costs a connection for each page.",
            fails="untold",
            answer=0,
            symptom="You expect that a page without a length cannot be read.",
        ),
    ),
)


def answers(seen):
    too_long = seen.too_long
    return {
        "length": len(seen.right),
        "letters": len(seen.letters),
        "too_long": "all of it" if too_long == seen.data else too_long,
        "untold": len(seen.untold),
    }
