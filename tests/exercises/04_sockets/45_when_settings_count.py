"""When settings count

Four servers want their address again at once after a restart, and say so at
four moments: in the class, after the constructor, before binding, and in a
parent. `getsockopt` asks the kernel what it knows. Say what it answers.
"""

from companion.practise.format import Mistake, Predict, Question

EXERCISE = Predict(
    teaches="a setting is a wish until the constructor hands it to the kernel",
    learned="An option that is set after `bind` has no effect and raises no "
    "error. Settings belong into the class, or before the binding.",
    covers=(
        "TCPServer.__init__",
        "TCPServer.server_bind",
        "TCPServer.server_activate",
        "UDPServer.get_request",
    ),
    difficulty=3,
    hints=(
        "Only `server_bind` looks at the attribute. The constructor calls "
        "it, unless it is told not to.",
        "Each class is asked for the attribute from below. UDPServer has a "
        "value of its own: look it up in minisocketserver/udp.py.",
        "A bound socket has a port. Without `listen` it has no queue, and "
        "the kernel turns clients away.",
        "What is longer than `max_packet_size` is cut off, and the rest is "
        "gone.",
    ),
    program="""
        import socket

        from minisocketserver import TCPServer, UDPServer

        HERE = ("127.0.0.1", 0)


        def known(server):
            option = socket.SOL_SOCKET, socket.SO_REUSEADDR
            return bool(server.socket.getsockopt(*option))


        class Early(TCPServer):
            allow_reuse_address = True


        with Early(HERE, None) as early:
            in_class = known(early)

        with TCPServer(HERE, None) as late:
            late.allow_reuse_address = True
            afterwards = known(late)

        with TCPServer(HERE, None, bind_and_activate=False) as patient:
            patient.allow_reuse_address = True
            patient.server_bind()
            before = known(patient)
            try:
                socket.create_connection(patient.server_address).close()
                welcome = "queues"
            except ConnectionRefusedError:
                welcome = "refused"

        TCPServer.allow_reuse_address = True
        with UDPServer(HERE, None) as packets:
            in_parent = known(packets)
            with socket.socket(type=socket.SOCK_DGRAM) as client:
                client.sendto(b"x" * 9000, packets.server_address)
                (data, _), _ = packets.get_request()
                length = len(data)
    """,
    questions=(
        Question("by_class", "Is `in_class` True or False?"),
        Question("too_late", "Is `afterwards` True or False?"),
        Question("in_time", "Is `before` True or False?"),
        Question(
            "bound_only",
            "What is `welcome`, the word on a client of a server that has "
            "bound and not activated?",
            choices=("queues", "refused"),
        ),
        Question("inherited", "Is `in_parent` True or False?"),
        Question("received", "What is `length`? A number."),
    ),
    mistakes=(
        Mistake(
            "A setting that comes after the constructor",
            "The constructor has bound the socket already. An attribute that "
            "is set then is read by nobody.",
            fails="too_late",
            answer=True,
            symptom="`allow_reuse_address = True` is there, and the restart "
            "fails: address already in use.",
        ),
        Mistake(
            "An instance thought to be bound to its class's settings",
            "`self.allow_reuse_address` is looked up in the instance first. "
            "With `bind_and_activate=False`, it is set before it is read.",
            fails="in_time",
            answer=False,
            symptom="You write a subclass for every setting, although an "
            "instance would do.",
        ),
        Mistake(
            "Bound taken for listening",
            "`bind` gives the socket a number, `listen` opens the door. Only "
            "`server_activate` does the second.",
            fails="bound_only",
            answer="queues",
            symptom="The server has a port, and every client is refused.",
        ),
        Mistake(
            "A setting expected to be inherited by packets",
            "UDPServer has a value of its own, which is found before the one "
            "of its parent. Two servers for packets at one address would "
            "take each other's.",
            fails="inherited",
            answer=True,
            symptom="You turn a setting on for all servers, and one kind does "
            "not care.",
        ),
        Mistake(
            "A packet expected to come whole, however long",
            "`recvfrom` is given a size, and that is `max_packet_size`: 8192. "
            "The kernel throws the rest away, without a word.",
            fails="received",
            answer=9000,
            symptom="Long messages arrive without their ends, short ones are "
            "all right.",
        ),
        Mistake(
            "The rest of a packet expected in the next",
            "That is how streams behave. A datagram is read once, and the "
            "first read already gave 8192 of its bytes.",
            fails="received",
            answer=808,
            symptom="You put packets together again, and there are no more "
            "pieces.",
        ),
    ),
)


def answers(seen):
    return {
        "by_class": seen.in_class,
        "too_late": seen.afterwards,
        "in_time": seen.before,
        "bound_only": seen.welcome,
        "inherited": seen.in_parent,
        "received": seen.length,
    }
