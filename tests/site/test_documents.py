"""The Python on the pages is true: it is run, block by block.

The blocks of a page share their names, as a reader would expect who types
them in one after the other. `<!--- skip: next -->` leaves one out.
"""

import re

import pytest

pytest.importorskip("sybil", reason="nothing here can run the pages' Python")

from sybil import Document, Region
from sybil.evaluators.doctest import DocTestEvaluator
from sybil.evaluators.python import PythonEvaluator
from sybil.example import SybilFailure
from sybil.parsers.abstract.doctest import DocTestStringParser
from sybil.parsers.markdown import SkipParser
from sybil.parsers.markdown.lexers import FencedCodeBlockLexer

from companion.environment import ROOT

# A fence of Python, with or without options; it may stand in a list.
FENCE = re.compile(r"^ *```+ *(?:\{ *\.)?(?:python|py)\b", re.MULTILINE)

PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/en/**/*.md"))]


class Blocks:
    """Finds the Python of a page; `>>>` marks a block as a doctest."""

    def __init__(self):
        language = r" *(?:\{ *\.)?(?:python|py)\b[^\n]*"
        mapping = {"language": "arguments", "source": "source"}
        self.lexer = FencedCodeBlockLexer(language, mapping)
        self.doctests = DocTestStringParser(DocTestEvaluator())
        self.run = PythonEvaluator()

    def __call__(self, document):
        for found in self.lexer(document):
            source = found.lexemes["source"]
            if source.startswith(">>>"):
                for region in self.doctests(source, document.path):
                    region.adjust(found, source)
                    yield region
            else:
                yield Region(found.start, found.end, source, self.run)


def examples(path):
    """Return what is to be run on a page, in its order."""
    return list(Document.parse(str(path), Blocks(), SkipParser()).examples())


def has_python(path):
    return path.exists() and FENCE.search(path.read_text(encoding="utf-8"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    list(filter(has_python, PAGES)),
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_the_python_on_a_page_runs(path):
    found = examples(path)
    assert found, "the page has Python, and none of it was found"
    for example in found:
        example.evaluate()


@pytest.fixture
def page(tmp_path):
    def write(*blocks):
        path = tmp_path / "page.md"
        path.write_text("# A page\n\n" + "\n\n".join(blocks) + "\n")
        return path

    return write


@pytest.mark.parametrize(
    "fence",
    [
        "```python",
        "```py",
        '```python title="a.py" hl_lines="1"',
        "``` { .python .live }",
        "    ```python",
    ],
)
def test_no_way_to_write_a_block_is_passed_over(page, fence):
    margin = " " * (len(fence) - len(fence.lstrip()))
    block = f"{fence}\n{margin}1 / 0\n{margin}```"
    assert FENCE.search(block)
    (example,) = examples(page(block))
    with pytest.raises(ZeroDivisionError):
        example.evaluate()


def test_the_blocks_of_a_page_share_their_names(page):
    blocks = "```python\nx = 6\n```", "```python\nassert x * 7 == 42\n```"
    for example in examples(page(*blocks)):
        example.evaluate()


def test_a_wrong_answer_in_a_doctest_is_noticed(page):
    (example,) = examples(page("```python\n>>> 6 * 7\n43\n```"))
    with pytest.raises(SybilFailure):
        example.evaluate()


def test_other_languages_are_not_run(page):
    assert examples(page("```sh\nrm -r x\n```", "```text\n1 / 0\n```")) == []


def test_a_block_can_be_left_out(page):
    skip = "<!--- skip: next -->"
    for example in examples(page(skip, "```python\n1 / 0\n```")):
        example.evaluate()
