"""Two questions by HTTP: how many requests are that?"""

import threading
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer


class Hello(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.questions += 1
        self.send_response(200)
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"hello\n")

    def log_message(self, *args):
        """Say nothing."""


class Counting(HTTPServer):
    questions = requests = 0

    def process_request(self, request, client_address):
        self.requests += 1
        super().process_request(request, client_address)


for Hello.protocol_version in ("HTTP/1.0", "HTTP/1.1"):
    with Counting(("127.0.0.1", 0), Hello) as server:
        loop = threading.Thread(target=server.serve_forever)
        loop.start()
        client = HTTPConnection(*server.server_address, timeout=10)
        for _ in range(2):
            client.request("GET", "/")
            client.getresponse().read()
        client.close()
        server.shutdown()
        loop.join()
    print(
        f"{Hello.protocol_version}: do_GET {server.questions} times,",
        f"process_request {server.requests} times",
    )
