"""A path for an address

A Unix server has the path of a file for an address. A client connects without
an address of its own, is served, and the server is closed. Then a second
server is to have the same path. Say what becomes of the file.
"""

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="what is different, and what is left behind, where paths are "
    "addresses",
    learned="`bind` makes a file, and nobody removes it. Whoever starts a "
    "Unix server a second time has to do that first.",
    covers=("TCPServer.server_bind", "TCPServer.server_close"),
    difficulty=2,
    hints=(
        "To accept gives a pair, as ever. A client that has bound no path "
        "has an address without anything in it.",
        "`server_close` closes a socket. Look it up in minisocketserver/"
        "tcp.py: does it touch a file?",
        "`allow_reuse_address` is about ports that the kernel keeps busy for "
        "a while. A file in the way is something else.",
    ),
    program="""
        import os
        import socket
        import tempfile

        from minisocketserver import BaseRequestHandler, UnixStreamServer

        noted = []


        class Hello(BaseRequestHandler):
            def handle(self):
                noted.append(self.client_address)


        class Again(UnixStreamServer):
            allow_reuse_address = True


        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "s")
            with UnixStreamServer(path, Hello) as server:
                is_path = server.server_address == path
                with socket.socket(socket.AF_UNIX) as client:
                    client.connect(path)
                    server.handle_request()
            left = os.path.exists(path)

            try:
                Again(path, Hello).server_close()
                outcome = "bound"
            except OSError:
                outcome = "taken"
    """,
    questions=(
        Question("one_value", "Is `is_path` True or False?"),
        Question(
            "of_client", "What is in `noted`? A list with one address in it."
        ),
        Question("file", "Is `left` True or False?"),
        Question(
            "second",
            "What is `outcome`, the word on the second server?",
            choices=("bound", "taken"),
        ),
    ),
    mistakes=(
        Mistake(
            "A host and a port expected everywhere",
            "What an address looks like depends on the family of the socket. "
            "For AF_UNIX it is a path and nothing else.",
            fails="one_value",
            answer=False,
            symptom="`host, port = server.server_address` fails: too many "
            "values to unpack.",
        ),
        Mistake(
            "Every client expected to have an address",
            "A client may connect without binding a path first. The server "
            "can answer it all the same, by the connection.",
            fails="of_client",
            answer=[None],
            symptom="A log that sorts clients by their address has them all "
            "in one heap.",
        ),
        Mistake(
            "The server expected to tidy up its path",
            "The file was made by `bind`, and closing a socket does not undo "
            "that. Removing it is left to you.",
            fails="file",
            answer=False,
            symptom="A folder is full of sockets that nobody answers.",
        ),
        Mistake(
            "allow_reuse_address expected to help with a file",
            "The option is about ports. A path is free when the file is "
            "gone, and not before.",
            fails="second",
            answer="bound",
            symptom="A Unix server starts once, and never again: address "
            "already in use.",
        ),
    ),
)


def answers(seen):
    return {
        "one_value": seen.is_path,
        "of_client": seen.noted,
        "file": seen.left,
        "second": seen.outcome,
    }
