"""The command line."""

import socket
import subprocess
import sys

import pytest

from simulator import FAULTS
from simulator.__main__ import PlannedFault, main, make, parser, planned_fault
from simulator.broker import free_port

from .support import START


@pytest.mark.parametrize(
    ("text", "planned"),
    [
        ("silence", PlannedFault("silence", 0, None)),
        ("silence@120", PlannedFault("silence", 120, None)),
        ("reboot@60:30", PlannedFault("reboot", 60, 30)),
    ],
)
def test_faults_are_planned_from_the_start(text: str, planned: PlannedFault) -> None:
    assert planned_fault(text) == planned


@pytest.mark.parametrize(
    "arguments",
    [
        ["--fault", "fire"],
        ["--fault", "silence@soon"],
        ["--model", "flm01"],
        ["--speed", "0"],
        ["--speed", "inf"],
        ["--model", "flm02a", "--math", "p2+p1"],
        ["--fault", "no-wan"],
        ["--rest-port", "0"],
        ["--model", "flm02a", "--rest-port", "0", "--host", "127.0.0.1"],
        ["--model", "flm02a", "--rest-port", "0", "--p1", "be-50217"],
    ],
)
def test_nonsense_is_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_help_shows_every_option_and_examples(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["--help"])
    assert exit_.value.code == 0
    text = capsys.readouterr().out
    for option in ("--model", "--seed", "--speed", "--fault", "--listen-port"):
        assert option in text
    assert "examples:" in text


def test_faults_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list-faults"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(FAULTS)


def test_options_reach_the_device() -> None:
    line = ["--model", "flm02a", "--seed", "7", "--phases", "3", "--fault", "silence@5"]
    device = make(parser().parse_args(line), START)
    assert device.model == "FLM02A"
    assert set(device.sensors) == {1, 4}
    assert [bool(device.step(s)) for s in range(START, START + 7)] == [
        *[True] * 5,
        *[False] * 2,
    ]


def test_a_device_runs_with_its_own_broker(capsys: pytest.CaptureFixture[str]) -> None:
    line = ["--listen-port", str(free_port()), "--speed", "1000", "--duration", "20"]
    assert main(line) == 0
    assert capsys.readouterr().out.startswith("FLM03E ")


def test_a_taken_port_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--listen-port", str(port)]) == 1
    assert "no broker: cannot listen" in capsys.readouterr().err


@pytest.mark.slow
def test_a_signal_ends_it_cleanly() -> None:
    command = [sys.executable, "-m", "simulator", "--listen-port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("FLM03E ")
        process.terminate()
        assert process.wait(timeout=20) == 0


def test_a_missing_broker_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--host", "127.0.0.1", "--port", str(free_port())]) == 1
    assert "no broker: " in capsys.readouterr().err


def test_an_flm02_without_a_broker_answers_over_http(
    capsys: pytest.CaptureFixture[str],
) -> None:
    brief = ["--duration", "2", "--speed", "50"]
    assert main(["--model", "flm02a", "--rest-port", "0", *brief]) == 0
    first, *ids = capsys.readouterr().out.splitlines()
    assert first.startswith("FLM02A on http://127.0.0.1:")
    assert [len(line.strip()) for line in ids] == [32] * 4


def test_a_port_that_is_taken_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["--model", "flm02a", "--rest-port", port]) == 1
    assert "no port:" in capsys.readouterr().err
