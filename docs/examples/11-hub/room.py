"""A chat in one room: two threads for each client, and a hub for all."""

import socket
import threading
from socketserver import StreamRequestHandler, ThreadingTCPServer

from minisocketserver import HubMixIn


class Guest(StreamRequestHandler):
    """Read in one thread, write in another: neither could do both."""

    def handle(self):
        hub = self.server.hub
        inbox = hub.listen("room")
        writer = threading.Thread(target=self.write, args=[inbox])
        writer.start()

        name = self.rfile.readline().decode().strip()
        hub.publish("room", f"* {name} is here")
        for line in self.rfile:
            hub.publish("room", f"{name}: {line.decode().strip()}")
        inbox.close()
        writer.join()

    def write(self, inbox):
        for message in inbox:
            self.wfile.write(f"{message}\n".encode())


class Chat(HubMixIn, ThreadingTCPServer):
    """A hub in front of a server with threads."""


class Client:
    """Somebody who says a line, and hears lines."""

    def __init__(self, server, name):
        self.name = name
        self.socket = socket.create_connection(server.server_address)
        self.file = self.socket.makefile("r")
        self.say(name)

    def say(self, words):
        self.socket.sendall(f"{words}\n".encode())

    def hear(self):
        print(f"{self.name} hears: {self.file.readline().strip()}")

    def leave(self):
        self.file.close()
        self.socket.close()


with Chat(("127.0.0.1", 0), Guest) as server:
    loop = threading.Thread(target=server.serve_forever)
    loop.start()
    ann = Client(server, "ann")
    ann.hear()
    bob = Client(server, "bob")
    ann.hear()
    bob.hear()
    ann.say("tea?")
    bob.hear()
    ann.hear()
    for client in (ann, bob):
        client.leave()
    server.shutdown()
    loop.join()
