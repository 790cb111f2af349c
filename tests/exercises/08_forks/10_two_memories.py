"""Two memories

After a fork there are two processes, and each has all that there was. A forked
handler changes things. Say what the parent sees of it.
"""

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="what two processes share after a fork, and what they do not",
    learned="Memory is copied, descriptors point to the same thing. What a "
    "child wants to tell goes through a descriptor, or is its exit status.",
    covers=("ForkingMixIn.process_request", "ForkingMixIn.collect_children"),
    difficulty=2,
    hints=(
        "Variables lie in memory. Whose memory does the child write to?",
        "A pipe is in the kernel. Both processes have its number, and both "
        "numbers lead to the same pipe.",
        "`os._exit` gives the parent a number, and nothing besides.",
    ),
    program="""
        import os
        import socket

        from minisocketserver import ForkingTCPServer

        count = 0
        seen = []
        reader, writer = os.pipe()


        def handler(request, client_address, server):
            global count
            count += 1
            seen.append(count)
            os.write(writer, b"!")
            request.sendall(str(count).encode())


        answers = []
        with ForkingTCPServer(("127.0.0.1", 0), handler) as server:
            for _ in range(3):
                with socket.create_connection(server.server_address) as client:
                    server.handle_request()
                    answers.append(client.makefile("rb").read())
        os.close(writer)
        told = os.read(reader, 100)
        os.close(reader)
        left = len(server.active_children)
    """,
    questions=(
        Question("count", "What is `count` in the parent at the end?"),
        Question("answers", "What is in `answers`? A list of bytes."),
        Question("told", "What is `told`? Bytes."),
        Question(
            "left", "How many children are in `active_children` at the end?"
        ),
    ),
    mistakes=(
        Mistake(
            "A counter shared by copies",
            "Each child counts in its own copy, and takes it along when it "
            "ends. The parent's is as it was.",
            fails="count",
            answer=3,
            symptom="A forking server counts its requests, and says 0.",
        ),
        Mistake(
            "The children count on",
            "Each child is a copy of the parent, where nobody has counted. "
            "None knows of the one before.",
            fails="answers",
            answer=[b"1", b"2", b"3"],
            symptom="Every client is told that it is the first.",
        ),
        Mistake(
            "Nothing comes back at all",
            "Memory is copied; a descriptor leads to the same pipe. What a "
            "child writes there, the parent can read.",
            fails="told",
            answer=b"",
            symptom="You give up forking, because children cannot tell "
            "anything.",
        ),
        Mistake(
            "Children left behind by the with block",
            "`server_close` waits for them, and takes their exit status.",
            fails="left",
            answer=3,
            symptom="You expect zombies after each forking server.",
        ),
    ),
)


def answers(seen):
    return {
        "count": seen.count,
        "answers": seen.answers,
        "told": seen.told,
        "left": seen.left,
    }
