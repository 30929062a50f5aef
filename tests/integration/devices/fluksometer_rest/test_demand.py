"""The demand of a home whose FLM02 is read over HTTP."""

from itertools import pairwise

import pytest

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.helpers import issue_registry as ir

from .home import CLAMPS, NOON, SENSORS, RestHome

QUARTER = 900
# The device cuts watts off, of each clamp half a watt on the average.
CUT = 0.0015


def true_demand(home: RestHome, start: int) -> float:
    """Return the mean power of a quarter of an hour, kW."""
    return home.true(CLAMPS, start, start + QUARTER) / 250


@pytest.mark.parametrize("interval", [10, 60])
async def test_windows_are_what_has_flowed(home: RestHome, interval: int) -> None:
    home.entry = home.make_entry(SENSORS, poll_interval=interval)
    home.period = interval
    await home.start(NOON - 60)
    await home.run(NOON + 2 * QUARTER + 120)
    windows = await home.windows(NOON, NOON + 2 * QUARTER)
    assert [window["source"] for window in windows] == ["power"] * 2
    assert [window["at_least"] for window in windows] == [False] * 2
    for number, window in enumerate(windows):
        truth = true_demand(home, NOON + number * QUARTER)
        assert truth - 2 * CUT <= window["demand"] <= truth


@pytest.mark.smoke
async def test_the_demand_meter_is_of_what_is_named_main(home: RestHome) -> None:
    await home.start()
    (subentry,) = home.entry.subentries.values()
    assert subentry.data["import_sensors"] == [home.sensor(slot) for slot in CLAMPS]
    assert subentry.data["profile"] == "flanders"


@pytest.mark.smoke
async def test_the_running_window_is_followed(home: RestHome) -> None:
    await home.start(NOON - 60)
    await home.run(NOON + 450)
    so_far = home.true(CLAMPS, NOON, NOON + 450) / 250
    assert float(home.demand("demand").state) == pytest.approx(so_far, abs=2 * CUT)
    assert float(home.demand("projected_demand").state) > so_far
    assert home.demand("peak_certain").state in ("on", "off")


async def test_a_short_outage_costs_nothing(home: RestHome) -> None:
    await home.start(NOON - 60)
    await home.run(NOON + 300)
    home.api.trouble = "error"
    await home.run(NOON + 340)
    home.api.trouble = None
    await home.run(NOON + QUARTER + 20)
    (window,) = await home.windows(NOON, NOON + QUARTER)
    assert not window["at_least"]
    truth = true_demand(home, NOON)
    assert truth - 2 * CUT <= window["demand"] <= truth


async def test_a_long_outage_marks_the_window(home: RestHome) -> None:
    await home.start(NOON - 60)
    await home.run(NOON + 300)
    home.api.trouble = "error"
    await home.run(NOON + 600)
    assert home.demand("demand").state == STATE_UNAVAILABLE
    home.api.trouble = None
    await home.run(NOON + QUARTER + 20)
    (window,) = await home.windows(NOON, NOON + QUARTER)
    assert window["at_least"]
    # The first answer after ten seconds more has the minute before it.
    assert window["coverage"] == pytest.approx(1 - 251 / QUARTER, abs=1 / QUARTER)
    assert window["demand"] < true_demand(home, NOON)


async def test_a_restart_within_a_window_loses_nothing(home: RestHome) -> None:
    await home.start(NOON - 60)
    await home.run(NOON + 300)
    await home.stop()
    home.live(NOON + 345)
    await home.start(NOON + 345)
    await home.run(NOON + QUARTER + 20)
    (window,) = await home.windows(NOON, NOON + QUARTER)
    assert not window["at_least"]
    truth = true_demand(home, NOON)
    assert truth - 2 * CUT <= window["demand"] <= truth


@pytest.mark.parametrize(
    ("lead", "fault"),
    [(3600, "clock_shifted"), (1200, "clock_wrong"), (3 * 86400 + 60, "clock_wrong")],
)
async def test_a_clock_that_is_wrong_is_mended_by_the_host(
    home: RestHome, lead: int, fault: str
) -> None:
    """Whole quarters are taken off; else windows are those of the host's clock."""
    home.lead = lead
    start = NOON + (-NOON + lead) % QUARTER
    await home.start(start - 120)
    await home.run(start + QUARTER + 60)
    assert float(home.gauge(1).state) > 0
    (window,) = await home.windows(start - lead, start - lead + QUARTER)
    assert not window["at_least"]
    assert ("clock" in window) is (fault == "clock_wrong")
    truth = home.true(CLAMPS, start, start + QUARTER) / 250
    assert truth - 2 * CUT <= window["demand"] <= truth + 2 * CUT
    found = ir.async_get(home.hass).async_get_issue(
        "flukso", f"clock_off_{home.entry.entry_id}"
    )
    assert found is not None
    assert found.translation_key == fault


async def test_the_sensors_of_a_demand_meter_can_be_chosen(home: RestHome) -> None:
    await home.start()
    (subentry_id,) = home.entry.subentries
    flows = home.hass.config_entries.subentries
    form = await flows.async_init(
        (home.entry.entry_id, "demand"),
        context={"source": "reconfigure", "subentry_id": subentry_id},
    )
    schema = form["data_schema"]
    assert schema is not None
    options = schema.schema["import_sensors"].config["options"]
    assert [option["label"] for option in options] == [
        "main L1: Energy",
        "main L2: Energy",
        "main L3: Energy",
    ]
    done = await flows.async_configure(
        form["flow_id"],
        {
            "name": "Grid",
            "import_sensors": [home.sensor(1), home.sensor(2)],
            "export_sensors": [home.sensor(3)],
            "profile": "flanders",
        },
    )
    assert done["reason"] == "reconfigure_successful"
    await home.settle()
    await home.run(NOON + QUARTER + 20)
    (window,) = await home.windows(NOON, NOON + QUARTER)
    first, second, third = (home.sensor(slot) for slot in CLAMPS)
    counted = [
        counters[first] + counters[second] - counters[third]
        for counters in map(
            home.api.device.true_energy, range(NOON, NOON + QUARTER + 1)
        )
    ]
    net = [after - before for before, after in pairwise(counted)]
    truth = sum(max(0, energy) for energy in net) / 250
    assert min(net) < 0
    assert window["demand"] == pytest.approx(truth, abs=0.001)


async def test_polled_powers_tell_how_a_window_was_drawn(home: RestHome) -> None:
    await home.start(NOON - 60)
    await home.run(NOON + QUARTER + 60)
    (window,) = await home.windows(NOON, NOON + QUARTER, profiles=True)
    profile = window["profile"]
    assert len(profile) == 180
    assert sum(profile) * 5 / 3_600_000 == pytest.approx(window["energy"], abs=0.0002)
    for place in (0, 90, 179):
        since = NOON + place * 5
        true = home.true(CLAMPS, since, since + 5) * 720
        assert profile[place] == pytest.approx(true, abs=2)
