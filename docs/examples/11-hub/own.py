"""A kettle that tells whoever wants to know, and a board for the house."""

from minisocketserver import default_hub, observable


@observable
class Kettle:
    def __init__(self, name):
        self.name = name

    def heat(self, degrees):
        self.declare("degrees", degrees)
        if degrees == 100:
            self.publish("boils", self.name)


def pour(name):
    print(f"pouring from the {name} one")


red, blue = Kettle("red"), Kettle("blue")
red.subscribe("boils", pour)
blue.heat(100)
red.heat(100)

default_hub.declare("kitchen", "open")
print("the red kettle:", red.declarations())
print("in the house:  ", default_hub.declarations())
print("is `boils` on the board?", red.is_declared("boils"))
