"""A server without `socketserver`, and one client."""

import socket
import threading


def serve_one(listener):
    connection, _ = listener.accept()
    with connection, connection.makefile("rb") as reader:
        line = reader.readline()
        connection.sendall(line.upper())


with socket.create_server(("127.0.0.1", 0)) as listener:
    server = threading.Thread(target=serve_one, args=[listener])
    server.start()
    with socket.create_connection(listener.getsockname()) as client:
        client.sendall(b"hello\n")
        print("the client got", client.makefile("rb").readline())
    server.join()
