"""Who is heard, and who is forgotten?"""

from minisocketserver import Hub

hub = Hub()


def shout(message):
    print("shout:", message)


class Guest:
    def hear(self, message):
        print("guest:", message)


guest = Guest()
hub.subscribe("tea", shout)
hub.subscribe("tea", guest.hear)
hub.subscribe("tea", lambda message: print("lambda:", message))
hub.publish("tea", "hot!")

del guest
hub.publish("tea", "cold!")
