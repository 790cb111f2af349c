"""What is in the eight ready-made mixtures? Two parents, no code."""

# The original has had two of the eight since Python 3.12 only.
import minisocketserver

for transport in ("TCP", "UDP", "UnixStream", "UnixDatagram"):
    for mixin in ("Threading", "Forking"):
        kind = getattr(minisocketserver, f"{mixin}{transport}Server")
        parents = ", ".join(each.__name__ for each in kind.__bases__)
        own = [name for name in vars(kind) if not name.startswith("__")]
        print(f"{kind.__name__}({parents}): {len(own)} names of its own")
