"""What do the Unix servers add to their parents?"""

import socketserver

for kind in (
    socketserver.UnixStreamServer,
    socketserver.UnixDatagramServer,
):
    [parent] = kind.__bases__
    added = [name for name in vars(kind) if not name.startswith("__")]
    print(f"{kind.__name__}({parent.__name__}): {', '.join(added)}")
