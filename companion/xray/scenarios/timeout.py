"""`handle_request` waits in vain.

Nobody comes within `timeout` seconds, so `handle_timeout` is called and
`handle_request` returns. No loop runs; the next call would wait afresh.
"""

import socketserver

from companion.xray.stage import let_time_run


class Upper(socketserver.StreamRequestHandler):
    def handle(self):
        line = self.rfile.readline()
        self.wfile.write(line.upper())


class Patient(socketserver.TCPServer):
    timeout = 0.05

    def handle_timeout(self):
        self.quiet = True


let_time_run()
with Patient(("127.0.0.1", 0), Upper) as server:
    server.handle_request()
