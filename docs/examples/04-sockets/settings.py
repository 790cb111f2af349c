"""What the four servers change in the settings of TCPServer."""

import socketserver

for name in (
    "TCPServer",
    "UDPServer",
    "UnixStreamServer",
    "UnixDatagramServer",
):
    cls = getattr(socketserver, name)
    print(f"{name:19}", cls.address_family.name.ljust(8), cls.socket_type.name)
