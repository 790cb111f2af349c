"""A line that drips in

Write three ways to read from a file whose bytes come when they come. To wait
for more is `await self`; `self._there()` says how many bytes can be read at
once, `self._take(size)` takes them, and `self._ended` says that no more will
come.
"""

import asyncio

from companion.practise.format import Fill, Mistake

EXERCISE = Fill(
    teaches="read first, and wait only for what is not there",
    learned="A line is there when its end is there, when it is as long as it "
    "may be, or when nothing more will come. Until then: wait, look again.",
    symbols=("_Memory.read1", "_Memory.readline", "_Memory.__anext__"),
    difficulty=4,
    hints=(
        "A wait brings something, and not always enough. So the wait stands "
        "in a loop, and after each one you look again.",
        "`self._data.find` looks for the end of the line. What is used up "
        "stays in `self._data`: begin at `self._at`, and end at the limit.",
        "Three things end the loop: a line feed, so many bytes that the "
        "limit is reached, and `self._ended`.",
        "`async for` asks `__anext__` again and again. It ends by "
        "StopAsyncIteration, as `for` does by StopIteration.",
    ),
    mistakes=(
        Mistake(
            "One piece taken for a line",
            "What has come so far is what has come so far. Whether it is a "
            "line, only the line feed tells.",
            fails="waits_for_the_rest",
            edit=(
                "if seen < limit:\n    await self",
                "if seen:\n    return self._take(seen)\nawait self",
            ),
            symptom="On a slow line, words are torn into two.",
        ),
        Mistake(
            "A last line without its end, thrown away",
            "A file may end in the middle of a line. What is there is handed "
            "out, and the end comes after it.",
            fails="the_last_line",
            edit=("return self._take(seen)", 'return b""'),
            symptom="The last command of a client that hangs up is never "
            "carried out.",
        ),
        Mistake(
            "The size that was asked for, forgotten",
            "Who asks for up to two bytes has room for two. The limit of the "
            "file is for those who do not say.",
            fails="a_size",
            edit=(
                "limit, seen = self._limit if size < 0 else size, 0",
                "limit, seen = self._limit, 0",
            ),
            symptom="`readline(2)` gives a line of a hundred bytes.",
        ),
        Mistake(
            "A line without a limit",
            "Who never sends a line feed fills the memory, slowly. A line "
            "that is too long is an error.",
            fails="too_long",
            edit=(
                "if size < 0:\n"
                '    raise ValueError(f"a line of more than {limit} bytes")',
                "pass",
            ),
            symptom="One client sends a line that never ends, and it is "
            "handed out in slices, as if it were many.",
        ),
        Mistake(
            "More waited for than is needed",
            "`read1` is for those who want what is there. Only where nothing "
            "is there, it waits, and once.",
            fails="what_is_there",
            edit=(
                "if not self._ended and not self._there():\n    await self",
                "while not self._ended and self._there() < size:\n"
                "    await self",
            ),
            symptom="A question of ten bytes is not answered until four "
            "thousand have come.",
        ),
        Mistake(
            "A loop over lines that never ends",
            "At the end, `readline` gives nothing, again and again. Somebody "
            "has to tell the loop.",
            fails="loops_to_the_end",
            edit=("raise StopAsyncIteration", "return line"),
            symptom="The client has gone, and its handler goes round and "
            "round.",
        ),
    ),
)


def dripping(yours, *pieces, limit=100):
    """Return a file whose pieces come one by one, each by a wait."""

    class Dripping(yours.waiting._Memory):
        left, waits = list(pieces), 0

        def __init__(self):
            super().__init__(b"", limit)
            self._ended = False

        def __await__(self):
            self.waits += 1
            assert self.waits < 20, "it waits again and again"
            if self.left:
                more = self.left.pop(0)
                self._data, self._at = self._data[self._at :] + more, 0
            else:
                self._ended = True
            return iter(())

    return Dripping()


def promise_reads_a_line(yours):
    """Each `readline` gives one line, and nothing at the end."""
    file = dripping(yours, b"one\ntwo\n")

    async def read():
        return [await file.readline() for _ in range(4)]

    lines = asyncio.run(read())
    assert lines == [b"one\n", b"two\n", b"", b""], f"it read {lines}"


def promise_waits_for_the_rest(yours):
    """A line that comes in pieces is one line."""
    file = dripping(yours, b"o", b"n", b"e\ntwo")
    line = asyncio.run(file.readline())
    assert line == b"one\n", f"it read {line!r}"


def promise_the_last_line(yours):
    """A last line may lack its end."""
    file = dripping(yours, b"one\ntw", b"o")

    async def read():
        return [await file.readline() for _ in range(3)]

    lines = asyncio.run(read())
    assert lines == [b"one\n", b"two", b""], f"it read {lines}"


def promise_a_size(yours):
    """With a size, that many bytes are enough, and are not waited for."""
    file = dripping(yours, b"one\n")
    assert asyncio.run(file.readline(2)) == b"on", "size 2 gave another answer"
    assert asyncio.run(file.readline(2)) == b"e\n", "the rest is not there"
    assert file.waits == 1, f"it waited {file.waits} times for one piece"


def promise_too_long(yours):
    """A line that is longer than the limit is a ValueError."""
    file = dripping(yours, b"1234", b"5\n", limit=4)
    try:
        line = asyncio.run(file.readline())
    except ValueError:
        return
    raise AssertionError(f"the limit is 4 bytes, and it read {line!r}")


def promise_what_is_there(yours):
    """`read1` gives what is there, up to a size, and waits only once."""
    file = dripping(yours, b"one", b"two")
    for size, wanted in ((2, b"on"), (10, b"e"), (10, b"two"), (10, b"")):
        piece = asyncio.run(file.read1(size))
        assert piece == wanted, f"read1({size}) gave {piece!r}"


def promise_loops_to_the_end(yours):
    """An `async for` goes line by line, to the end."""
    file = dripping(yours, b"one\n", b"two")

    async def read():
        lines = []
        async for line in file:
            assert len(lines) < 5, f"after the end, it goes on with {line!r}"
            lines.append(line)
        return lines

    lines = asyncio.run(read())
    assert lines == [b"one\n", b"two"], f"it read {lines}"
