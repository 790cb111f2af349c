"""Two coroutines, taken step by step by hand: no server, no loop."""

import types


@types.coroutine
def until(what):
    """Put aside whoever awaits this, and all who await them."""
    yield what


async def readline(name):
    await until(f"a line from {name}")
    return "hello"


async def handle(name):
    print(f"  {name}, welcome")
    line = await readline(name)
    print(f"  {name}, you said {line}")


ann, bob = handle("ann"), handle("bob")
print("both are called")

for visit in (ann, bob):
    print("put aside, waiting for", visit.send(None))
for visit in (bob, ann):
    try:
        visit.send(None)
    except StopIteration:
        print("done")
