"""A server that gives a line back in capitals, and one client."""

import socket
import socketserver
import threading


class Shout(socketserver.StreamRequestHandler):
    def handle(self):
        line = self.rfile.readline()
        self.wfile.write(line.upper())


with socketserver.TCPServer(("127.0.0.1", 0), Shout) as server:
    threading.Thread(target=server.serve_forever).start()
    with socket.create_connection(server.server_address) as client:
        client.sendall(b"hello\n")
        print("first answer: ", client.recv(100))
        print("second answer:", client.recv(100))
    server.shutdown()
