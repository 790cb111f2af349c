"""Who may finish?

An asynchronous server with a hub is told to stop while a handler waits for a
message that nobody will send. Another one loses its listener while a client is
inside. Say what their clients get.
"""

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="what stopping takes from whom, and in which order",
    learned="`shutdown` lets handlers finish, and the hub goes first, so that "
    "nobody waits for a message in vain. `server_close` shuts the door, and "
    "who is inside stays.",
    covers=(
        "HubMixIn.see_off",
        "AsyncMixIn.see_off",
        "AsyncMixIn.server_close",
    ),
    difficulty=4,
    hints=(
        "`async for` over a subscription ends when its hub is closed. Then "
        "the handler goes on after the loop.",
        "The `grace_period` is how long `shutdown` waits at most. It does not "
        "wait for those who have left.",
        "The listener and a connection are two sockets. To close one does "
        "nothing to the other.",
    ),
    program="""
        import asyncio
        import socket
        import threading

        from minisocketserver import AsyncTCPServer, HubMixIn


        class Chat(HubMixIn, AsyncTCPServer):
            grace_period = 30


        async def waits_for_news(request, client_address, server):
            loop = asyncio.get_running_loop()
            news = server.hub.listen("news")
            await loop.sock_sendall(request, b"hello ")
            async for message in news:
                await loop.sock_sendall(request, message)
            await loop.sock_sendall(request, b"bye")


        async def echo(request, client_address, server):
            loop = asyncio.get_running_loop()
            await loop.sock_sendall(request, b"hello ")
            words = await loop.sock_recv(request, 100)
            await loop.sock_sendall(request, words)


        def read_all(client):
            with client.makefile("rb") as file:
                return file.read()


        def start(server):
            threading.Thread(target=server.serve_forever).start()
            client = socket.create_connection(server.server_address)
            assert client.recv(100) == b"hello "
            return client


        with Chat(("127.0.0.1", 0), waits_for_news) as server:
            with start(server) as client:
                server.shutdown()
                last_word = read_all(client)
            with start(server) as client:
                server.hub.publish("news", b"good ")
                server.shutdown()
                second_time = read_all(client)

        with AsyncTCPServer(("127.0.0.1", 0), echo) as server:
            address = server.server_address
            with start(server) as client:
                server.server_close()
                try:
                    socket.create_connection(address).close()
                    outside = "let in"
                except OSError as error:
                    outside = type(error).__name__
                client.sendall(b"still here")
                inside = read_all(client)
            server.shutdown()
    """,
    questions=(
        Question(
            "last_word",
            "What is `last_word`?",
            choices=(b"", b"bye"),
        ),
        Question("second_time", "What is `second_time`? Bytes."),
        Question("outside", "What is `outside`?"),
        Question(
            "inside",
            "What is `inside`?",
            choices=(b"", b"still here"),
        ),
    ),
    mistakes=(
        Mistake(
            "A handler thought to be cut off",
            "It is cut off after 30 seconds, if it is still there. It is not: "
            "the hub is closed first, so its loop ends, and it says bye.",
            fails="last_word",
            answer=b"",
            symptom="You expect that a server with a hub takes its whole "
            "grace period to stop.",
        ),
        Mistake(
            "A closed hub thought to stay closed",
            "The server was started again, and its handlers ask for the hub "
            "again: they get an open one.",
            fails="second_time",
            answer=b"bye",
            symptom="You make a new server where the old one could be run "
            "again.",
        ),
        Mistake(
            "A door thought to be open",
            "Nobody listens at the address any more, and the kernel says so "
            "to whoever knocks.",
            fails="outside",
            answer="let in",
            symptom="You wait for an error in the server, and the client has "
            "it.",
        ),
        Mistake(
            "The guests thought to leave with the door",
            "The listener takes guests in, and no more. Each guest has a "
            "socket of his own, which `server_close` does not touch.",
            fails="inside",
            answer=b"",
            symptom="You call `server_close` to get rid of the clients.",
        ),
    ),
)


def answers(seen):
    return {
        "last_word": seen.last_word,
        "second_time": seen.second_time,
        "outside": seen.outside,
        "inside": seen.inside,
    }
