"""The recorder: every run the same, on each interpreter's own machinery."""

import functools
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from companion import text, xray
from companion.environment import ROOT
from companion.xray import agreement, lines, store, watch
from companion.xray.recording import Recording

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="scenarios need fork and Unix sockets"
)


@pytest.fixture(scope="module", params=xray.SCENARIOS)
def scenario(request):
    return request.param


def without_python(recording):
    return json.loads(recording.to_json()) | {"python": ""}


@pytest.mark.slow
@pytest.mark.parametrize("implementation", ["mini", "stdlib"])
def test_recorded_again_a_scenario_is_the_same(scenario, implementation):
    if implementation == "stdlib" and scenario in store.WITHOUT_ORIGINAL:
        with pytest.raises(xray.RecordingError, match=r"lacks an? "):
            xray.load(scenario, implementation)
        return
    shown = xray.load(scenario, implementation)
    assert xray.record(scenario, implementation) == shown


def chattier(source):
    """Say more in a source: comments above some lines, a longer docstring."""
    source = source.replace('."""', '.\n\n    And more.\n    """')
    rows, inside = source.splitlines(), set(text.continued(source))
    for number in sorted(text.code_lines(source).keys() - inside)[::-3]:
        rows.insert(number - 1, "# Seventeen purple herons.")
    return "\n".join(rows) + "\n"


@functools.cache
def both(path):
    """A file as it is, and with more comments: its lines, and their rows."""
    sources = (path.read_text(), chattier(path.read_text()))
    return [(lines.Lines(each), each.splitlines()) for each in sources]


@pytest.mark.slow
def test_more_comments_need_no_new_recording(scenario):
    recording = xray.load(scenario)
    files = {recording.script: both(store.script(scenario))}
    files |= {each.path.name: both(each.path) for each in text.read_text()}
    assert all(old.code == new.code for (old, _), (new, _) in files.values())

    def move(file, line):
        (old, _), (new, _) = files[file]
        return new.find(old.count(line))

    moved = lines.renumbered(recording, move)
    assert moved.rows != recording.rows
    for step, fresh in zip(recording.steps(), moved.steps(), strict=True):
        (_, before), (_, after) = files[step.file]
        code = before[step.line - 1]
        assert after[fresh.line - 1] == code.replace('."""', ".")


def test_a_line_that_is_no_code_stays_where_it_is():
    source = lines.Lines("# A comment.\n\nx = 1\n")
    assert [source.find(source.count(n)) for n in (0, 1, 3)] == [0, 1, 3]
    assert source.count(3) == 1


@pytest.mark.slow
@pytest.mark.skipif(
    not hasattr(sys, "monitoring"), reason="sys.monitoring came with 3.12"
)
def test_both_back_ends_tell_the_same(scenario):
    told = [
        xray.record(scenario, back_end=back_end)
        for back_end in watch.BACK_ENDS
    ]
    assert told[0] == told[1]


@pytest.mark.slow
@pytest.mark.parametrize("implementation", ["mini", "stdlib"])
def test_another_python_tells_the_same(implementation, other_python, tmp_path):
    """Of the mini, that is: the other Python has another original."""
    names = [
        name
        for name in xray.SCENARIOS
        if implementation == "mini" or name not in store.WITHOUT_ORIGINAL
    ]
    code = (
        "import json, companion.xray as x\n"
        f"names = {names!r}\n"
        f"print(json.dumps([x.record(name, {implementation!r}).to_json()"
        " for name in names]))"
    )
    done = subprocess.run(
        [other_python, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name, line in zip(names, json.loads(done.stdout), strict=True):
        there = Recording.from_json(line)
        here = xray.load(name, implementation)
        if implementation == "mini":
            assert without_python(there) == without_python(here)
        else:
            ours = agreement.outline(xray.load(name))
            assert agreement.outline(there).keys() == ours.keys()


def pythons():
    """Yield the Pythons on the path, and those that lie beside ours."""
    for minor in (11, 12, 13, 10):
        name = f"python3.{minor}"
        beside = Path(sys.base_prefix).parent.glob(f"*/bin/{name}")
        yield from filter(None, [*map(str, beside), shutil.which(name)])


@pytest.fixture(scope="module")
def other_python():
    """A Python whose way of watching is not ours."""
    mine = hasattr(sys, "monitoring")
    for name in pythons():
        try:
            told = subprocess.run(
                [name, "-c", "import sys; print(hasattr(sys, 'monitoring'))"],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        except (OSError, subprocess.CalledProcessError):
            continue
        if told.strip() == str(not mine):
            return name
    pytest.skip("there is no second Python to compare with")


@pytest.mark.slow
def test_mini_and_original_agree_but_for_what_is_declared(scenario):
    if scenario in store.WITHOUT_ORIGINAL:
        pytest.skip("the original has nothing to compare with")
    found = agreement.differences(
        xray.load(scenario), xray.load(scenario, "stdlib")
    )
    assert sorted(set(found)) == sorted(agreement.DECLARED.get(scenario, {}))


def test_each_declared_disagreement_names_a_difference_of_the_text():
    slugs = {
        note.slug
        for module in text.read_text()
        for note in module.notes()
        if note.kind == "differs"
    }
    named = {
        slug
        for table in agreement.DECLARED.values()
        for slug in table.values()
    }
    assert named <= slugs


@pytest.mark.slow
def test_every_step_comes_after_what_it_needs(scenario):
    for step in xray.load(scenario).steps():
        assert all(number < step.number for number in step.after), step


@pytest.mark.slow
def test_every_lane_ends_where_it_began_or_says_what_it_waits_for(scenario):
    recording = xray.load(scenario)
    opened = {}
    for step in recording.steps():
        left = len(step.stack) - (step.event in ("return", "leave"))
        opened[step.lane] = left
    for lane in recording.lanes:
        if lane.kind in ("main", "thread") and not recording.ended:
            assert lane.end == "ended"
            assert opened[lane.id] == 0
        if lane.kind == "client" and not recording.ended:
            assert lane.end == "ended", "hung up"


@pytest.mark.slow
def test_a_recording_survives_being_written(scenario):
    recording = xray.load(scenario)
    assert Recording.from_json(recording.to_json()) == recording
    assert "⟦" not in recording.to_json(), "a token without a name"


@pytest.mark.slow
def test_a_recording_is_a_few_kilobytes(scenario):
    assert len(xray.load(scenario).to_json()) < 28 * 1024


def test_a_text_that_is_no_recording_is_refused():
    for line in ("[]", "{}", '{"format": 0}'):
        with pytest.raises(ValueError, match="format 1"):
            Recording.from_json(line)


def test_an_unknown_scenario_is_named_with_those_that_exist():
    with pytest.raises(xray.RecordingError, match=r"'nope'.*tcp, udp"):
        xray.load("nope")


def test_each_script_has_a_name_and_says_what_it_teaches():
    scripts = {path.name for path in store.HERE.glob("scenarios/*.py")}
    assert scripts == {xray.script(name).name for name in xray.SCENARIOS}


@pytest.mark.slow
def test_the_deadlock_is_recorded_up_to_the_wait():
    recording = xray.load("shutdown-deadlock")
    (loop,) = [lane for lane in recording.lanes if lane.id == "loop"]
    last = [step for step in recording.steps() if step.lane == "loop"][-1]
    assert loop.end == "waits: __is_shut_down"
    assert last.function.symbol == "BaseServer.shutdown"
    assert "waits for itself" in recording.ended


@pytest.mark.slow
def test_who_was_stopped_with_the_recording_has_not_ended():
    recording = xray.load("shutdown-deadlock")
    ends = {lane.id: lane.end for lane in recording.lanes}
    assert (ends["client"], ends["main"]) == ("stopped", "stopped")
    acts = [step.act.what for step in recording.steps() if step.act]
    assert "exit" not in acts, "the process would have lived on"


@pytest.mark.slow
def test_a_forked_child_goes_on_inside_its_parents_calls():
    steps = xray.load("forking-tcp").steps()
    (born,) = [s for s in steps if s.act and s.act.what == "born"]
    (fork,) = [s for s in steps if s.act and s.act.what == "fork"]
    assert born.stack == fork.stack
    assert {state.socket for state in born.sockets} >= {
        "listener",
        "connection",
    }
    closed = {
        state.process
        for step in steps
        for state in step.sockets
        if state.socket == "connection" and state.state == "closed"
    }
    assert closed == {"server", "child 1"}


@pytest.mark.slow
@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="/proc is Linux's"
)
def test_the_kernel_is_asked_for_the_state_of_each_connection():
    steps = xray.load("tcp").steps()
    told = {
        (state.socket, state.state): state.tcp
        for step in steps
        for state in step.sockets
    }
    assert told["listener", "listening"] == "LISTEN"
    assert told["connection", "connected"] == "ESTABLISHED"
    assert told["connection", "goodbye"] == "FIN_WAIT"


@pytest.mark.slow
def test_the_supplier_is_the_class_that_python_finds():
    calls = xray.calls("tcp", phase="request")
    mro = ("Upper", "StreamRequestHandler", "BaseRequestHandler", "object")
    assert xray.load("tcp").classes["Upper"] == mro
    for call in calls:
        if call.cls == "Upper":
            assert mro[call.place - 1] == call.supplier


@pytest.mark.slow
def test_the_calls_of_a_request_come_in_the_order_of_the_pipeline():
    names = [call.name for call in xray.calls("tcp", phase="request")]
    pipeline = [
        "get_request",
        "verify_request",
        "process_request",
        "finish_request",
        "setup",
        "handle",
        "finish",
        "shutdown_request",
        "close_request",
    ]
    assert [name for name in names if name in pipeline] == pipeline
    starts = [call.name for call in xray.calls("tcp", phase="start")]
    assert "server_bind" in starts
    assert "server_close" not in names


@pytest.mark.slow
def test_what_a_module_does_on_its_import_is_not_recorded():
    first = xray.calls("tcp", phase="start")[0]
    assert (first.cls, first.name) == ("TCPServer", "__init__")
