"""Which class supplies each method of a server?"""

import socketserver
import sys

cls = getattr(socketserver, sys.argv[1])
found = set()

for owner in cls.__mro__:
    own = {
        name
        for name, value in vars(owner).items()
        if callable(value) and not name.startswith("_")
    }
    print(owner.__name__)
    for name in sorted(own - found):
        print("   ", name)
    found |= own
