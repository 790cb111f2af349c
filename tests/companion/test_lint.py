import textwrap
from pathlib import Path

import pytest

from companion import text
from companion.environment import TroubleError
from companion.grammar import figures, lint

TOOL = Path(__file__).parent / "data" / "tool.py"
WITNESS = "def test_differs_counts_hands(): ...\n"


@pytest.fixture
def witnesses(tmp_path):
    path = tmp_path / "test_differs.py"
    path.write_text(WITNESS)
    return path


@pytest.fixture
def findings(tmp_path, witnesses):
    """Lint a source that is written in the test; return the sentences."""

    def findings(source, witnessed=""):
        path = tmp_path / "base.py"
        path.write_text(textwrap.dedent(source).lstrip(), encoding="utf-8")
        witnesses.write_text(witnessed)
        found = lint.lint([text.parse(path)], witnesses)
        return [f"{each.line}: {each.sentence}" for each in found]

    return findings


@pytest.fixture
def method(findings):
    """Lint a method's body; line 1 is the body's first."""

    def method(body, docstring='"""Do it."""'):
        body = textwrap.indent(textwrap.dedent(body).strip("\n"), " " * 8)
        found = findings(
            f"class A:\n    def a(self):\n        {docstring}\n{body}\n"
        )
        rows = [each.partition(": ") for each in found]
        return [f"{int(row) - 3}: {rest}" for row, _, rest in rows]

    return method


# -- The text


@pytest.mark.slow
def test_the_text_obeys_its_grammar():
    found = lint.lint(text.read_text(), lint.WITNESSES)
    assert not found, "\n".join(map(str, found))


def test_the_specimen_obeys_the_grammar(witnesses):
    assert lint.lint([text.parse(TOOL)], witnesses) == []


# -- Coverage


UNCOVERED = "this line has no comment."


def test_a_body_of_two_lines_has_its_docstring_for_a_comment(method):
    assert method("a = 1\nb(a)") == []
    assert method("a = 1\nb(a)\nc(a)") == [f"1: {UNCOVERED}"]


def test_a_body_without_a_docstring_needs_a_comment(method):
    assert method("a = 1", docstring="pass") == [f"1: {UNCOVERED}"]
    assert method("# Since b.\na = 1", docstring="pass") == []


def test_a_stanza_without_a_comment_is_found(method):
    commented = "# Because of b.\na = 1\nc(a)\n"
    assert method(f"{commented}\nb(a)") == [f"5: {UNCOVERED}"]
    assert method(f"{commented}b(a)") == []


def test_a_block_opener_that_comes_first_belongs_to_the_docstring(method):
    body = "    # Because of b.\n    a = 1\n    b = 2"
    assert method(f"with self.lock:\n{body}") == []
    assert method(f"while (\n    self.goes_on\n):\n{body}") == []
    assert method(f"try:\n{body}\nfinally:\n    # Or else.\n    c()") == []
    assert method(f"self.go()\nif a:\n{body}") == [f"1: {UNCOVERED}"]
    later = method(f"# Because.\na = 1\n\nwith self.lock:\n{body}")
    assert later == [f"4: {UNCOVERED}"]


def test_a_branch_set_apart_belongs_to_the_comment_it_opens_with(method):
    start = "# Because.\ntry:\n    a()\n    b()\n\n"
    assert method(f"{start}except OSError:\n    # Gone.\n    c()") == []
    found = method(f"{start}except OSError:\n    c()")
    assert found == [f"6: {UNCOVERED}"]


def test_what_speaks_for_itself_needs_no_comment(method, findings):
    for line in (
        "pass",
        "return",
        "return None",
        "return self.a.b",
        "super().__init__(1, 2)",
        "return super().close()",
    ):
        assert method(f"# Because.\na = 1\nb(a)\n\n{line}") == []
    for line in (
        "return self.a()",
        "raise OSError",
        "super().a().b()",
        "a = super().b()",
    ):
        found = method(f"# Because.\na = 1\nb(a)\n\n{line}")
        assert found == [f"5: {UNCOVERED}"]
    assert findings("import os\n\nfrom os import path, sep, curdir") == []
    assert findings("__all__ = [\n    'a',\n    'b',\n]\n__all__ += []") == []
    typed = "if TYPE_CHECKING:\n    from typing import Any"
    assert findings(f"from typing import TYPE_CHECKING\n\n{typed}") == []


def test_code_of_a_module_needs_a_comment(findings):
    assert findings('"""A."""\n\na = 1') == [f"3: {UNCOVERED}"]
    assert findings('"""A."""\n\n# For b.\na = 1') == []


def test_attributes_need_a_comment_above_or_beside(findings):
    source = '''
        class A:
            """Be."""

            a = 1{}
            b = 2  # seconds

            def c(self):
                """Do."""
    '''
    assert findings(source.format("")) == [f"4: {UNCOVERED}"]
    assert findings(source.format("  # bytes")) == []


def test_a_class_of_two_attributes_has_its_docstring_for_a_comment(findings):
    source = 'class A:\n    """Be."""\n\n    a = 1\n    b = 2\n'
    assert findings(source) == []
    assert findings(f"{source}    c = 3\n") == [f"4: {UNCOVERED}"]


def test_a_long_stanza_is_found(method):
    assert method("# Because.\na()\nb()\nc()\nd(\n    1,\n)") == [
        "2: 5 lines of code under one comment, at most 4."
    ]
    assert method("# Because.\na()\nb()\nc()\nd(\n)") == []


def test_long_prose_is_found(method):
    prose = "# Because.\n" * 6
    assert method(f"{prose}a()") == []
    assert method(f"{prose}# Because.\na()") == [
        "1: 7 lines of prose, at most 6."
    ]
    note = "# omits: that.\n" + "# And more.\n" * 6
    assert method(f"{prose}{note}a()") == []


def test_imports_get_one_line_of_comment(findings):
    assert findings("# Looked up late.\nimport os") == []
    assert findings("# Looked up late.\n# Or not.\nimport os") == [
        "1: imports get one line of comment at most."
    ]


def test_a_comment_without_code_is_found(method):
    assert method("# Because.\n\na()") == [
        "1: this comment has no code right below it."
    ]


def test_a_banner_without_a_method_is_found(findings):
    source = "class A:\n    # -- For callers\n\n    {}\n"
    assert findings(source.format("def a(self): pass")) == []
    assert findings(source.format("@b\n    def a(self): pass")) == []
    found = findings(source.format("# For b.\n    a = 1"))
    assert found == ["2: this banner has no method below it."]


# -- What is said


@pytest.mark.parametrize(
    "comment",
    [
        "differs: how.",
        "differs[Slug]: how.",
        "omit: what.",
        "Omits: what.",
        "omits[a]: what.",
        "sees: where.",
        "todo: later.",
        "TODO: later.",
        "fmt: off",
        "Because.\n# trys: what.",
        "Because.\n# differ[a]: how.",
    ],
)
def test_an_unknown_tag_is_found(method, comment):
    found = method(f"# {comment}\na()")
    assert len(found) == 1
    assert "unknown tag" in found[0]


@pytest.mark.parametrize(
    "comment",
    [
        "omits: what.",
        "see: `BaseException`.",
        "try: leave it out. Who waits?",
        "A colon: no tag.",
        "Two\n# words: no tag.",
    ],
)
def test_a_known_tag_and_a_colon_are_left_alone(method, comment):
    assert method(f"# {comment}\na()") == []


def test_a_banner_without_a_capital_is_found(method):
    assert method("# -- for callers\na()") == [
        "1: a banner is written `# -- Title`."
    ]


@pytest.mark.parametrize(
    "word", ["now", "Simply", "just", "obviously", "basically", "Note that"]
)
def test_a_banned_word_is_found_in_comments_and_docstrings(method, word):
    sentence = f"{word} it goes."
    says = f"“{word}” says nothing; leave it out."
    assert method(f"# Yes,\n# {sentence}\na()") == [f"2: {says}"]
    assert method("a()", docstring=f'"""{sentence}"""') == [f"0: {says}"]


def test_a_banned_word_in_code_or_within_a_word_is_left_alone(method):
    assert method("# What is known of `now` is adjusted.\nnow()") == []


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("https://python.org", "an address"),
        ("www.python.org", "an address"),
        ("line 42", "a line number"),
        ("lines 4 to 8", "a line number"),
        ("base.py:42", "a line number"),
        ("#88932", "a bug number"),
        ("issue 88932", "a bug number"),
    ],
)
def test_a_reference_that_rots_is_found(method, words, what):
    [found] = method(f"# As told in {words}.\na()")
    assert f"is {what}" in found


def test_a_bug_number_is_left_alone(method):
    assert method("# In a line of 40 (gh-88932, bpo-1540386).\na()") == []


def test_a_second_experiment_in_a_class_is_found(findings):
    one = "    # try: leave it out.\n    a = 1\n\n"
    assert findings(f"class A:\n{one}class B:\n{one}") == []
    assert findings(f"class A:\n{one}{one}") == [
        "5: a second `try:` in A; one is enough."
    ]


# -- How it looks


def test_a_wide_line_is_found(method):
    code = "a = " + "1" * 67
    assert method(f"# Because.\n{code}") == []
    assert method(f"# Because.\n{code}1") == [
        "2: 80 columns of code, at most 79."
    ]
    prose = "# " + "x" * 62
    assert method(f"{prose}\na()") == []
    assert method(f"{prose}x\na()") == ["1: 73 columns of prose, at most 72."]


def test_a_wide_docstring_is_found(method):
    assert method("a()", docstring=f'"""{"x" * 61}"""') == []
    assert method("a()", docstring=f'"""{"x" * 62}"""') == [
        "0: 73 columns of prose, at most 72."
    ]


def test_a_comment_after_code_is_found_in_a_body_and_in_a_module(
    method, findings
):
    says = "a comment stands above its code, never after it."
    assert method("a()  # seconds") == [f"1: {says}"]
    assert findings("import os  # seconds") == [f"1: {says}"]


def test_a_long_comment_after_an_attribute_is_found(findings):
    source = "class A:\n    # For b.\n    a = 1  # {}\n"
    assert findings(source.format("x" * 24)) == []
    assert findings(source.format("x" * 25)) == [
        "3: 25 characters after an attribute, at most 24."
    ]


def test_deep_nesting_is_found(method):
    code = (
        "# Because.\nwith a:\n    for b in c:\n        {}:\n            d()\n"
        "        # Or.\n        {}:\n            e()\n"
    )
    assert method(code.format("if b", "elif c")) == []
    deep = (
        "with a:\n    # Because.\n    for b in c:\n        if d:\n"
        "            if e:\n                f()"
    )
    assert method(deep) == [
        "5: nested over 3 levels deep; a method is missing."
    ]


DRAWING = '"""Be.\n\n        a ──▶ {}\n{}    """'


def test_a_drawing_without_a_caption_is_found(findings):
    for owner in ("class A:", "class A(B):"):
        alone = f"{owner}\n    {DRAWING.format('b', '')}\n"
        assert findings(alone) == ["4: a drawing is followed by its caption."]
        caption = "\n    So it goes.\n"
        told = f"{owner}\n    {DRAWING.format('b', caption)}\n"
        assert findings(told) == []


def test_a_wide_drawing_is_found(findings):
    caption = "\n    So it goes.\n"
    for width, found in (
        (58, []),
        (59, ["4: 65 columns of drawing, at most 64."]),
    ):
        drawing = DRAWING.format("─" * width, caption)
        shown = findings(f"class A:\n    {drawing}\n")
        assert [each for each in shown if "drawing" in each] == found


def test_a_drawing_in_a_method_is_found(method):
    docstring = '"""Do.\n\n            a ──▶ b\n\n        So.\n        """'
    assert method("a()", docstring=docstring)[0].endswith(
        "drawings belong to modules and classes."
    )


def test_a_long_module_docstring_is_found(findings):
    lines = "x\n" * 39
    assert findings(f'"""x\n{lines}"""\n') == []
    assert findings(f'"""x\n{lines}x\n"""\n') == [
        "1: 41 lines of docstring, at most 40."
    ]


# -- References


PLACES = '''
"""{} is mentioned."""


class Parent:
    """Be."""

    def grow(self):
        """Grow."""
        self.size = tall.order


class Child(Parent):
    """Be small."""

    def play(self):
        """Play."""
'''


@pytest.mark.parametrize(
    "name",
    [
        "Child.play",
        "Child.grow()",
        "Child.size",
        "base.Parent.grow",
        "minisocketserver.base.Parent",
        "base.py",
        "self.size",
        "anyone.grow(1, 2)",
        "play()",
        "print()",
        "waitpid()",
        "os.waitpid",
        "http.server.HTTPServer",
        "concurrent.futures",
        "int.from_bytes",
        "socketserver.BaseServer.shutdown",
        "socketserver.ThreadingMixIn.block_on_close",
        "x = y.z",
        "lower",
        "a",
        "127.0.0.1",
    ],
)
def test_a_reference_that_leads_somewhere_is_left_alone(findings, name):
    assert findings(PLACES.format(f"`{name}`")) == []


@pytest.mark.parametrize(
    "name",
    [
        "Child.work",
        "Parent.play",
        "Stranger.play",
        "base.Stranger",
        "other.py",
        "self.weight",
        "work()",
        "os.waitfor",
        "http.waiter",
        "int.to_be",
        "socketserver.BaseServer.halt",
        "minisocketserver.Stranger",
    ],
)
def test_a_dangling_reference_is_found(findings, name):
    assert findings(PLACES.format(f"`{name}`")) == [
        f"1: `{name}` leads nowhere."
    ]


def test_a_reference_over_two_lines_is_read_whole(method):
    assert method("# Go by `os.\n# waitpid`.\na()") == []


def test_a_see_without_a_place_is_found(method):
    says = "1: this `see:` names no place to go to."
    assert method("# see: elsewhere.\na()") == [says]
    assert method("# see: gh-1.\na()") == []


# -- Differences


def test_a_difference_without_a_witness_is_found(findings):
    source = "# differs[no-spin]: it rests.\na = 1"
    assert findings(source, "def test_differs_no_spin(): ...") == []
    [found] = findings(source, "def test_other(): ...")
    assert found.startswith("1: ")
    assert found.endswith("test_differs.py has no test_differs_no_spin.")


def test_a_witness_without_a_difference_is_found(findings):
    assert findings("import os", "\n\ndef test_differs_no_spin(): ...") == [
        "3: test_differs_no_spin shows what the text does not declare."
    ]


def test_witnesses_that_are_not_python_are_named(findings):
    with pytest.raises(text.GrammarError, match=r"differs\.py:2: not Python"):
        findings("import os", "\ndef test_differs_no_spin(:")


# -- The command


def test_the_command_prints_findings_and_figures(tmp_path, capsys):
    (tmp_path / "base.py").write_text("a = 1\n")
    assert lint.main([str(tmp_path)]) == 1
    printed = capsys.readouterr().out
    assert f"{tmp_path / 'base.py'}:1: {UNCOVERED}" in printed
    assert "together" in printed


def test_the_command_says_what_it_cannot_read(tmp_path, capsys):
    assert lint.main([str(tmp_path)]) == 1
    assert "none of the text's files" in capsys.readouterr().err


def test_a_text_that_is_not_python_is_trouble_for_the_user(tmp_path):
    (tmp_path / "base.py").write_text("a = = 1\n")
    with pytest.raises(TroubleError, match=r"base\.py:1: not Python"):
        lint.main([str(tmp_path)])


# -- Figures


def test_the_figures_are_counted():
    part = figures.measure(text.parse(TOOL))
    lines = TOOL.read_text(encoding="utf-8").splitlines()
    assert part.lines == len(lines)
    assert (
        part.comments
        == sum(line.lstrip().startswith("# ") for line in lines) - 1
    )  # in a string
    assert part.code == 36
    assert part.functions == (9, 9, 10, 10, 3, 9)
    assert part.density == pytest.approx(100 * part.comments / 36)


def test_an_echo_and_a_reason_are_told_apart(tmp_path):
    path = tmp_path / "base.py"
    path.write_text(
        "# Close the listener.\nlistener.close()\n\n"
        "# Otherwise the client would wait.\nlistener.close()\n"
    )
    part = figures.measure(text.parse(path))
    assert (part.echoing, part.reasoning, part.words) == (50, 50, 4)


def test_figures_of_nothing_are_zero(tmp_path):
    path = tmp_path / "base.py"
    path.write_text("")
    part = figures.measure(text.parse(path))
    assert (part.echoing, part.density, part.words) == (0, 0, 0)
    assert "base.py" in figures.table([text.parse(path)])
