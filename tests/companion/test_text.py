import textwrap
from pathlib import Path

import pytest

from companion import text

TOOL = Path(__file__).parent / "data" / "tool.py"
REAL = [path.name for path in sorted(text.TEXT.glob("*.py"))]


@pytest.fixture(scope="module")
def tool():
    return text.parse(TOOL)


@pytest.fixture
def parse(tmp_path):
    """Parse a source that is written in the test."""

    def parse(source):
        path = tmp_path / "sample.py"
        path.write_text(textwrap.dedent(source), encoding="utf-8")
        return text.parse(path)

    return parse


def stanzas(module):
    """Show each stanza as its comment's first line and its code's."""
    return [
        (owner.name, stanza.prose, stanza.code.strip())
        for owner, stanza in module.walk()
    ]


# -- The tree


def test_a_module_knows_its_name_its_docstring_and_its_source(tool):
    assert tool.name == "tool"
    assert tool.path == TOOL
    assert tool.docstring.startswith("How does somebody wait")
    assert tool.source == TOOL.read_text(encoding="utf-8")


def test_a_class_knows_its_bases_and_its_place(parse):
    module = parse('''
        @final
        class Late(list[int], base.Early, metaclass=Meta):
            """Be late."""

            x = 1
    ''')
    [late] = module.classes
    assert late.bases == ("list[int]", "base.Early")
    assert (late.first, late.body, late.last) == (2, 5, 6)
    assert late.docstring == "Be late."


def test_a_method_knows_its_names_its_docstring_and_its_place(tool):
    borrow = tool.classes[0].methods[1]
    assert (borrow.name, borrow.qualname) == ("borrow", "Tool.borrow")
    assert borrow.docstring == "Take the tool; False once it is retired."
    lines = tool.source.splitlines()
    assert lines[borrow.first - 1] == "    def borrow(self):"
    assert lines[borrow.body - 1] == "        with self._changed:"
    assert lines[borrow.last - 1].endswith("return not self._retired")


def test_a_method_stands_under_the_last_banner_of_its_class(tool):
    banners = {each.name: each.banner for each in tool.classes[0].methods}
    assert banners == {
        "__init__": None,
        "borrow": "For borrowers",
        "give_back": "For borrowers",
        "retire": "For the owner",
        "__repr__": "For the owner",
    }


def test_a_banner_ends_with_its_class(parse):
    module = parse("""
        class A:
            # -- For callers
            def a(self): pass

        class B:
            def b(self): pass
    """)
    assert [each.methods[0].banner for each in module.classes] == [
        "For callers",
        None,
    ]


@pytest.mark.parametrize(
    ("source", "signature"),
    [
        ("def f(self): 0", "f()"),
        (
            "def f(self, a: int, b: str | None = None) -> int: 0",
            "f(a, b=None)",
        ),
        ("def f(self, /, *a, key=(), **k): 0", "f(*a, key=(), **k)"),
        ("@staticmethod\n    def f(a, b): 0", "f(a, b)"),
        ("@classmethod\n    def f(cls, a): 0", "f(a)"),
        ("async def f(self, a): 0", "f(a)"),
    ],
)
def test_a_signature_is_the_call_as_a_reader_writes_it(
    parse, source, signature
):
    module = parse(f"class A:\n    {source}\n")
    assert module.classes[0].methods[0].signature == signature


def test_a_function_keeps_its_first_argument(tool):
    [function] = tool.functions
    assert function.signature == "tool(name, *, sharp=True, **facts)"
    assert function.qualname == "tool"


def test_definitions_behind_a_condition_are_found(parse):
    module = parse("""
        if unix:
            class A:
                if fork:
                    def a(self): pass
                else:
                    def b(self): pass
        else:
            def c(): pass
    """)
    assert [each.name for each in module.definitions()] == ["A", "a", "b", "c"]


def test_a_function_in_a_function_belongs_to_it(parse):
    module = parse("""
        def outer():
            # Made anew for each call.
            def inner():
                return 1

            return inner
    """)
    [outer] = module.functions
    assert [stanza.first for stanza in outer.stanzas] == [4, 7]


# -- Stanzas


def test_a_stanza_is_a_comment_and_its_code(tool):
    first, second = tool.classes[0].methods[0].stanzas
    assert first.prose == (
        "One condition guards both facts below it. With a lock for\n"
        "each, a borrower could slip in between asking and counting."
    )
    assert first.code.splitlines() == [
        "        self._changed = threading.Condition()",
        "        self._lent = 0",
        "        self._retired = False",
    ]
    assert first.last - first.first == 2
    assert first.first - first.top == 2
    assert second.code == "        self.name = name"


def test_a_stanza_ends_at_a_blank_line_and_at_a_comment(parse):
    module = parse("""
        # One.
        a = 1
        b = 2
        # Two.
        c = 3

        d = 4
    """)
    assert stanzas(module) == [
        ("sample", "One.", "a = 1\nb = 2"),
        ("sample", "Two.", "c = 3"),
        ("sample", "", "d = 4"),
    ]


def test_a_branch_opens_with_a_stanza_of_its_own(parse):
    module = parse("""
        def f():
            # Whole.
            try:
                a()
            except OSError:
                # Broken.
                b()
    """)
    assert [
        (prose, code.splitlines()[-1].strip())
        for _, prose, code in stanzas(module)
    ] == [("Whole.", "except OSError:"), ("Broken.", "b()")]


def test_a_blank_line_in_brackets_or_in_a_string_ends_no_stanza(parse):
    module = parse('''
        # Both.
        a = [
            1,

            2,
        ]
        b = """one

        # two
        """
    ''')
    [(_, prose, code)] = stanzas(module)
    assert prose == "Both."
    assert code.endswith('"""')


def test_a_comment_in_brackets_starts_a_stanza(parse):
    module = parse("""
        # The odd ones.
        a = [
            1,
            # The even ones.
            2,
        ]
    """)
    assert [prose for _, prose, _ in stanzas(module)] == [
        "The odd ones.",
        "The even ones.",
    ]


def test_a_comment_above_a_signature_has_it_for_its_code(parse):
    module = parse('''
        # differs[late]: it comes later.
        @final
        class Late(
            Early
        ):
            """Be late."""
    ''')
    [late] = module.classes
    [stanza] = late.stanzas
    assert stanza.notes[0].slug == "late"
    assert (stanza.first, stanza.last) == (3, 6)


def test_a_comment_with_no_code_is_a_stanza_with_no_code(parse):
    module = parse("""
        # Nothing follows.

        a = 1
        # The end.
    """)
    empty = [stanza for _, stanza in module.walk() if not stanza.code]
    assert [(each.prose, each.top) for each in empty] == [
        ("Nothing follows.", 2),
        ("The end.", 5),
    ]


def test_a_stanza_says_whether_it_is_commented(tool):
    opener, counted = tool.classes[0].methods[1].stanzas
    assert not opener.commented
    assert counted.commented


# -- Notes


def test_notes_run_to_the_end_of_the_comment(tool):
    notes = {note.kind: note for note in tool.notes()}
    assert set(notes) == {"differs", "omits", "try"}
    assert notes["differs"].slug == "counts-hands"
    assert notes["differs"].text.endswith("wait down to zero.")
    assert notes["omits"].slug is None
    assert notes["omits"].text.endswith("too\nmany.")
    lines = tool.source.splitlines()
    for note in notes.values():
        assert f"# {note.kind}" in lines[note.line - 1]


def test_prose_before_a_note_stays_prose(tool):
    stanza = tool.classes[0].methods[2].stanzas[1]
    assert stanza.prose.endswith("rings the bell.")
    assert [note.kind for note in stanza.notes] == ["omits"]


def test_a_tag_in_the_middle_of_a_line_is_prose(parse):
    module = parse("""
        # We would rather see: this one, or try: that one.
        a = 1
    """)
    assert list(module.notes()) == []


def test_a_number_sign_in_a_string_is_no_comment(tool):
    [function] = tool.functions
    assert len(function.stanzas) == 1
    assert "# not a comment" in function.stanzas[0].code


# -- Whole files


def leftover(module):
    """Return the lines that no part of the parsed module covers."""
    covered = set(range(1, module.body))
    for each in module.definitions():
        covered |= set(range(each.first, each.body))
    for _, stanza in module.walk():
        covered |= set(range(stanza.top, stanza.last + 1))
    return [
        line
        for row, line in enumerate(module.source.splitlines(), 1)
        if row not in covered and line.strip()
    ]


@pytest.mark.parametrize(
    "path",
    [TOOL, *map(text.TEXT.joinpath, REAL)],
    ids=lambda path: path.name,
)
def test_the_parts_cover_their_source_exactly(path):
    module = text.parse(path)
    lines = module.source.splitlines()
    code = text.code_lines(module.source)
    stanzas = [each for _, each in module.walk() if each.first in code]
    for stanza in stanzas:
        found = lines[stanza.first - 1 : stanza.last]
        assert stanza.code == "\n".join(found)
    rows = [row for each in stanzas for row in range(each.top, each.last + 1)]
    assert len(rows) == len(set(rows)), "a line is in two stanzas"
    assert all("# -- " in line for line in leftover(module))


def test_the_text_is_read_in_reading_order():
    names = [module.name for module in text.read_text()]
    assert names[:4] == ["__init__", "base", "handlers", "tcp"]
    assert {f"{name}.py" for name in names} == set(REAL)


def test_files_that_are_not_written_yet_are_left_out(tmp_path):
    (tmp_path / "tcp.py").write_text("a = 1\n")
    (tmp_path / "base.py").write_text("b = 1\n")
    assert [each.name for each in text.read_text(tmp_path)] == ["base", "tcp"]


def test_a_file_that_is_not_python_is_named_with_its_line(parse):
    with pytest.raises(text.GrammarError, match=r"sample\.py:3: not Python"):
        parse("\na = 1\nb = = 2\n")


@pytest.mark.parametrize("content", [b"a = '\xff'\n", b"a = '\0'\n"])
def test_a_file_with_bytes_that_are_no_text_is_named(tmp_path, content):
    path = tmp_path / "base.py"
    path.write_bytes(content)
    with pytest.raises(text.GrammarError, match=r"base\.py:1: not Python: "):
        text.parse(path)


def test_a_folder_in_a_files_place_is_named(tmp_path):
    (tmp_path / "base.py").mkdir()
    with pytest.raises(text.GrammarError, match=r"base\.py:1: cannot be read"):
        text.read_text(tmp_path)


def test_code_lines_leave_out_what_is_blank_or_prose(tool):
    lines = text.code_lines(tool.source).values()
    assert "import threading" in lines
    assert "# not a comment: a string" in lines
    assert not any("──▶" in line or "# -- " in line for line in lines)
