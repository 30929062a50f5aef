"""pytest plug-in that writes how a run went, for a sum over several runs.

``-p tests.tally --tally=FILE`` writes JSON: the number of tests by outcome as in
pytest's own last line, and ``seconds``.
"""

import json
from pathlib import Path
import time

import pytest

OUTCOMES = ("passed", "failed", "error", "skipped", "xfailed")
_started = pytest.StashKey[float]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the file's name."""
    parser.addoption("--tally", type=Path, help="write the number of tests by outcome")


def pytest_configure(config: pytest.Config) -> None:
    """Start the clock."""
    config.stash[_started] = time.monotonic()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Write the numbers pytest is about to print."""
    target = config.getoption("--tally")
    if target is None:
        return
    tally: dict[str, float] = {
        name: len(terminalreporter.stats.get(name, ())) for name in OUTCOMES
    }
    tally["seconds"] = time.monotonic() - config.stash[_started]
    target.write_text(json.dumps(tally), encoding="utf-8")
