"""What the tests of the exercises share: the exercises, and a judge."""

import pytest

from companion.practise import format as exercises
from companion.practise.judge import Judge
from companion.practise.runner import Runner


@pytest.fixture(scope="session")
def runner():
    with Runner() as runner:
        runner.start()
        yield runner


@pytest.fixture
def judge(runner):
    return Judge(runner)


@pytest.fixture(scope="session")
def every_exercise():
    return exercises.read_all()
