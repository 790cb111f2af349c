"""One hub, two kinds of reader: a thread, and a task."""

import asyncio
import threading

from minisocketserver import Hub

hub = Hub()
for_thread, for_task = hub.listen("tea"), hub.listen("tea")
heard = []


def note(reader, message):
    heard.append(f"{reader} hears: {message}")


def in_a_thread():
    for message in for_thread:
        note("thread", message)


async def in_a_task():
    async for message in for_task:
        note("task", message)


threads = [
    threading.Thread(target=in_a_thread),
    threading.Thread(target=asyncio.run, args=[in_a_task()]),
]
for thread in threads:
    thread.start()

for words in ("tea?", "yes"):
    hub.publish("tea", words)
hub.close()
for thread in threads:
    thread.join()
print(*sorted(heard), sep="\n")
