"""`python3 -m companion`: the door to everything.

This file is kept so plain that any Python can read it: one that is too old
shall say so in a sentence, and not stumble over a piece of newer syntax.
"""

import sys

if sys.version_info < (3, 10):
    sys.exit(
        "The companion needs Python 3.10 or newer, and this is Python %d.%d. "
        "Install a newer one, and call that: python3.12 -m companion, say."
        % sys.version_info[:2]
    )

if __name__ == "__main__":
    try:
        from companion.commands import main

        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)  # the shells' status for Ctrl-C
