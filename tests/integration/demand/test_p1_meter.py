"""The demand of a P1 meter: its own ramp, its own windows, its own month peaks."""

import re
from typing import Any, cast

import pytest

from homeassistant.config_entries import SOURCE_RECONFIGURE, SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.util import dt as dt_util
from simulator import make_meter

from ..devices.p1.telegrams import THREE_PHASES, changed, fixture
from ..homes import timestamp, until
from .p1 import MakeFeed, value

# Of the telegram: it is 386 s into its quarter, and 9.258 kW are drawn.
SENT = timestamp("2024-11-19 16:21:26")


@pytest.mark.smoke
async def test_the_ramp_of_the_meter_is_carried_to_the_end_of_its_quarter(
    hass: HomeAssistant, meter_at: MakeFeed
) -> None:
    feed = meter_at(fixture(THREE_PHASES))
    await feed.start(SENT)
    await feed.send()
    await feed.tick(0)
    await feed.tick(10)

    assert value(hass, "sensor.grid_demand") == 4.065
    told = hass.states.get("sensor.grid_projected_demand")
    assert told is not None
    assert told.attributes["as_now"] == pytest.approx(9.352, abs=1e-3)
    assert value(hass, "sensor.grid_month_peak") == 25.891
    peak_time = hass.states.get("sensor.grid_month_peak_time")
    assert peak_time is not None
    assert peak_time.state == "2024-11-15T07:30:00+00:00"
    assert value(hass, "sensor.grid_target") == 25.891


async def test_windows_are_those_of_the_meter(
    hass: HomeAssistant, meter_at: MakeFeed
) -> None:
    start = timestamp("2026-03-10 12:00") - 5
    meter = make_meter("be-50217", start=start, seed=3)
    first = meter.telegram(start)
    assert first is not None
    feed = meter_at(first)
    await feed.start(start)
    await feed.send(first)
    for second in range(start + 1, start + 2 * 900 + 10):
        telegram = meter.telegram(second)
        assert telegram is not None
        feed.freezer.move_to(dt_util.utc_from_timestamp(second))
        await feed.send(telegram)

    answer = await hass.services.async_call(
        "flukso",
        "get_windows",
        {
            "demand_meter": "grid",
            "start": dt_util.utc_from_timestamp(start + 5).isoformat(),
            "end": dt_util.utc_from_timestamp(start + 1805).isoformat(),
        },
        blocking=True,
        return_response=True,
    )
    windows = cast("dict[str, list[dict[str, Any]]]", answer)["windows"]
    assert [window["source"] for window in windows] == ["meter", "meter"]
    assert [window["demand"] for window in windows] == [
        pytest.approx(meter.windows[start + 5 + offset] * 4, abs=0.001)
        for offset in (0, 900)
    ]


async def test_the_demand_meter_asks_for_no_sensors(
    hass: HomeAssistant, meter_at: MakeFeed
) -> None:
    feed = meter_at(fixture(THREE_PHASES))
    await feed.start(SENT)
    (subentry_id,) = feed.entry.subentries

    flows = hass.config_entries.subentries
    form = await flows.async_init(
        (feed.entry.entry_id, "demand"),
        context={"source": SOURCE_RECONFIGURE, "subentry_id": subentry_id},
    )
    schema = form["data_schema"]
    assert schema is not None
    asked = {str(field) for field in schema.schema}
    assert asked & {"name", "area", "floor"}
    assert not asked & {"import_sensors", "export_sensors"}
    done = await flows.async_configure(form["flow_id"], {"area": "west", "floor": 4})
    await hass.async_block_till_done()

    assert done["type"] is FlowResultType.ABORT
    assert done["reason"] == "reconfigure_successful"
    assert feed.entry.subentries[subentry_id].data["floor"] == 4
    await feed.send()
    assert value(hass, "sensor.grid_target") == 25.891


async def test_what_is_fed_in_can_be_billed(
    hass: HomeAssistant, meter_at: MakeFeed
) -> None:
    """By the export totals; the registers of the meter are of import alone."""
    start = timestamp("2026-03-10 12:00")
    told = changed(
        fixture(THREE_PHASES),
        (b"1-0:1.7.0(09.258*kW)", b"1-0:1.7.0(00.000*kW)"),
        (b"1-0:2.7.0(00.000*kW)", b"1-0:2.7.0(04.000*kW)"),
    )
    before = re.search(rb"1-0:2\.8\.1\((\d+\.\d+)\*kWh\)", told)
    assert before is not None

    def at(second: int) -> bytes:
        stamp = dt_util.as_local(dt_util.utc_from_timestamp(start + second))
        total = float(before[1]) + second * 4 / 3600
        return changed(
            told,
            (b"241119162126W", f"{stamp:%y%m%d%H%M%S}W".encode()),
            (before[0], f"1-0:2.8.1({total:010.3f}*kWh)".encode()),
        )

    feed = meter_at(at(0))
    await feed.start(start)
    (offered,) = feed.entry.subentries
    hass.config_entries.async_remove_subentry(feed.entry, offered)
    await hass.async_block_till_done()
    form = await hass.config_entries.subentries.async_init(
        (feed.entry.entry_id, "demand"), context={"source": SOURCE_USER}
    )
    await hass.config_entries.subentries.async_configure(
        form["flow_id"],
        {"profile": "custom", "floor": 0, "rules": {"direction": "export"}},
    )
    await hass.async_block_till_done()
    await until(lambda: feed.line.clients > 0)
    for second in range(0, 1511, 10):
        feed.freezer.move_to(dt_util.utc_from_timestamp(start + second))
        await feed.send(at(second))
    await feed.tick(0)

    assert value(hass, "sensor.grid_month_peak") == pytest.approx(4, abs=0.01)
    assert value(hass, "sensor.grid_rolling_peak") == pytest.approx(4, abs=0.01)
    assert value(hass, "sensor.grid_demand") == pytest.approx(4 * 610 / 900, abs=0.02)
    projected = hass.states.get("sensor.grid_projected_demand")
    assert projected is not None
    assert projected.attributes["as_now"] == pytest.approx(4, abs=0.02)
