"""`server_close` under a running loop: does the loop notice?"""

import threading
from socketserver import BaseRequestHandler, TCPServer


class Server(TCPServer):
    """Tells about each turn of its loop."""

    turned = threading.Semaphore(0)

    def service_actions(self):
        self.turned.release()


server = Server(("127.0.0.1", 0), BaseRequestHandler)
loop = threading.Thread(target=server.serve_forever, args=[0.05])
loop.start()
server.turned.acquire()

server.server_close()
print("closed; the listener's descriptor:", server.fileno())
for _ in range(3):
    server.turned.acquire()
print("three turns later; the loop runs: ", loop.is_alive())

server.shutdown()
loop.join()
print("after shutdown; the loop runs:    ", loop.is_alive())
