"""What a register meter stored is believed only as it was written."""

from functools import cache
import json
from typing import Any

import pytest

from custom_components.flukso.core.demand.meters.register_meter import RegisterMeter

from ..house import BEGIN, QUARTER
from ..p1 import read, restarted, telegrams
from .test_restart import paths


@cache
def stored_text() -> str:
    """Return the state of a meter in the midst of its second window, as JSON."""
    meter = RegisterMeter()
    read(meter, telegrams([4000] * (QUARTER + 200)))
    return json.dumps(meter.state())


def stored_state() -> Any:
    """Return that state, to be changed."""
    return json.loads(stored_text())


@pytest.fixture(scope="module")
def later() -> Any:
    """Return what the meter sends in the hundred seconds after it was stored."""
    return telegrams([4000] * (QUARTER + 300))[QUARTER + 201 :]


def with_value(path: tuple[str | int, ...], value: object) -> Any:
    """Return the stored state with one value replaced."""
    state = inner = stored_state()
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return state


@pytest.mark.parametrize("path", paths(stored_state()), ids=str)
@pytest.mark.parametrize("value", [{}, [], "x", float("nan"), -1.5, 1e300], ids=str)
def test_damage_anywhere_in_the_state_is_survived(
    later: Any, path: tuple[str | int, ...], value: object
) -> None:
    """The window goes on, and no share of it is more than the whole."""
    meter = RegisterMeter(state=with_value(path, value))
    read(meter, later)
    running = meter.running(BEGIN + QUARTER + 300)
    assert running is not None
    assert running.start == BEGIN + QUARTER
    assert 0.0 <= running.coverage <= 1.0


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("length",), 1800),
        (("ramp", "start"), BEGIN),
        (("ramp", "last"), [BEGIN + 1000, 5.0]),
        (("last_window",), [BEGIN + 1, 1.0, 1.0, "meter", 1.0]),
    ],
)
def test_what_cannot_be_begins_anew(path: tuple[str | int, ...], value: object) -> None:
    """The right type alone is not enough."""
    meter = RegisterMeter(state=with_value(path, value))
    assert meter.running(BEGIN + QUARTER + 200) is None


@pytest.mark.parametrize("state", [5, [], "state", {}, {"length": 900}])
def test_what_is_no_state_begins_anew(state: object) -> None:
    """Nothing is raised."""
    assert RegisterMeter(state=state).running(BEGIN) is None


def test_a_new_meter_has_a_state() -> None:
    """Nothing was read yet, and that comes back too."""
    meter = restarted(RegisterMeter())
    assert meter.running(BEGIN) is None
    (window,) = read(meter, telegrams([2000] * QUARTER))
    assert window.demand == pytest.approx(2.0, abs=0.001)


def test_a_window_not_seen_from_its_start_is_known_after_a_restart() -> None:
    """What the ramp knew of it is stored, and who began it is not known."""
    told = telegrams([2000] * QUARTER)
    meter = RegisterMeter()
    read(meter, told[400:500])
    (window,) = read(restarted(meter), told[500:])
    assert window.complete
    assert window.demand == pytest.approx(2.0, abs=0.001)
