"""A program that has a loop already serves among other things."""

import asyncio

from minisocketserver import AsyncStreamRequestHandler, AsyncTCPServer


class Shout(AsyncStreamRequestHandler):
    async def handle(self):
        async for line in self.rfile:
            self.wfile.write(line.upper())


async def ask(server, text):
    """Be a client, in the same loop."""
    reader, writer = await asyncio.open_connection(*server.server_address)
    writer.write(text)
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def main():
    with AsyncTCPServer(("127.0.0.1", 0), Shout) as server:
        serving = asyncio.create_task(server.serve())
        print("heard:", await ask(server, b"hello\n"))
        server.shutdown()
        print("asked to end:", "still there" if not serving.done() else "gone")
        await serving
        print("and now:", "still there" if not serving.done() else "gone")


asyncio.run(main())
