"""Quarters of 5-second means: windows, the running one, what cannot be one."""

import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.flukso.core.quarter_monitor.answers import parse_quarter
from custom_components.flukso.core.quarter_monitor.quarter import Quarter
from custom_components.flukso.core.quarter_monitor.quarter_id import QuarterId
from custom_components.flukso.core.tariff.rule import Direction
from custom_components.flukso.core.windows import Source

NUMBER = 23 << 24 | 12 << 16 | 1 << 8 | 65
START = QuarterId.from_number(NUMBER).start


def told(**fields: Any) -> bytes:
    """Return a whole quarter of 2 kW import and 1 kW export, but for some fields."""
    quarter = {
        "quarter_id": NUMBER,
        "consumed_power_avg": 2000,
        "interval_secs": 5,
        "consumed_power_interval_avgs": [2000] * 180,
        "produced_power_interval_avgs": [1000] * 180,
    }
    return json.dumps(quarter | fields).encode()


def quarter(**fields: Any) -> Quarter:
    """Return what is read of it."""
    found = parse_quarter(told(**fields))
    assert found is not None
    return found


def begun(powers: list[int | None] | list[int]) -> Quarter:
    """Return a quarter that has come so far, with nothing fed in."""
    return quarter(
        consumed_power_interval_avgs=powers,
        produced_power_interval_avgs=[0] * len(powers),
    )


def test_a_whole_quarter_is_a_window_by_power() -> None:
    """2 kW for a quarter of an hour."""
    window = quarter().window()
    assert (window.start, window.length) == (START, 900)
    assert window.source is Source.POWER
    assert window.complete
    assert window.demand == window.known_demand == 2.0


def test_export_is_a_window_of_its_own() -> None:
    """Where what is fed in is billed; it never lowers the import."""
    assert quarter().window(Direction.EXPORT).demand == 1.0


def test_a_quarter_has_a_profile_of_either_direction() -> None:
    """A step without a telegram was not seen."""
    found = begun([2000, None, 1000])
    assert found.profile().powers == [2000, None, 1000] + [None] * 177
    assert found.profile(Direction.EXPORT).powers[:4] == [0, 0, 0, None]


def test_longer_intervals_become_steps_of_five_seconds() -> None:
    """15 s are three, of 6 s each step takes what it has of either."""
    long = quarter(
        interval_secs=15,
        consumed_power_interval_avgs=[900, None, 300],
        produced_power_interval_avgs=[],
    )
    assert long.profile().powers[:10] == [900] * 3 + [None] * 3 + [300] * 3 + [None]
    odd = quarter(
        interval_secs=6,
        consumed_power_interval_avgs=[1000, 2000],
        produced_power_interval_avgs=[],
    )
    assert odd.profile().powers[:4] == [1000, 1800, 2000, None]


def test_what_was_not_heard_is_believed_as_the_rest_but_is_not_certain() -> None:
    """A third of the intervals has no telegram."""
    window = quarter(
        consumed_power_interval_avgs=[3000] * 60 + [None] * 60 + [3000] * 60
    ).window()
    assert window.coverage == pytest.approx(2 / 3)
    assert window.demand == pytest.approx(3.0)
    assert window.known_demand == pytest.approx(2.0)


def test_a_list_that_was_cut_after_the_last_telegram_is_not_whole() -> None:
    """The monitor leaves out what follows the last interval it heard in."""
    window = quarter(consumed_power_interval_avgs=[2000] * 90).window()
    assert window.coverage == 0.5
    assert window.known_demand == 1.0


def test_a_quarter_without_a_telegram_tells_nothing() -> None:
    """Neither energy nor coverage."""
    window = quarter(consumed_power_interval_avgs=[]).window()
    assert (window.energy, window.certain, window.coverage) == (0, 0, 0)


def test_intervals_may_have_another_length() -> None:
    """15 of a minute, as long as they fit."""
    window = quarter(
        interval_secs=60,
        consumed_power_interval_avgs=[4000] * 15,
        produced_power_interval_avgs=[],
    ).window()
    assert (window.demand, window.coverage) == (4.0, 1.0)


def test_before_the_first_telegram_there_is_no_quarter() -> None:
    """An empty object, or the number that means unknown."""
    assert parse_quarter(b"{}") is None
    assert parse_quarter(told(quarter_id=0)) is None


@pytest.mark.parametrize("power", ["2000", True, -1, 1e7, [], {}])
def test_a_power_that_cannot_be_one_was_not_seen(power: object) -> None:
    """The others stand."""
    found = quarter(consumed_power_interval_avgs=[1000, power, 3000])
    assert found.imported == (1000, None, 3000)


def test_a_list_ends_with_what_was_seen() -> None:
    """Also where the monitor would not cut it off."""
    found = quarter(consumed_power_interval_avgs=[1000, None, None])
    assert list(found.imported) == [1000]
    assert quarter(consumed_power_interval_avgs=[None]).imported == ()


def test_nothing_is_produced_where_nothing_is_told_of_it() -> None:
    """By a version that does not know of export."""
    data = json.loads(told())
    del data["produced_power_interval_avgs"]
    found = Quarter.from_json(data)
    assert found is not None
    assert found.exported == ()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"[]", id="a-list"),
        pytest.param(b"17", id="a-number"),
        pytest.param(b"\xff\x00", id="no-text"),
        pytest.param(b"[" * 5000, id="deep"),
        pytest.param(told()[:-9], id="cut-off"),
        pytest.param(told() + b" " * 70_000, id="long"),
        pytest.param(told(quarter_id="x"), id="number-is-text"),
        pytest.param(told(quarter_id=1 << 40), id="number-is-huge"),
        pytest.param(told(quarter_id=NUMBER | 96), id="no-quarter"),
        pytest.param(told(interval_secs=0), id="no-interval"),
        pytest.param(told(interval_secs=7), id="uneven-interval"),
        pytest.param(told(interval_secs=1), id="too-many-intervals"),
        pytest.param(told(interval_secs=None), id="interval-is-null"),
        pytest.param(told(consumed_power_interval_avgs=[1] * 181), id="too-many"),
        pytest.param(told(consumed_power_interval_avgs=None), id="no-list"),
        pytest.param(told(produced_power_interval_avgs="no"), id="export-is-text"),
        pytest.param(b'{"quarter_id": NaN}', id="nan"),
    ],
)
def test_what_cannot_be_a_quarter_is_refused(body: bytes) -> None:
    """With the error that all readers raise."""
    with pytest.raises(ValueError):
        parse_quarter(body)


def test_the_running_quarter_is_a_ramp() -> None:
    """After 5 minutes of 3 kW: 1 kW, and 3 kW at the end."""
    running = begun([3000] * 60).running(START + 303, 3000)
    assert running is not None
    assert (running.start, running.end) == (START, START + 900)
    assert (running.elapsed, running.remaining) == (303, 597)
    assert running.demand == pytest.approx(1.0)
    assert running.projected == pytest.approx(3.0)
    assert (running.power, running.coverage) == (3.0, 1.0)


def test_the_ramp_holds_only_what_was_heard() -> None:
    """A monitor that was switched on within the quarter knows nothing of before."""
    running = begun([None] * 30 + [3000] * 30).running(START + 300, 3000)
    assert running is not None
    assert running.demand == pytest.approx(0.5)
    assert running.coverage == 0.5


def test_a_quarter_begins_with_the_power_of_the_one_before() -> None:
    """Nothing was measured in it yet."""
    running = begun([]).running(START + 2, 4000)
    assert running is not None
    assert (running.demand, running.projected, running.coverage) == (0, 4, 1)


def test_a_monitor_that_no_longer_measures_tells_no_power() -> None:
    """And nothing of the quarters that follow."""
    found = begun([3000] * 60)
    silent = found.running(START + 600, 3000)
    assert silent is not None
    assert (silent.power, silent.projected) == (None, None)
    over = quarter().running(START + 905, 3000)
    assert over is not None
    assert over.remaining == 0
    assert found.running(START + 900, 3000) is None


@given(
    st.lists(st.one_of(st.none(), st.integers(0, 50_000)), max_size=180),
)
def test_what_is_certain_is_what_was_heard(powers: list[int | None]) -> None:
    """Never more than is believed, and exactly that when all was heard."""
    window = quarter(consumed_power_interval_avgs=powers).window()
    heard = sum(power for power in powers if power is not None)
    assert window.certain == pytest.approx(heard * 5 / 3_600_000)
    assert window.certain <= window.energy * (1 + 1e-12)
    assert window.complete == (len(powers) == 180 and None not in powers)
