"""One address, or two arguments

Two servers are made: one in the wrong way, with host and port as two
arguments, and one in the right way. The first notes what it was given, before
it binds. Say what became of the arguments.
"""

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="why an address is one value, whatever it is made of",
    learned="BaseServer keeps the address and never looks inside, so it has "
    "to be one value. Whoever passes two has made the port a handler class.",
    covers=("TCPServer.__init__", "BaseServer.__init__"),
    difficulty=1,
    hints=(
        "The constructor takes an address, a handler class and whether to "
        "bind at once, in this order. Put the three arguments beside them.",
        "Any callable will do as a handler class, and nobody looks at it "
        "before the first request.",
        "It is the kernel's part to say what is an address, when the socket "
        "is bound. For IPv4 it is a pair.",
    ),
    program="""
        from minisocketserver import BaseRequestHandler, TCPServer

        noted = {}


        class Hello(BaseRequestHandler):
            pass


        class Told(TCPServer):
            def server_bind(self):
                noted["address"] = self.server_address
                noted["handler"] = self.RequestHandlerClass
                super().server_bind()


        try:
            Told("127.0.0.1", 0, Hello)
            outcome = "nothing"
        except Exception as error:
            outcome = type(error).__name__

        with TCPServer(("127.0.0.1", 0), Hello) as server:
            host, port = server.server_address
    """,
    questions=(
        Question("taken", "What is `noted['address']`?"),
        Question("handler", "What is `noted['handler']`?"),
        Question(
            "complaint",
            "What is `outcome`, the error that came out?",
            choices=("nothing", "OSError", "TypeError"),
        ),
        Question(
            "asked_for",
            "The second server asked for port 0. Is `port` 0 as well? True or "
            "False.",
        ),
    ),
    mistakes=(
        Mistake(
            "Address as two arguments",
            "The parameter `server_address` takes one value. The first "
            "argument is all that it gets, and that is the host.",
            fails="taken",
            answer=["127.0.0.1", 0],
            symptom="TypeError: AF_INET address must be tuple, not str.",
        ),
        Mistake(
            "Arguments expected to find their places",
            "Python goes by the order, not by what would fit. The second "
            "argument is the handler class, and here it is a number.",
            fails="handler",
            answer="Hello",
            symptom="You pass the right values in the wrong shape, and expect "
            "that they are understood.",
        ),
        Mistake(
            "No complaint expected before the first client",
            "The handler class would not be looked at before. But the "
            "address is used in the constructor, by `bind`.",
            fails="complaint",
            answer="nothing",
            symptom="You look for the mistake in the handler, and the server "
            "was never made.",
        ),
        Mistake(
            "A wrong shape taken for a wrong address",
            "An OSError comes from the kernel, about an address that cannot "
            "be had. A string in place of a pair does not get that far.",
            fails="complaint",
            answer="OSError",
            symptom="A program catches OSError when it makes its server, and "
            "ends all the same.",
        ),
        Mistake(
            "Port 0 taken for a port",
            "0 asks the kernel for any port that is free. After `bind`, the "
            "server asks its socket which one it became.",
            fails="asked_for",
            answer=True,
            symptom="A client connects to port 0, and is refused.",
        ),
    ),
)


def answers(seen):
    return {
        "taken": seen.noted["address"],
        "handler": seen.noted["handler"],
        "complaint": seen.outcome,
        "asked_for": seen.port == 0,
    }
