import json
import os
import socketserver
import subprocess
import sys
import threading
from contextlib import closing, contextmanager

import pytest

import minisocketserver
from benchmarks import abreast, crowd, fanout, inside, soak, workloads
from benchmarks.client import BadServerError, Load
from benchmarks.command import main
from benchmarks.figures import Comparison, Ratios, compare
from companion.environment import ROOT

needs_fork = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="this system has no fork"
)


# -- The statistics


def test_one_disturbed_round_does_not_move_the_median():
    assert Ratios([1.0, 1.1, 0.9, 1.0, 7.0]).median == 1.0


def test_the_quartiles_hold_the_middle_half():
    assert Ratios([1, 2, 3, 4, 5]).quartiles == (2, 4)


def test_a_single_round_is_its_own_middle_half():
    assert Ratios([1.25]).quartiles == (1.25, 1.25)


def test_equal_rounds_have_no_noise():
    assert Ratios([1.0] * 8).noise == 0


def test_noise_falls_with_the_root_of_the_number_of_rounds():
    few, many = Ratios([0.9, 1.1] * 2), Ratios([0.9, 1.1] * 8)
    assert many.noise == pytest.approx(few.noise / 2)


def test_a_control_that_is_off_as_a_whole_is_noise():
    assert Ratios([1.2] * 400).noise == pytest.approx(0.2)


def test_half_the_cost_is_the_double_ratio():
    comparison = compare([2.0, 4.0], [1.0, 2.0], [2.0, 4.0])
    assert comparison.ratios.median == 2
    assert comparison.control.median == 1


def test_the_measured_one_is_compared_with_the_mean_of_both_originals():
    assert compare([1.0], [2.0], [3.0]).ratios.values == [1.0]


@pytest.mark.parametrize(
    ("ratio", "control", "verdict"),
    [
        (0.97, [1.0] * 4, "ok"),
        (0.96, [1.0] * 4, "slower"),
        (0.96, [0.9, 1.1] * 4, "unclear"),
        (0.70, [0.9, 1.1] * 4, "slower"),
    ],
)
def test_slower_is_said_only_beyond_the_noise(ratio, control, verdict):
    comparison = Comparison(Ratios([ratio]), Ratios(control))
    assert comparison.verdict() == verdict


# -- The workloads


@pytest.mark.parametrize(
    "work", workloads.WORKLOADS.values(), ids=workloads.WORKLOADS
)
def test_a_handler_stands_on_the_class_that_its_row_names(work):
    kind = "Datagram" if work.datagram else "Stream"
    name = f"{'Base' if work.handler == 'base' else kind}RequestHandler"
    handler = workloads.handler_class(socketserver, work)
    assert handler.__bases__ == (getattr(socketserver, name),)


def test_the_quick_run_is_a_part_of_the_full_one():
    assert {*workloads.QUICK} < {*workloads.WORKLOADS}


@needs_fork
def test_every_class_of_the_original_is_measured():
    public = {name for name in socketserver.__all__ if name.endswith("Server")}
    measured = {work.server for work in workloads.WORKLOADS.values()}
    assert public - {"BaseServer"} <= measured


# -- The load


@pytest.mark.parametrize(
    ("pattern", "reply", "wrong"),
    [
        ("echo-1", b"", "hung up too early"),
        ("echo-1", workloads.LINE[:-1], "hung up too early"),
        ("echo-1", workloads.LINE + b"!", "replied too much"),
        ("connection", b"", "hung up too early"),
        ("connection", workloads.LINE + b"!", "replied too much"),
    ],
)
def test_a_wrong_reply_is_noticed(pattern, reply, wrong):
    class Wrong(socketserver.BaseRequestHandler):
        def handle(self):
            self.request.recv(workloads.BLOCK)
            self.request.sendall(reply)

    with served(Wrong) as port:
        work = workloads.Workload("ThreadingTCPServer", pattern)
        with (
            closing(Load(work, port, ROOT)) as load,
            pytest.raises(BadServerError, match=wrong),
        ):
            load.run(work.traffic.clients)


@pytest.mark.parametrize("pattern", ["echo-10", "connection"])
def test_each_request_is_timed(pattern):
    class Halves(socketserver.StreamRequestHandler):
        disable_nagle_algorithm = True

        def handle(self):
            for line in self.rfile:
                self.wfile.write(line[:5])
                self.wfile.write(line[5:])
                if pattern == "connection":
                    break

    with served(Halves) as port:
        work = workloads.Workload("ThreadingTCPServer", pattern)
        with closing(Load(work, port, ROOT)) as load:
            for _ in "ab":
                seconds = load.run(100)
                assert len(load.taken) == 100
                assert 0 < crowd.p99(load.taken) <= 2 * seconds


@contextmanager
def served(handler):
    class Server(socketserver.ThreadingTCPServer):
        request_queue_size = 128

    with Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.01}
        )
        thread.start()
        try:
            yield str(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()


# -- The command


def test_a_missing_implementation_is_one_sentence(capsys):
    assert main(["--impl", "nowhere/at_all.py", "--only", "bulk"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("--impl=nowhere/at_all.py: there is no")
    assert error.count("\n") == 1


def test_an_unknown_workload_is_one_sentence(capsys):
    assert main(["--only", "no such workload"]) == 2
    assert "--list" in capsys.readouterr().err


@pytest.mark.parametrize("rounds", ["x", "0", "-1", "1.5"])
def test_rounds_that_are_no_number_are_one_sentence(capsys, rounds):
    with pytest.raises(SystemExit, match="2"):
        main([f"--rounds={rounds}"])
    assert capsys.readouterr().err.splitlines()[-1] == (
        "python3 -m companion bench: error: argument --rounds: "
        f"'{rounds}' is no whole number above 0"
    )


def test_a_file_that_cannot_be_written_is_told_at_once(tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["--json", str(tmp_path)])
    assert f"{tmp_path} cannot be written: " in capsys.readouterr().err


def test_the_list_has_every_name(capsys):
    assert main(["--list"]) == 0
    names = capsys.readouterr().out.split()
    assert {*workloads.WORKLOADS, "bookkeeping", "shutdown"} <= {*names}


@needs_fork
@pytest.mark.slow
def test_a_run_writes_what_it_prints(tmp_path):
    file = tmp_path / "figures.json"
    run = subprocess.run(
        [
            *(sys.executable, "-m", "companion", "bench", "--rounds", "2"),
            *("--only", "UDPServer/datagram/base", "--json", str(file)),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    figures = json.loads(file.read_text())
    row = figures["workloads"]["UDPServer/datagram/base"]
    assert row["rounds"] >= 2
    assert len(row["processor"]["values"]) == row["rounds"]
    assert row["verdict"] in ("ok", "unclear", "slower")
    assert "UDPServer/datagram/base" in run.stdout


# -- The text, where the difference is larger than any noise


@pytest.mark.slow
def test_bookkeeping_is_five_times_cheaper_with_many_threads():
    theirs = inside.bookkeeping(socketserver, 400)
    assert theirs >= 5 * inside.bookkeeping(minisocketserver, 400)


@needs_fork
@pytest.mark.slow
def test_an_idle_turn_does_not_ask_every_child():
    ours = inside.idle_turn(minisocketserver)
    assert inside.idle_turn(socketserver) >= 3 * ours


@pytest.mark.slow
def test_shutdown_takes_under_a_hundredth_of_the_original():
    waits = sorted(inside.stopping(minisocketserver) for _ in range(3))
    assert waits[1] < inside.stopping(socketserver) / 100


# -- The fan-out


def test_a_message_to_many_is_measured_for_all_beside_a_plain_loop():
    rows = fanout.fan_out(1, subscribers=3)
    assert [row.name for row in rows] == list(fanout.CONTESTANTS)
    assert rows[0].name == fanout.YARDSTICK
    assert rows[0].ratio == 1
    assert all(row.rate > 0 for row in rows)


def test_the_fan_out_is_printed_and_kept(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(fanout, "SUBSCRIBERS", 3)
    kept = tmp_path / "kept.json"
    assert main(["--only", "fan-out", "--rounds=1", f"--json={kept}"]) == 0
    printed = capsys.readouterr().out
    rows = json.loads(kept.read_text())["fan_out"]
    assert list(rows) == list(fanout.CONTESTANTS)
    assert all(f"\n{name} " in printed for name in rows)


# -- The soak


linux_only = pytest.mark.skipif(
    not soak.PROC.exists(), reason="this system has no /proc"
)


@linux_only
@pytest.mark.slow
@pytest.mark.parametrize("name", soak.SERVERS)
def test_a_short_soak_takes_nothing_from_a_server(name):
    found = soak.soak(name, 2)
    assert found.complaints == []
    assert set(found.visits) == set(soak.CROWD)
    assert found.before.memory > 1, "somebody has been measured"


@linux_only
def test_what_a_server_keeps_is_told():
    before = soak.Belongings(10, 2, 0, 20.0)
    assert before.kept_since(before) == []
    assert soak.Belongings(11, 4, 1, 40.0, 3).kept_since(before) == [
        "1 descriptors more than before",
        "2 threads more than before",
        "3 tasks more than before",
        "1 children more than before",
        "20.0 MiB more",
    ]


@linux_only
def test_belongings_are_counted_for_children_too():
    before = soak.belongings(os.getpid())
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as child:
        now = soak.belongings(os.getpid())
        child.communicate()
    assert now.children == before.children + 1
    assert now.descriptors > before.descriptors


@linux_only
@pytest.mark.slow
def test_a_server_that_keeps_something_fails_the_soak(capsys, monkeypatch):
    monkeypatch.setattr(soak, "PATIENCE", 0.1)
    monkeypatch.setattr(soak, "SPARE", -1000.0)
    assert main(["--soak=1", "--only=AsyncUDPServer"]) == 1
    assert "MiB more" in capsys.readouterr().out


def test_every_server_that_is_soaked_is_listed(capsys):
    assert main(["--soak", "--list"]) == 0
    assert capsys.readouterr().out.split() == [*soak.SERVERS]


@pytest.mark.parametrize("seconds", ["x", "0", "-1", "inf", "nan"])
def test_seconds_that_are_no_number_are_one_sentence(capsys, seconds):
    with pytest.raises(SystemExit, match="2"):
        main([f"--soak={seconds}"])
    assert f"'{seconds}' is no number above 0" in capsys.readouterr().err


# -- The servers abreast


@needs_fork
@pytest.mark.slow
@pytest.mark.parametrize("work", ["lines", "one_line", "bulk", "upload"])
@pytest.mark.parametrize("name", abreast.NAMES)
def test_each_server_does_the_work(name, work):
    pattern = {"lines": "echo-10", "one_line": "connection"}.get(work, work)
    load = workloads.Workload("AsyncTCPServer", pattern)
    with (
        abreast.started(name, work) as peer,
        closing(Load(load, str(peer.port), ROOT)) as clients,
    ):
        assert clients.run(20) > 0
        assert peer.state()["threads"] >= 1


def test_a_goal_that_is_missed_is_named():
    result = abreast.Result("echo-1")
    cost = {abreast.PROCESSOR: 1.0}
    result.add({abreast.STREAMS: {abreast.PROCESSOR: 0.5}}, cost)
    (missed,) = result.missed
    assert missed == "echo-1: 0.50 times streams by processor time, goal 1"
    better = abreast.Result("echo-1")
    better.add({abreast.STREAMS: {abreast.PROCESSOR: 2.0}}, cost)
    assert better.missed == []


DRAW = """
import pathlib, sys
from benchmarks import abreast, fanout, picture
results = []
for name, goals in abreast.GOALS.items():
    results.append(abreast.Result(name))
    for goal in goals:
        results[-1].ratios[goal.other, goal.figure] = [goal.ratio]
hub = [fanout.Row(name, 1234567, 0.5) for name in fanout.CONTESTANTS]
picture.draw(results, pathlib.Path(sys.argv[1]), hub)
"""


@pytest.mark.slow
def test_the_picture_has_every_result_and_its_goal(tmp_path):
    pytest.importorskip("matplotlib", exc_type=ImportError)
    file = tmp_path / "bars.svg"
    # In a process of its own: matplotlib never closes its fonts.
    command = [sys.executable, "-c", DRAW, str(file)]
    subprocess.run(command, cwd=ROOT, check=True)
    drawn = file.read_text("utf-8")
    for name in (*abreast.GOALS, "goal", "ours, undisturbed"):
        assert f">{name}</text>" in drawn, name
    for name in fanout.CONTESTANTS:
        assert f">{name}</text>" in drawn, name
    assert drawn.count(">1,234,567</text>") == len(fanout.CONTESTANTS)


@needs_fork
def test_the_hub_is_measured_abreast_by_the_same_command(
    capsys, monkeypatch, tmp_path
):
    monkeypatch.setattr(fanout, "SUBSCRIBERS", 3)
    drawn = []
    monkeypatch.setattr(
        "benchmarks.picture.draw", lambda *arguments: drawn.append(arguments)
    )
    kept, plot = tmp_path / "kept.json", tmp_path / "bars.svg"
    arguments = ["--abreast", "--only", "hub", "--rounds", "1"]
    files = ["--json", str(kept), "--plot", str(plot)]
    assert main([*arguments, *files]) == 0
    rows = json.loads(kept.read_text())[fanout.HUB]
    assert list(rows) == list(fanout.CONTESTANTS)
    printed = capsys.readouterr().out
    assert "one message to 3 subscribers:" in printed
    ((results, file, hub),) = drawn
    assert (results, file) == ([], plot)
    assert [row.name for row in hub] == list(fanout.CONTESTANTS)
    main(["--abreast", "--list"])
    assert capsys.readouterr().out.split() == [*abreast.GOALS, fanout.HUB]
