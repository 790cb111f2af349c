"""dnslib: the same question by datagram and by stream."""

from dnslib import QTYPE, RR, A, DNSRecord
from dnslib.server import BaseResolver, DNSServer
from guestbook import serving, sign


class Resolver(BaseResolver):
    """Knows one name."""

    def resolve(self, request, handler):
        """Answer with the address, and the protocol that asked for it."""
        reply = request.reply()
        last = {"udp": 1, "tcp": 2}[handler.protocol]
        reply.add_answer(
            RR(request.q.qname, QTYPE.A, rdata=A(f"192.0.2.{last}"), ttl=60)
        )
        return reply


class Silent:
    """A logger that says nothing."""

    def __getattr__(self, name):
        return lambda *args: None


def main():
    """Ask each server with dnslib's own client."""
    question = DNSRecord.question("mini.example")
    servers, answers = [], []
    for tcp in (False, True):
        server = DNSServer(
            Resolver(), "127.0.0.1", 0, tcp=tcp, logger=Silent()
        ).server
        servers.append(server)
        with serving(server) as (host, port):
            packet = question.send(host, port, tcp=tcp, timeout=10)
        reply = DNSRecord.parse(packet)
        assert reply.header.id == question.header.id
        answers.append([str(record) for record in reply.rr])
    sign(servers, answers)


if __name__ == "__main__":
    main()
