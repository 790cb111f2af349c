"""The chat with processes: python3 -m docs.examples.chat_forking

A client has a process. What one of them knows no other can see: all they
have in common is a relay, a process in the middle that passes words on.
"""

import sys

from docs.examples.chat import serve
from docs.examples.chat_threading import ChatHandler
from docs.examples.relay_transport import Relay, RelayTransport
from minisocketserver import ForkingTCPServer, Hub, HubMixIn


class ChatServer(HubMixIn, ForkingTCPServer):
    """The parent: it forks, and keeps the relay."""

    max_children = 1000  # each guest is one; at the limit, others wait

    def __init__(self, address):
        self.relay = Relay()
        super().__init__(address, ChatHandler)

    def process_request(self, request, client_address):
        """Fork, once there is a relay for the child to talk to."""
        self.relay.renew()
        super().process_request(request, client_address)

    def make_hub(self):
        """Connect this process; when the relay goes, so do its guests."""
        transport = RelayTransport(self.relay.path)
        hub = Hub(transport)
        transport.lost = hub.close
        return hub

    def server_close(self):
        """End the relay, and with it every child that waits for words."""
        self.relay.stop()
        super().server_close()


if __name__ == "__main__":
    sys.exit(serve(ChatServer))
