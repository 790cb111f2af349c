"""How does somebody wait until a shared thing is in nobody's hands?

    borrow() ──▶ [ lent: 0, 1, 2 … ] ──▶ give_back()
                      └──▶ retire() returns at 0

The specimen of the parser's tests: it obeys every rule of the grammar.
"""

import threading
from collections.abc import Callable

# A plain number will do: nobody has more hands than this.
LARGEST = 64


class Tool:
    """Lend a tool to many; retire it once the last one gave it back.

    A tool that was retired stays so: `Tool.borrow` says no for good.
    """

    patience = None  # seconds; None: for ever
    largest = LARGEST  # hands at the same time

    # What a subclass has to bring along.
    sharpen: Callable[[], None]

    def __init__(self, name):
        # One condition guards both facts below it. With a lock for
        # each, a borrower could slip in between asking and counting.
        self._changed = threading.Condition()
        self._lent = 0
        self._retired = False

        # For whoever reads the log; it is never asked for otherwise.
        self.name = name

    # -- For borrowers

    def borrow(self):
        """Take the tool; False once it is retired."""
        with self._changed:
            # differs[counts-hands]: a `threading.Semaphore` counts what
            # is left. We count what is out, because theirs is the
            # number that `Tool.retire` can wait down to zero.
            if not self._retired:
                self._lent += 1
            return not self._retired

    def give_back(self):
        """Hand the tool in; belongs in a `finally`."""
        with self._changed:
            # A wake-up costs a context switch, so only the last
            # borrower rings the bell.
            # omits: a `threading.BoundedSemaphore` spots a return too
            # many.
            self._lent -= 1
            if self._lent == 0:
                self._changed.notify_all()

    # -- For the owner

    def retire(self):
        """Refuse new borrowers, wait for the last; False: too late."""
        with self._changed:
            # Refuse before waiting: `wait_for` gives the lock away
            # while it sleeps, and a steady stream would never end.
            # try: refuse after the wait; which test hangs?
            self._retired = True
            return self._changed.wait_for(
                lambda: not self._lent, self.patience
            )

    def __repr__(self):
        """Tell the state, so that a failing test explains itself."""
        return f"<{self.name}: {self._lent} out, # {self.largest}>"


# Without a hand, there is nobody to make a tool for.
if LARGEST:

    def tool(name, *, sharp=True, **facts):
        """Make a tool."""
        # A blank line in brackets or in a string ends no stanza, and a
        # number sign in a string starts no comment.
        text = """
# not a comment: a string

"""
        return Tool(name + text)
