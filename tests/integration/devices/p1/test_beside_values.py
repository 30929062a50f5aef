"""Home Assistant's own dsmr reads the same in the same stream."""

import pytest

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, STATE_UNKNOWN
from homeassistant.core import State
from simulator import make_meter

from .core_dsmr import CoreDsmr, both_take
from .feed import MakeMeterFeed, MeterFeed
from .telegrams import GAS_AND_WATER, NOON, THREE_PHASES, changed, fixture

# The core integration's timer for dead connections outlives it.
pytestmark = pytest.mark.parametrize("expected_lingering_timers", [True])

# What meters send that have no limit; we show no limiter and no fuse then.
NO_LIMIT = {
    ("limiter", 999.9),
    ("limiter", 99.999),
    ("fuse", 999.0),
    ("fuse", 999.99),
}
SECONDS = 40
COMMON = {
    "energy_import_normal",
    "energy_import_low",
    "energy_export_normal",
    "energy_export_low",
    "power_import",
    "power_export",
    "tariff",
}
DEMAND = {"demand_register", "month_peak_register"}
PHASES = {f"{name}_l{n}" for name in ("power_import", "current") for n in (1, 2, 3)}


def shown(state: State) -> float | str:
    """Return a value as it can be compared: counts are whole with us alone."""
    try:
        return float(state.state)
    except ValueError:
        return state.state


def unit(state: State) -> str | None:
    """Return the unit of a state."""
    found: str | None = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
    return found


def compare(feed: MeterFeed, core: CoreDsmr) -> set[str]:
    """Return the keys that both show, after they were found to be equal."""
    both = set()
    for key, core_key in core.keys.items():
        ours, theirs = feed.state_of(key), core.state_of(core_key)
        if ours is None:
            assert theirs is None or (key, shown(theirs)) in NO_LIMIT
            continue
        assert theirs is not None, key
        if theirs.state == STATE_UNKNOWN:
            # The core integration takes a counter of zero for none.
            assert (key, shown(ours)) == (key, 0)
        else:
            assert (key, shown(ours)) == (key, shown(theirs))
        assert unit(ours) == unit(theirs)
        both.add(key)
    assert behind(feed) == sorted(
        (state.state, unit(state))
        for state in core.meters_behind()
        if state.state != STATE_UNKNOWN
    )
    return both


def behind(feed: MeterFeed) -> list[tuple[str, str | None]]:
    """Return what we show of the gas and water meters behind a meter."""
    states = [
        feed.state_by_id(entity.unique_id)
        for entity in feed.entities()
        if entity.unique_id.endswith(("_gas", "_water"))
    ]
    return sorted((state.state, unit(state)) for state in states if state is not None)


@pytest.mark.parametrize(
    ("family", "version", "shared"),
    [
        ("be-50217", "5B", COMMON | PHASES | DEMAND),
        ("be-50221", "5B", COMMON | PHASES | DEMAND),
        ("nl-5.0", "5", COMMON | PHASES),
        ("nl-4.2", "4", COMMON | PHASES),
        ("nl-2.2", "2.2", COMMON),
    ],
)
async def test_a_simulated_meter_shows_the_same_with_both(
    make_p1_feed: MakeMeterFeed,
    all_enabled: None,
    family: str,
    version: str,
    shared: set[str],
) -> None:
    meter = make_meter(family, start=NOON)
    telegrams = [
        telegram
        for second in range(NOON, NOON + SECONDS)
        if (telegram := meter.telegram(second)) is not None
    ]
    feed = make_p1_feed(telegrams[0], gauge_interval=1, counter_interval=1)
    core = CoreDsmr(feed.hass, feed.line, version)
    await feed.start()
    await core.start()
    for telegram in telegrams:
        await both_take(feed, core, telegram)
        assert compare(feed, core) >= shared


@pytest.mark.parametrize(
    ("telegram", "version", "meters"),
    [
        (fixture(THREE_PHASES), "5B", 0),
        (
            changed(fixture(GAS_AND_WATER), (b"0-2:96.1.1(30", b"0-2:96.1.1(31")),
            "5B",
            2,
        ),
        (
            fixture(
                "be_fluvius_50217_20240708_3x230_import_export_phases_13months_gas"
            ),
            "5B",
            1,
        ),
        (fixture("nl_dsmr50_iskra_two_mbus"), "5", 1),
        (fixture("nl_dsmr50_spec_style_3ph_gas"), "5", 1),
        (fixture("nl_dsmr42_kaifa_gas_powerfailurelog"), "4", 1),
        (fixture("nl_dsmr22_kamstrup_gas"), "2.2", 1),
    ],
)
async def test_a_recorded_telegram_shows_the_same_with_both(
    make_p1_feed: MakeMeterFeed,
    all_enabled: None,
    telegram: bytes,
    version: str,
    meters: int,
) -> None:
    feed = make_p1_feed(telegram)
    core = CoreDsmr(feed.hass, feed.line, version)
    await feed.start()
    await core.start()
    await both_take(feed, core, telegram)
    assert compare(feed, core) >= COMMON
    assert len(behind(feed)) == meters
