"""Your module, under every test there is

Your solved exercises are a package of your own, `practice/yours/`. CPython has
tests for its `socketserver`, and the text has its promises. Let both loose on
what you have written. The table shows the original, the mini and yours.
"""

from companion.practise.format import Whole

EXERCISE = Whole(
    teaches="what you have written takes the place of the original",
    learned="You have written socketserver. CPython's own tests cannot tell "
    "the difference, and you can explain every line.",
    difficulty=5,
    hints=(
        "What is still to be written is named below the table: `next NAME` "
        "brings you to it.",
        "Which promise is broken, and by what, this tells: "
        "python3 -m pytest tests/conformance --impl=practice/yours",
    ),
    mistakes=(),
)
