"""`shutdown`, called from the loop's own thread.

The handler runs inside the loop. It waits for the loop to end, and the loop
waits for the handler to return. The recording is stopped there: nothing else
would ever happen.
"""

import socketserver
import threading

from companion.xray.stage import Client, stop


class Stopper(socketserver.StreamRequestHandler):
    def handle(self):
        self.rfile.readline()
        self.server.shutdown()


server = socketserver.TCPServer(("127.0.0.1", 0), Stopper)
loop = threading.Thread(target=server.serve_forever, name="loop")
loop.start()
client = Client(server)
client.send(b"stop\n")
stop("The loop waits for itself: nothing more will ever happen.")
