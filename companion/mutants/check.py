"""Would anybody notice? Break the text, one line at a time, and see.

A line that can be broken without a test failing is a line that no test holds
to its promise. So each statement of the library is broken in turn, the tests
that reach it run, and what they say is kept as data: which test noticed first,
or that none did. Read backwards, the data answers a reader's question: why is
this line here? Because these tests fail without it.

    mutations ──▶ a broken copy ──▶ pytest, the tests that reach the line
                                      ├─ one fails     noticed
                                      ├─ one hangs     timeout
                                      └─ all pass      survived

This is our own code because the record is what we are after: which test
noticed, per mistake, with only the tests that reach the line run, and in a
process group of its own, for the tests fork and a broken server hangs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import queue
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from companion import text
from companion.environment import ROOT, TroubleError
from companion.mutants.lab import SUITE, Lab
from companion.mutants.mistakes import Mutation, mutations

DATA = ROOT / SUITE / "mutants.json"
NEAR = {"__init__": "surface"}  # the others are called like their module
SUITE_SECONDS = 60  # that the whole suite may take; it is traced
WORKERS = 2
IMPORT = "import"  # for a test, where the library cannot be imported
NOTICED, SURVIVED, TIMEOUT = "noticed", "survived", "timeout"

Mistake = tuple[text.Module, Mutation]


@dataclass(frozen=True)
class Mutant:
    """A mistake, and what became of it.

    `nth` tells mistakes apart that look alike: a symbol may have the same
    line twice. `test` is the first that noticed, of the quickest.
    """

    module: str
    symbol: str
    code: str
    kind: str
    old: str
    new: str
    nth: int = 0
    verdict: str = ""
    test: str = ""

    @property
    def mistake(self) -> Mutant:
        """The mistake itself, as if nobody had judged it yet."""
        return replace(self, verdict="", test="")

    @property
    def noticed(self) -> bool:
        """Whether a test failed, or hung, because of the mistake."""
        return self.verdict in (NOTICED, TIMEOUT)

    def __str__(self) -> str:
        """Write it as the list of survivors does."""
        again = f" ({self.nth + 1})" if self.nth else ""
        change = f"`{self.old}` → `{self.new}`{again}"
        return f"`{self.symbol}`: {self.kind}: {change}"


class SuiteError(TroubleError):
    """The suite does not pass, so its failures would tell nothing."""


def mistakes(modules: Iterable[text.Module]) -> dict[Mutant, Mistake]:
    """List every mistake that can be made, in reading order."""
    found: dict[Mutant, Mistake] = {}
    for module in modules:
        if module.name not in text.ADDED:
            for each in filter(is_original, mutations(module)):
                mutant = Mutant(
                    module=module.name,
                    symbol=each.symbol,
                    code=each.code,
                    kind=each.kind,
                    old=each.old,
                    new=each.new,
                )
                while mutant in found:
                    mutant = replace(mutant, nth=mutant.nth + 1)
                found[mutant] = module, each
    return found


def is_original(mistake: Mutation) -> bool:
    """Whether a mistake is in what the original has, too."""
    imported = (f"from .{name} import" for name in text.ADDED)
    return not mistake.code.startswith(tuple(imported))


class Check:
    """The mutation check: who notices which mistake?"""

    def __init__(
        self, found: Mapping[Mutant, Mistake], root: Path = ROOT
    ) -> None:
        self.found = found
        self.root = root
        self.seconds: dict[str, float] = {}
        self.reached: defaultdict[tuple[str, int], set[str]] = defaultdict(set)

    def look(self, lab: Lab) -> None:
        """Run the whole suite once, and note which test reaches what."""
        outcome = lab.run([SUITE], SUITE_SECONDS, trace=True)
        if outcome.failed or outcome.broken:
            raise SuiteError(
                "The suite fails on the text as it is:"
                f" {outcome.failed or 'pytest itself'}. Mend that first:"
                f" python3 -m pytest {SUITE} --impl=mini"
            )
        test, since = "", 0.0
        for entry in lab.entries():
            if entry["event"] == "start":
                test, since = entry["test"], entry["at"]
            elif entry["event"] == "line":
                self.reached[entry["module"], entry["line"]].add(test)
            elif entry["event"] == "end":
                self.seconds[test] = entry["at"] - since

    def tests_for(self, mutant: Mutant) -> tuple[list[str], list[str]]:
        """Return the tests that could notice: the near ones, and the others.

        Near are those in the file of the module, whose business it is. Code
        that runs on import could be noticed by any test; so could code that
        no test of this process reaches, by a test in a process of its own.
        """
        _, mutation = self.found[mutant]
        able: set[str] = set()
        for line in mutation.rows or ():
            able |= self.reached[mutant.module, line]
        near = f"/test_{NEAR.get(mutant.module, mutant.module)}.py"
        tests = sorted(able or self.seconds, key=self.seconds.__getitem__)
        return (
            [test for test in tests if near in test],
            [test for test in tests if near not in test],
        )

    def judge(self, lab: Lab, mutant: Mutant) -> Mutant:
        """Make one mistake, and find out who notices."""
        module, mutation = self.found[mutant]
        with lab.broken(module.name, module.source, mutation):
            for tests in filter(None, self.tests_for(mutant)):
                seconds = sum(self.seconds[test] for test in tests)
                outcome = lab.run(tests, seconds)
                if outcome.broken:
                    return replace(mutant, verdict=NOTICED, test=IMPORT)
                if outcome.failed:
                    verdict = TIMEOUT if outcome.hung else NOTICED
                    test = outcome.failed.removeprefix(f"{SUITE}/")
                    return replace(mutant, verdict=verdict, test=test)
        return replace(mutant, verdict=SURVIVED)

    def run(self, chosen: Sequence[Mutant]) -> Iterator[Mutant]:
        """Judge some mistakes, in their order, a few at a time.

        Raises SuiteError if the suite does not pass on the text as it is.
        """
        labs: queue.SimpleQueue[Lab] = queue.SimpleQueue()

        def judge(mutant: Mutant) -> Mutant:
            lab = labs.get()
            try:
                return self.judge(lab, mutant)
            finally:
                labs.put(lab)

        with tempfile.TemporaryDirectory() as folder:
            first, *others = (
                Lab(Path(folder, str(number)), self.root)
                for number in range(WORKERS)
            )
            self.look(first)
            for lab in (first, *others):
                labs.put(lab)
            with ThreadPoolExecutor(WORKERS) as pool:
                yield from pool.map(judge, chosen)


# -- The data


def digests(modules: Iterable[text.Module]) -> dict[str, str]:
    """Sum up the code of each module; its prose may change freely."""
    return {
        module.name: hashlib.sha256(
            "\n".join(text.code_lines(module.source).values()).encode()
        ).hexdigest()[:16]
        for module in modules
        if module.name not in text.ADDED
    }


def load(path: Path = DATA) -> tuple[dict[str, str], list[Mutant]]:
    """Read the data: the digests of its text, and the mutants in order.

    Raises TroubleError if the file is damaged.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return data["text"], [Mutant(**entry) for entry in data["mutants"]]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise TroubleError(
            f"{path} is damaged ({error}). Restore it, or delete it and judge"
            " all mistakes again: python3 -m companion mutants"
        ) from None


def save(
    sums: dict[str, str], mutants: Iterable[Mutant], path: Path = DATA
) -> None:
    """Write the data, a mutant per line."""
    lines = ",\n".join(
        json.dumps(asdict(mutant), ensure_ascii=False) for mutant in mutants
    )
    sums_line = json.dumps(sums)
    path.write_text(
        f'{{"text": {sums_line},\n"mutants": [\n{lines}\n]}}\n',
        encoding="utf-8",
    )


def report(mutants: Sequence[Mutant]) -> str:
    """Set out how many were noticed, by module, and who survived."""
    rows = ["module      mutants  noticed  timeout  survived  noticed at all"]
    counts = Counter((each.module, each.verdict) for each in mutants)
    counts.update(("together", each.verdict) for each in mutants)
    for name in dict.fromkeys([*(m.module for m in mutants), "together"]):
        noticed, timeout, survived = (
            counts[name, verdict] for verdict in (NOTICED, TIMEOUT, SURVIVED)
        )
        every = noticed + timeout + survived
        share = 100 * (noticed + timeout) / max(every, 1)
        rows.append(
            f"{name:10}{every:9}{noticed:9}{timeout:9}{survived:10}"
            f"{share:15.1f} %"
        )
    rows += [f"- {each}" for each in mutants if each.verdict == SURVIVED]
    return "\n".join(rows)


# -- The command


def main(argv: list[str]) -> int:
    """Break the text and keep what the suite says; 1 if none is chosen.

    Raises TroubleError if the text, the data or the suite is not in order.
    """
    args = arguments(argv)
    modules = text.read_text()
    found = mistakes(modules)
    _, known = load(DATA) if DATA.exists() else ({}, [])
    judged = {each.mistake: each for each in known if each.mistake in found}
    if args.report:
        print(report(list(judged.values())))
        return 0
    chosen = [each for each in found if is_chosen(args, each, judged)]
    if not chosen and args.changed:
        # Lines may have changed in which no mistake is made.
        save(digests(modules), [judged[each] for each in found], DATA)
        print("No mistake is new. The data belongs to the present text.")
        return 0
    if not chosen:
        where = f" in {args.only}" if args.only else ""
        print(f"No mistake{where} is left to be judged.", file=sys.stderr)
        return 1
    print(f"{len(chosen)} of {len(found)} mistakes to make.")
    mutants = list(judged.values())
    for number, mutant in enumerate(Check(found).run(chosen), 1):
        judged[mutant.mistake] = mutant
        mutants = [judged[each] for each in found if each in judged]
        # Each time: it may be stopped.
        save(digests(modules), mutants, DATA)
        _show(number, len(chosen), mutant)
    print(report(mutants))
    return 0


def arguments(argv: list[str]) -> argparse.Namespace:
    """Read which mistakes are asked for; all of them if nothing is said."""
    parser = argparse.ArgumentParser(
        prog="python3 -m companion mutants",
        description="Break the text, a line at a time, and see which test of"
        f" {SUITE} notices. All mistakes take some minutes; verdicts that are"
        " not asked for again are kept.",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--only",
        metavar="SYMBOL",
        help="mistakes in a module, a class or a method: forking,"
        " TCPServer, BaseServer.shutdown",
    )
    which.add_argument(
        "--survivors",
        action="store_true",
        help="mistakes that nobody has noticed so far",
    )
    which.add_argument(
        "--changed",
        action="store_true",
        help="mistakes in lines that are new since the last time",
    )
    which.add_argument(
        "--report", action="store_true", help="nothing; print what is known"
    )
    return parser.parse_args(argv)


def is_chosen(
    args: argparse.Namespace, mutant: Mutant, judged: Mapping[Mutant, Mutant]
) -> bool:
    """Whether a mistake is asked for, given what is known of others."""
    if args.only:
        here = f"{mutant.module}.{mutant.symbol}.", f"{mutant.symbol}."
        return any(each.startswith(f"{args.only}.") for each in here)
    if args.survivors:
        known = judged.get(mutant)
        return known is None or known.verdict == SURVIVED
    return not args.changed or mutant not in judged


def _show(number: int, count: int, mutant: Mutant) -> None:
    """Tell how far we are: survivors at once, the others in passing."""
    if mutant.verdict == SURVIVED:
        print(f"[{number}/{count}] survived: {mutant}")
    elif number % 25 == 0 or number == count:
        print(f"[{number}/{count}]")
