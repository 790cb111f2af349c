"""Host and port as two arguments: who complains?"""

import socketserver


class Shout(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(self.rfile.readline().upper())


try:
    socketserver.TCPServer("127.0.0.1", 0, Shout)
except Exception as error:
    print(type(error).__name__)
    print(error)
