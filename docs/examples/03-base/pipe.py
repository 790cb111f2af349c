"""A server that has no socket: its clients write into a pipe."""

import os
import socketserver
import threading


class PipeServer(socketserver.BaseServer):
    def __init__(self, handler):
        super().__init__("a pipe", handler)
        self.out, self.into = os.pipe()

    def fileno(self):
        return self.out

    def get_request(self):
        return os.read(self.out, 1), "somebody"

    def server_close(self):
        os.close(self.out)
        os.close(self.into)


class Tell(socketserver.BaseRequestHandler):
    def handle(self):
        print(self.client_address, "wrote", self.request)
        if self.request == b"!":
            done.set()


done = threading.Event()
with PipeServer(Tell) as server:
    threading.Thread(target=server.serve_forever).start()
    os.write(server.into, b"hi!")
    done.wait()
    server.shutdown()
