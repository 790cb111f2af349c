import os
import random
import select
import shutil
import textwrap
from collections import Counter
from dataclasses import replace

import pytest

from companion import text
from companion.environment import ROOT, TroubleError
from companion.mutants import check as mutants
from companion.mutants.lab import SUITE, Lab, Outcome
from companion.mutants.mistakes import mutations

SURVIVORS = mutants.DATA.with_name("survivors.md")
SAMPLE = 6


# -- Mistakes


@pytest.fixture
def made(tmp_path):
    """List the mistakes in a source as (kind, what, becomes what)."""

    def made(source, name="base"):
        path = tmp_path / f"{name}.py"
        path.write_text(textwrap.dedent(source).lstrip(), encoding="utf-8")
        module = text.parse(path)
        found = mutations(module)
        for each in found:
            broken = each.apply(module.source)
            assert broken != module.source
            compile(broken, "broken.py", "exec")
        return [(each.kind, each.old, each.new) for each in found]

    return made


@pytest.mark.parametrize(
    ("source", "kind", "old", "new"),
    [
        ("go()", "drop the statement", "go()", "pass"),
        ("a = b", "drop the statement", "a = b", "pass"),
        ("a += b", "drop the statement", "a += b", "pass"),
        ("a: int = b", "drop the statement", "a: int = b", "pass"),
        ("def f():\n    raise e", "drop the statement", "raise e", "pass"),
        (
            "def f():\n    return a",
            "return nothing",
            "return a",
            "return None",
        ),
        (
            "super().go()",
            "drop the call of super()",
            "super().go()",
            "pass",
        ),
        ("if a: b", "negate the condition", "a", "not (a)"),
        ("a if b else c", "negate the condition", "b", "not (b)"),
        ("if not a: b", "drop the not", "not a", "a"),
        ("a is b", "swap the operator", "a is b", "a is not b"),
        ("a < b", "swap the operator", "a < b", "a <= b"),
        ("a and b", "swap the operator", "a and b", "a or b"),
        ("a + b", "swap the operator", "a + b", "a - b"),
        ("go(None)", "change the constant", "None", "1"),
        ("go(True)", "change the constant", "True", "False"),
        ("go(1)", "change the constant", "1", "0"),
        ("go(0)", "change the constant", "0", "1"),
        ("go(0.5)", "change the constant", "0.5", "1.5"),
        ("def f(a=1): 0", "change the constant", "1", "0"),
        ("go(a, b)", "drop the argument", "go(a, b)", "go(a)"),
        ("go(a, b=c)", "drop the argument", "go(a, b=c)", "go(a)"),
        (
            "contextlib.suppress(A)",
            "drop the argument",
            "contextlib.suppress(A)",
            "contextlib.suppress()",
        ),
        ("class A:\n    b = c", "change the default", "c", "None"),
        ("class A(B, C): 0", "swap the parents", "B, C", "C, B"),
        ("@a\ndef f(): 0", "drop the decorator", "@a", ""),
        ("with a: b", "drop the with", "with a", "if True"),
        ("with a, b: c", "drop the with", "with a, b", "with b"),
        ("try: a\nexcept B: c", "catch nothing", "B", "()"),
        ("try: a\nexcept B: c", "catch something else", "B", "Exception"),
        (
            "try: a\nexcept Exception: c",
            "catch something else",
            "Exception",
            "BaseException",
        ),
        (
            "try:\n    a\nfinally:\n    b",
            "drop the finally",
            "finally",
            "if True",
        ),
    ],
)
def test_a_mistake_is_made(made, source, kind, old, new):
    assert (kind, old, new) in made(source)


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring."""',
        "a: int",
        "A: TypeAlias = B",
        "def f(a: None, b: A[1]) -> None: pass",
        "if TYPE_CHECKING:\n    import a\n    b = 1",
        "import a",
        "from a import b",
        "'a'",
        "def f():\n    pass",
    ],
)
def test_what_does_not_run_is_left_in_peace(made, source):
    assert made(source) == []


def test_texts_and_single_arguments_are_left_in_peace(made):
    assert made("x = hasattr(a, 'b')")[1:] == []
    assert made("go('a')") == [("drop the statement", "go('a')", "pass")]


def test_an_import_of_the_package_is_a_promise(made):
    kinds = made("import a\nfrom .b import c", name="__init__")
    assert [old for _, old, _ in kinds] == ["import a", "from .b import c"]


def test_a_mistake_changes_nothing_around_it(tmp_path):
    path = tmp_path / "base.py"
    path.write_text(
        "# „Größe“ ──▶\ntry:  # …\n    é = 1  # „é“\nfinally:\n    b()\n"
    )
    module = text.parse(path)
    broken = {
        each.kind: each.apply(module.source) for each in mutations(module)
    }
    assert broken["change the constant"] == module.source.replace("1", "0")
    assert broken["drop the finally"] == module.source.replace(
        "try", "if True"
    ).replace("finally", "if True")


def test_a_mistake_knows_its_symbol_and_the_lines_to_run(tmp_path):
    path = tmp_path / "base.py"
    path.write_text(
        "a = 1\nclass A:\n    b = 2\n    def c(self):\n"
        "        with self.d(\n            e\n        ):\n            f()\n"
    )
    found = {each.old: each for each in mutations(text.parse(path))}
    assert found["a = 1"].symbol == "base"
    assert found["a = 1"].rows is None
    assert found["b = 2"].symbol == "A"
    assert found["b = 2"].rows is None
    assert found["f()"].symbol == "A.c"
    assert found["f()"].rows == range(8, 9)
    assert found["with self.d( e )"].rows == range(5, 8)


def test_the_same_mistake_twice_is_told_apart(tmp_path):
    path = tmp_path / "base.py"
    path.write_text("def f():\n    go()\n    go()\n")
    first, second = mutants.mistakes([text.parse(path)])
    assert (first.nth, second.nth) == (0, 1)
    assert str(second) == "`f`: drop the statement: `go()` → `pass` (2)"


# -- A toy library and its suite


TOY = """
import os


def noticed(number):
    return number + 1


def unnoticed(number):
    number = abs(number)
    return number


def hanging(number):
    while number > 0:
        number -= 1


def in_a_child():
    if os.fork() == 0:
        os._exit(3)
    return os.waitstatus_to_exitcode(os.wait()[1])
"""
TOY_SUITE = """
from minisocketserver import base


def test_noticed():
    assert base.noticed(1) == 2


def test_unnoticed():
    assert base.unnoticed(1) == 1


def test_hanging():
    base.hanging(2)


def test_in_a_child():
    assert base.in_a_child() == 3
"""
TOY_CONFTEST = """
def pytest_addoption(parser):
    parser.addoption("--impl")
"""


@pytest.fixture
def toy(tmp_path):
    """A checkout with a library of four functions, and a suite for it."""
    root = tmp_path / "toy"
    library, suite = root / "minisocketserver", root / "tests/conformance"
    library.mkdir(parents=True)
    suite.mkdir(parents=True)
    shutil.copytree(ROOT / "companion", root / "companion")
    (library / "__init__.py").write_text("")
    (library / "base.py").write_text(TOY)
    (suite / "conftest.py").write_text(TOY_CONFTEST)
    (suite / "test_base.py").write_text(TOY_SUITE)
    (root / "pyproject.toml").write_text("[tool.pytest]\n")
    return root


@pytest.fixture
def judge(toy):
    """Judge the mistakes in some functions of the toy."""
    modules = [text.parse(toy / "minisocketserver/base.py")]
    found = mutants.mistakes(modules)

    def judge(*symbols, kind=""):
        check = mutants.Check(found, toy)
        chosen = [
            each
            for each in found
            if each.symbol in symbols and kind in each.kind
        ]
        return {each.old: each for each in check.run(chosen)}

    return judge


@pytest.mark.slow
def test_a_mistake_is_noticed_by_the_test_that_reaches_it(judge):
    judged = judge("noticed", "unnoticed")
    assert {each.verdict for each in judged.values()} == {
        "noticed",
        "survived",
    }
    kept = judged["number + 1"]
    assert (kept.verdict, kept.test) == (
        "noticed",
        "test_base.py::test_noticed",
    )
    survivor = judged["number = abs(number)"]
    assert (survivor.verdict, survivor.test) == ("survived", "")


@pytest.mark.slow
def test_a_mistake_in_a_child_process_is_noticed(judge):
    judged = judge("in_a_child", kind="constant")
    assert judged["3"].test == "test_base.py::test_in_a_child"


@pytest.mark.slow
def test_a_test_that_hangs_has_noticed(judge, monkeypatch):
    monkeypatch.setattr("companion.mutants.lab.TEST_LIMIT", 0.5)
    judged = judge("hanging", kind="drop the statement")
    [hung] = judged.values()
    assert (hung.verdict, hung.test) == (
        "timeout",
        "test_base.py::test_hanging",
    )


FORKING_SUITE = """
import os
import pathlib
import time


def test_hanging():
    with pathlib.Path({fifo!r}).open("w") as fifo:
        if os.fork() == 0:
            fifo.write("child")
            fifo.flush()
        time.sleep(60)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_a_run_that_hangs_is_ended_with_its_children(
    toy, tmp_path, monkeypatch
):
    monkeypatch.setattr("companion.mutants.lab.RUN_LIMIT", 5)
    monkeypatch.setattr("companion.mutants.lab.TEST_LIMIT", 15)
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    suite = toy / SUITE / "test_base.py"
    suite.write_text(FORKING_SUITE.format(fifo=str(fifo)))
    reading = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(reading, "rb", 0) as pipe:
        outcome = Lab(tmp_path / "lab", toy).run([SUITE], 0)
        assert pipe.read() == b"child"
        # The end of the file comes when the last process is gone.
        assert select.select([pipe], [], [], 5)[0]
    assert outcome == Outcome(f"{SUITE}/test_base.py::test_hanging", hung=True)


SHAKY_SUITE = """
import pytest

tries = []


@pytest.fixture
def number():
    tries.append("another")
    return len(tries)


def test_shaky(number):
    assert number == {passing}
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("passing", "failed"),
    [(1, None), (2, None), (3, f"{SUITE}/test_base.py::test_shaky")],
)
def test_a_test_that_fails_gets_one_second_chance(
    toy, tmp_path, passing, failed
):
    suite = toy / SUITE / "test_base.py"
    suite.write_text(SHAKY_SUITE.format(passing=passing))
    outcome = Lab(tmp_path / "lab", toy).run([SUITE], 0)
    assert outcome == Outcome(failed)


@pytest.mark.slow
def test_a_library_that_cannot_be_imported_is_noticed(toy):
    base = toy / "minisocketserver/base.py"
    base.write_text("a = 1\nb = a\n")
    (toy / "tests/conformance/test_base.py").write_text(
        "from minisocketserver.base import b\ndef test_b(): assert b == 1\n"
    )
    found = mutants.mistakes([text.parse(base)])
    first, *_ = mutants.Check(found, toy).run(list(found))
    assert (first.verdict, first.test) == ("noticed", "import")


@pytest.mark.slow
def test_a_suite_that_fails_by_itself_is_refused(toy):
    suite = toy / "tests/conformance/test_base.py"
    suite.write_text(TOY_SUITE.replace("== 3", "== 4"))
    found = mutants.mistakes([text.parse(toy / "minisocketserver/base.py")])
    with pytest.raises(mutants.SuiteError, match="test_in_a_child"):
        next(mutants.Check(found, toy).run(list(found)))


@pytest.mark.slow
def test_the_library_is_whole_again_after_each_mistake(toy, tmp_path):
    base = toy / "minisocketserver/base.py"
    module = text.parse(base)
    lab = Lab(tmp_path / "lab", toy)
    copy = lab.root / "minisocketserver/base.py"
    for mutation in mutations(module):
        with lab.broken("base", module.source, mutation):
            assert copy.read_text() != TOY
        assert copy.read_text() == TOY
    assert base.read_text() == TOY


# -- The data and the command


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A place for data of the test's own."""
    path = tmp_path / "mutants.json"
    monkeypatch.setattr(mutants, "DATA", path)
    return path


def test_the_data_comes_back_as_it_was_written(data):
    kept = mutants.Mutant(
        "base", "f", "a = ü", "drop", "a = ü", "pass", 1, "survived"
    )
    mutants.save({"base": "abc"}, [kept, kept], data)
    assert mutants.load(data) == ({"base": "abc"}, [kept, kept])
    assert len(data.read_text(encoding="utf-8").splitlines()) == 5


def test_prose_may_change_and_code_may_not(tmp_path):
    path = tmp_path / "base.py"
    sums = []
    for source in ("# A.\na = 1\n", '"""B."""\n# C.\n\na = 1\n', "a = 2\n"):
        path.write_text(source)
        sums.append(mutants.digests([text.parse(path)])["base"])
    assert sums[0] == sums[1] != sums[2]


def test_the_report_counts_and_names_survivors():
    kept = mutants.Mutant("base", "f", "a", "drop", "a", "b", 0, "survived")
    seen = mutants.Mutant(
        "base", "f", "c", "drop", "c", "d", 0, "noticed", "t"
    )
    hung = mutants.Mutant("tcp", "g", "c", "drop", "c", "d", 0, "timeout", "t")
    lines = mutants.report([kept, seen, hung]).splitlines()
    assert " ".join(lines[1].split()) == "base 2 1 0 1 50.0 %"
    assert " ".join(lines[3].split()) == "together 3 1 1 1 66.7 %"
    assert lines[4:] == ["- `f`: drop: `a` → `b`"]


@pytest.mark.parametrize(
    ("arguments", "chosen"),
    [
        ([], {"f", "A.f", "A.f.g", "Ab"}),
        (["--only", "A"], {"A.f", "A.f.g"}),
        (["--only", "A.f"], {"A.f", "A.f.g"}),
        (["--only", "base"], {"f", "A.f", "A.f.g", "Ab"}),
        (["--only", "tcp"], set()),
        (["--survivors"], {"f", "Ab"}),
        (["--changed"], {"Ab"}),
    ],
)
def test_the_command_chooses(arguments, chosen):
    args = mutants.arguments(arguments)
    every = [
        mutants.Mutant("base", symbol, "a", "drop", "a", "b")
        for symbol in ("f", "A.f", "A.f.g", "Ab")
    ]
    verdicts = ("survived", "noticed", "timeout")
    judged = {
        each: replace(each, verdict=verdict)
        for each, verdict in zip(every, verdicts, strict=False)
    }
    found = {
        each.symbol for each in every if mutants.is_chosen(args, each, judged)
    }
    assert found == chosen


def test_the_command_says_when_there_is_nothing_to_do(data, capsys):
    assert mutants.main(["--only", "NoSuchThing"]) == 1
    assert capsys.readouterr().err == (
        "No mistake in NoSuchThing is left to be judged.\n"
    )


def test_data_without_a_new_mistake_is_brought_up_to_date(data, capsys):
    sums, known = mutants.load(ROOT / SUITE / "mutants.json")
    mutants.save({**sums, "tcp": "that of an older text"}, known, data)
    assert mutants.main(["--changed"]) == 0
    assert capsys.readouterr().out == (
        "No mistake is new. The data belongs to the present text.\n"
    )
    assert mutants.load(data) == (sums, known)


@pytest.mark.parametrize("arguments", [[], ["--report"]])
def test_the_command_says_what_is_not_python(
    data, tmp_path, monkeypatch, arguments
):
    (tmp_path / "base.py").write_text("a = = 1\n")
    monkeypatch.setattr(text.read_text, "__defaults__", (tmp_path,))
    with pytest.raises(TroubleError, match=r"base\.py:1: not Python"):
        mutants.main(arguments)


@pytest.mark.parametrize(
    "content", ["{", "{}", "[]", '{"text": {}, "mutants": [{"a": 1}]}']
)
def test_the_command_says_that_its_data_is_damaged(data, content):
    data.write_text(content)
    with pytest.raises(TroubleError, match=r"mutants\.json is damaged"):
        mutants.load(data)


# -- The real data


@pytest.fixture(scope="module")
def real():
    """The mutants as they were judged, by their mistakes."""
    _, known = mutants.load()
    return {each.mistake: each for each in known}


def explained():
    """Return the survivors that are explained, as the report writes them."""
    lines = SURVIVORS.read_text(encoding="utf-8").splitlines()
    entries = [line.removeprefix("- ") for line in lines if line[:2] == "- "]
    return [entry.split(" — ") for entry in entries]


def test_the_data_belongs_to_the_present_text(real):
    modules = text.read_text()
    sums, _ = mutants.load()
    again = "the text has changed: python3 -m companion mutants --changed"
    assert sums == mutants.digests(modules), again
    assert list(real) == list(mutants.mistakes(modules)), again


def test_nine_of_ten_mistakes_are_noticed(real):
    verdicts = Counter(each.verdict for each in real.values())
    assert set(verdicts) <= {"noticed", "timeout", "survived"}
    assert verdicts["survived"] <= 0.1 * len(real), verdicts


def test_whoever_noticed_is_named(real):
    for each in real.values():
        assert bool(each.test) == (each.verdict != "survived"), each


def test_each_survivor_is_explained_and_no_other(real):
    survivors = [
        str(each) for each in real.values() if each.verdict == "survived"
    ]
    entries = explained()
    assert [mistake for mistake, *_ in entries] == survivors
    for mistake, *why in entries:
        assert len(why) == 1, mistake
        assert len(why[0].split()) >= 4, mistake


def test_the_data_is_small():
    assert mutants.DATA.stat().st_size < 400_000


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_sample_of_mistakes_gets_the_same_verdicts(real):
    found = mutants.mistakes(text.read_text())
    noticed = [each for each in found if real[each].verdict == "noticed"]
    survived = [each for each in found if real[each].verdict == "survived"]
    dice = random.Random(20)
    chosen = [*dice.sample(noticed, SAMPLE), *dice.sample(survived, 2)]
    # Whether a test fails or hangs may depend on the machine; that one
    # of them notices must not.
    for each in mutants.Check(found).run(chosen):
        before = real[each.mistake]
        assert each.noticed == before.noticed, (
            f"{each}: {before.verdict} {before.test}, then {each.verdict}"
            f" {each.test}; python3 -m companion mutants --survivors"
        )
