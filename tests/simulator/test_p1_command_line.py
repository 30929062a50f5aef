"""The meter on the command line."""

import socket
import subprocess
import sys

import pytest

from simulator import P1_FAULTS, QUIRKS, Household
from simulator.__main__ import main, parser
from simulator.broker import free_port
from simulator.p1_command import make

from .p1_support import START, number, sent, values


def _short(*line: str) -> list[str]:
    pace = ["--speed", "1000", "--duration", "15"]
    return ["--listen-port", str(free_port()), *pace, *line]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--p1", "be"],
        ["--p1", "be-50217", "--p1-port", "0", "--p1-pty"],
        ["--p1", "be-50217", "--p1-fault", "reboot"],
        ["--p1", "se", "--p1-port", "0", "--p1-fault", "slash"],
        ["--p1", "nl-5.0", "--p1-quirk", "history-gap"],
        ["--p1", "nl-2.2"],
        ["--p1-port", "2001"],
        ["--p1-pty"],
        ["--p1-fault", "silence"],
        ["--p1-quirk", "history-gap"],
    ],
)
def test_nonsense_is_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_help_names_the_quirks(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert all(quirk in text.replace("- ", "-") for quirk in QUIRKS)


def test_faults_of_a_family_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--p1", "nl-2.2", "--list-faults"]) == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert names == [n for n, fault in P1_FAULTS.items() if "nl-2.2" in fault.models]


def test_options_reach_the_meter() -> None:
    line = ["--p1", "be-50217", "--seed", "7", "--p1-pty"]
    line += ["--p1-quirk", "history-empty", "--p1-fault", "port-closed@5"]
    home = Household(7)
    meter = make(parser().parse_args(line), START, home)
    assert meter is not None and meter.household is home
    first = sent(meter, START)
    assert values(first)["0-0:98.1.0"][0] == "0"
    power = number(first, "1-0:1.7.0") - number(first, "1-0:2.7.0")
    assert power * 1000 == pytest.approx(home.at(START - 1).power, abs=1)
    assert "0-0:98.1.0" not in values(sent(meter, START + 5))


def test_no_meter_is_made_unasked() -> None:
    assert make(parser().parse_args([]), START, Household(1)) is None


@pytest.mark.parametrize(
    ("line", "where"),
    [
        (["be-50217"], "be-50217 of the same household on /p1/253769484_A/telegram"),
        (["be-50217", "--p1-port", "0"], "on 127.0.0.1:"),
        (["nl-2.2", "--p1-pty"], "on /dev/pts/"),
        (["lu", "--p1-port", "0"], "lu of the same household, key "),
    ],
)
def test_a_meter_runs_beside_the_device(
    line: list[str], where: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(_short("--p1", *line)) == 0
    device, meter = capsys.readouterr().out.splitlines()
    assert device.startswith("FLM03E ")
    assert where in meter


def test_a_taken_port_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(_short("--p1", "se", "--p1-port", str(port))) == 1
    assert "no meter: cannot listen" in capsys.readouterr().err


def test_a_missing_broker_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    line = ["--host", "127.0.0.1", "--port", str(free_port())]
    assert main([*line, "--p1", "be-50217"]) == 1
    assert "no broker: " in capsys.readouterr().err


def test_a_signal_ends_both_cleanly() -> None:
    command = [sys.executable, "-m", "simulator", "--listen-port", "0"]
    command += ["--p1", "be-50217", "--p1-port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("FLM03E ")
        assert process.stdout.readline().startswith("be-50217 ")
        process.terminate()
        assert process.wait(timeout=20) == 0
