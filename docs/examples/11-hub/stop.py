"""Somebody at the front, who lets only kind words through."""

from minisocketserver import STOP, Hub

hub = Hub()
inbox = hub.listen("tea")


def show(message):
    print("shown:  ", message)


def censor(message):
    if "coffee" in message:
        print("stopped:", message)
        return STOP
    return None


hub.subscribe("tea", show)
hub.subscribe("tea", censor, front=True)
for words in ("tea is fine", "coffee is better", "more tea"):
    hub.publish("tea", words)

hub.close()
print("queued: ", list(inbox))
