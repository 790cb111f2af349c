"""The page that checks the article: fifteen claims, each with its evidence."""

import ast
import re

import pytest

from companion.environment import ROOT

PAGE = (ROOT / "docs" / "en" / "article.md").read_text("utf-8")
CLAIMS = range(1, 16)
TEST = re.compile(r"`(test_\w+)`\s+in\s+`(tests/[\w/]+\.py)`")
WITNESS = re.compile(r"^::: witness (\S+) (test_\w+)$", re.M)
EXAMPLE = re.compile(r"^::: run (\S+)|`docs/examples/(\S+\.py)`", re.M)


def section(number):
    """What the page says about a claim."""
    found = re.search(rf"^## {number}\. .*?(?=^## |\Z)", PAGE, re.M | re.S)
    assert found, f"claim {number} is not on the page"
    return found[0]


def test_the_page_has_the_fifteen_claims_in_their_order():
    numbers = map(int, re.findall(r"^## (\d+)\. ", PAGE, re.M))
    assert list(numbers) == list(CLAIMS)


@pytest.mark.parametrize("number", CLAIMS)
def test_a_claim_has_a_verdict_and_evidence(number):
    said = section(number)
    assert re.search(r"^> \S", said, re.M), "the claim, in our words"
    assert re.search(r"^\*\*(It|Half of it) holds?\b", said, re.M)
    evidence = said.partition("Evidence:")[2]
    assert TEST.search(evidence) or EXAMPLE.search(evidence)


@pytest.mark.parametrize(("name", "file"), sorted(set(TEST.findall(PAGE))))
def test_a_test_that_is_named_as_evidence_is_there(name, file):
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    named = {
        each.name
        for each in ast.walk(tree)
        if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))
    }
    assert name in named


@pytest.mark.parametrize("number", CLAIMS)
def test_a_test_that_is_named_as_evidence_is_shown_below(number):
    named = [(f"tests/{f}", n) for f, n in WITNESS.findall(section(number))]
    assert named == [
        (file, name) for name, file in TEST.findall(section(number))
    ]


def test_an_example_that_is_named_as_evidence_is_there():
    named = [first or second for first, second in EXAMPLE.findall(PAGE)]
    assert len(named) > 5
    for file in named:
        assert (ROOT / "docs" / "examples" / file).is_file(), file


@pytest.mark.parametrize("number", [13, 14])
def test_what_the_module_lacks_is_shown_by_the_minis_own_tests(number):
    named = TEST.findall(section(number))
    assert any(file.startswith("tests/mini/") for _, file in named)
