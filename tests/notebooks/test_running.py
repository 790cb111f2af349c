"""A notebook runs, runs again, and leaves nothing behind."""

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel

from companion.environment import ROOT

LOOK = f"""
import gc, sys
sys.path.insert(0, {str(ROOT)!r})
from tests.conftest import belongings, leftovers
gc.collect()
"""
SETUP = """
import sys, threading
sys.path.insert(0, "..")
import minisocketserver as ss
from companion.lab import kit
"""
# What the kernel opens for itself when it first has to: fonts, to draw; a
# thread that minds what is large, and leaves without a copy.
WARM = """
with kit.drawing("The first"):
    pass
display({"text/plain": " " * 500_000}, raw=True)
"""
BEFORE = LOOK + "_before = belongings()"
# The kernel opens a pair of these for each thread that prints: its own wire
# to the page, and no socket, thread or file of ours.
AFTER = (
    LOOK
    + """
left = [each for each in leftovers(_before) if "[eventfd]" not in each]
print(*sorted(left), sep="\\n")
"""
)

# What a reader may well change, and what turns out otherwise then.
CHANGES = {
    "02_request": {"run-experiment": [("return False", "return True")]},
    "04_sockets": {
        "run-reuse": [("address = False", "address = True")],
        "run-cut": [("most = 5", "most = 100")],
    },
    "07_threads": {"run-leak": [("threads = True", "threads = False")]},
    "08_forks": {
        "run-count": [(".ForkingTCPServer", ".ThreadingTCPServer")],
        "run-zombies": [
            ("pass  # ch", "super().collect_children(blocking=blocking)  #"),
        ],
    },
    "09_stopping": {
        "run-speed": [("interval = 0.5", "interval = 0.01")],
        "run-waits": [("threads = False", "threads = True")],
    },
    "10_errors": {
        "run-setup-fails": [("self.greeting =", "super().setup()  #")]
    },
    "11_hub": {
        "run-order": [("return STOP if", "return None if")],
        "run-queue": [(".DROP_OLDEST", ".DROP_NEWEST")],
    },
    "12_async": {
        "run-await": [("await asyncio.sleep", "time.sleep")],
        "run-break": [("  time.sleep", "  await asyncio.sleep")],
        "run-limits": [("limit = 0.3", "limit = None"), ("= 50", "= 0")],
    },
    "13_guests": {"run-keep": [("HTTP/1.1", "HTTP/1.0")]},
}


def printed(cell):
    return "".join(o.text for o in cell.outputs if o.output_type == "stream")


@pytest.mark.slow
def test_it_runs_twice_in_one_kernel_and_leaves_nothing(kernel, book, path):
    sources = [c.source for c in book.cells if c.cell_type == "code"]
    kernel(sources[0], WARM, BEFORE)
    kernel(*sources, *sources)
    left = printed(kernel(AFTER)[-1]).strip()
    assert not left, f"left behind:\n{left}"
    assert not list(kernel.scratch.iterdir())


@pytest.mark.slow
def test_each_cell_runs_twice_in_a_row(kernel, book):
    for cell in book.cells:
        if cell.cell_type == "code":
            kernel(cell.source, cell.source)


@pytest.mark.slow
@pytest.mark.parametrize("name", CHANGES)
def test_what_was_changed_is_not_explained_as_if_it_were_not(kernel, name):
    book = nbformat.read(ROOT / f"notebooks/{name}.ipynb", as_version=4)
    changes = dict(CHANGES[name])
    sources = [(c.id, c.source) for c in book.cells if c.cell_type == "code"]
    for at, (cell, source) in enumerate(sources):
        kernel(source)
        for old, new in changes.pop(cell, ()):
            assert source.count(old) == 1, (cell, old)
            told = kernel(source.replace(old, new))
            if "kit.check(" not in source:  # it comes in the cell after it
                told = kernel(sources[at + 1][1])
            said = printed(told[-1])
            assert "You have changed the experiment" in said, (cell, said)
    assert not changes


@pytest.mark.slow
@pytest.mark.parametrize(
    "second", ["guess = accept", "guess = (", "guess = ...", ""]
)
def test_a_guess_is_not_taken_for_another_questions(kernel, second):
    kernel(SETUP)
    asked = 'kit.check(guess, 1, because="One.")'
    *_, told, again = kernel("guess = 1", asked, asked)
    assert printed(told) == printed(again) == "Yes: 1\nOne.\n"
    kernel.client.allow_errors = True
    _, told = kernel(second, 'kit.check(guess, 1, because="It is the first.")')
    assert printed(told).startswith("You have not guessed yet")


@pytest.mark.slow
def test_a_question_whose_guess_was_left_out_is_not_an_error(kernel):
    _, told = kernel(SETUP, 'kit.check(guess, 1, because="One.")')
    assert printed(told).startswith("You have not guessed yet")


@pytest.mark.slow
def test_an_interrupt_leaves_the_kernel_usable(warm):
    manager, client = start_new_kernel(cwd=str(ROOT / "notebooks"))
    try:
        said(client, f"{SETUP}\n{BEFORE}")
        waiting = client.execute(
            "with kit.running(ss.TCPServer(('127.0.0.1', 0), None)):\n"
            "    print('inside', flush=True)\n"
            "    threading.Event().wait()",
            # Else the kernel refuses whatever comes while it still reports
            # the interrupt: the next cell here, which follows at once.
            stop_on_error=False,
        )
        while "inside" not in text_of(client.get_iopub_msg(timeout=30)):
            pass
        manager.interrupt_kernel()
        reply = client.get_shell_msg(timeout=30)
        assert reply["parent_header"]["msg_id"] == waiting
        assert reply["content"]["ename"] == "KeyboardInterrupt"
        assert said(client, AFTER).strip() == ""
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def said(client, source):
    """Run a cell, and return what it has printed."""
    texts = []
    reply = client.execute_interactive(
        source,
        timeout=30,
        output_hook=lambda message: texts.append(text_of(message)),
    )
    assert reply["content"]["status"] == "ok", "".join(texts)
    return "".join(texts)


def text_of(message):
    return message["content"].get("text", "")
