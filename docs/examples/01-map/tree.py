"""The family of the servers, as Python itself knows it."""

import socketserver


def draw(cls, depth=0):
    print("    " * depth + cls.__name__)
    for heir in cls.__subclasses__():
        if len(heir.__bases__) == 1:
            draw(heir, depth + 1)


draw(socketserver.BaseServer)
draw(socketserver.BaseRequestHandler)
