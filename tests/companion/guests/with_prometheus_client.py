"""prometheus_client: count something, and let it be scraped."""

from urllib.request import urlopen

from guestbook import sign
from prometheus_client import CollectorRegistry, Counter, start_http_server


def main():
    """Scrape the counter twice; it has grown between."""
    registry = CollectorRegistry()
    visits = Counter("visits", "Visitors", ["door"], registry=registry)
    server, thread = start_http_server(0, "127.0.0.1", registry)
    address = f"http://127.0.0.1:{server.server_port}/metrics"
    answers = []
    try:
        for _ in range(2):
            visits.labels(door="front").inc()
            with urlopen(address, timeout=10) as response:
                answers += [
                    line
                    for line in response.read().decode().splitlines()
                    if line.startswith("visits_total")
                ]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    sign([server], answers)


if __name__ == "__main__":
    main()
