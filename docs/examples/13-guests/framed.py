"""A protocol of our own: first how long a message is, then the message."""

import socket
import struct
import threading
from socketserver import StreamRequestHandler, ThreadingTCPServer

LENGTH = struct.Struct("!I")  # four bytes, as networks write them
MOST = 1 << 16  # bytes of a message


class FrameHandler(StreamRequestHandler):
    """Take messages of any bytes; a child says what to answer."""

    timeout = 10

    def handle(self):
        while (message := self.read_frame()) is not None:
            self.write_frame(self.answer(message))

    def answer(self, message):
        raise NotImplementedError

    def read_frame(self):
        """Read a message; None at the end, in good order or not."""
        head = self.rfile.read(LENGTH.size)
        if len(head) < LENGTH.size:
            return None
        [size] = LENGTH.unpack(head)
        if size > MOST:
            return None
        body = self.rfile.read(size)
        return body if len(body) == size else None

    def write_frame(self, message):
        self.wfile.write(LENGTH.pack(len(message)) + message)


class Reverse(FrameHandler):
    def answer(self, message):
        print("message:", message)
        return message[::-1]


with ThreadingTCPServer(("127.0.0.1", 0), Reverse) as server:
    loop = threading.Thread(target=server.serve_forever)
    loop.start()
    client = socket.create_connection(server.server_address)
    with client, client.makefile("rb") as answers:
        client.sendall(LENGTH.pack(8) + b"two\nline")
        print("answer: ", answers.read(LENGTH.size + 8)[LENGTH.size :])

        # And one that breaks off in the middle.
        client.sendall(LENGTH.pack(10) + b"seven..")
        client.shutdown(socket.SHUT_WR)
        print("answer: ", answers.read())
    server.shutdown()
    loop.join()
