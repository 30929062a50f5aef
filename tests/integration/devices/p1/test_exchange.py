"""A meter that was put in the place of another, from its bytes to windows at home."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.flukso.const import DOMAIN
from homeassistant.components.repairs import DOMAIN as REPAIRS
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.issue_registry import IssueEntry
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from simulator import make_meter

from ....core.p1.support import telegram
from ...demand.p1 import MakeFeed as MakeMeterFeed
from ...homes import BRUSSELS, timestamp, until
from .feed import TURNS_TO_CONNECT, MeterFeed
from .telegrams import encrypted, read

NOON = timestamp("2026-03-10 12:00")
QUARTER = 900
OLD, NEW = "3153414741", "3153414742"
GAS = "37464C4F3231"
NEW_GAS = "37464C4F3232"
KEY = "000102030405060708090A0B0C0D0E0F"
# Seeds of 0-0:98.1.0, by the label of the month after.
LEAD = "0-0:98.1.0({})(1-0:1.6.0)(1-0:1.6.0)"
FEBRUARY = "(260301000000W)(260210181500W)({:06.3f}*kW)"
MARCH = "(260401000000S)(260320181500W)({:06.3f}*kW)"


class Meter:
    """A Belgian meter that counts a power, with its own registers."""

    def __init__(self, identity: str, total: float, since: int, **said: Any) -> None:
        """Be installed at a moment, unix s; said: what its telegrams have else."""
        self.identity = identity
        self.total = total
        self.at = since
        self.ramp = 0.0
        self.gas: tuple[str, float] | None = said.get("gas")
        self.peak: tuple[str, float] | None = said.get("peak")
        self.history: tuple[str, ...] = said.get("history", ())

    def telegram(self, now: int, watts: float = 0.0) -> bytes:
        """Count up to a moment; return what it then sends."""
        for second in range(self.at + 1, now + 1):
            if (second - 1) % QUARTER == 0:
                self.ramp = 0.0
            self.total += watts / 3_600_000
            self.ramp += watts / 3_600_000
        self.at = now
        lines = [
            "0-0:96.1.4(50217)",
            f"0-0:96.1.1({self.identity})",
            f"0-0:1.0.0({stamp(now)})",
            f"1-0:1.8.1({self.total:010.3f}*kWh)",
            "1-0:1.8.2(000100.000*kWh)",
            "1-0:2.8.1(000000.000*kWh)",
            "1-0:2.8.2(000000.000*kWh)",
            f"1-0:1.7.0({watts / 1000:06.3f}*kW)",
            "1-0:2.7.0(00.000*kW)",
            f"1-0:1.4.0({self.ramp * 4:06.3f}*kW)",
        ]
        if self.peak is not None:
            lines.append("1-0:1.6.0({})({:06.3f}*kW)".format(*self.peak))
        lines.append(LEAD.format(len(self.history)) + ("".join(self.history) or "()"))
        if self.gas is not None:
            identity, counted = self.gas
            lines += [
                "0-1:24.1.0(003)",
                f"0-1:96.1.1({identity})",
                f"0-1:24.2.3({stamp(now)})({counted:09.3f}*m3)",
            ]
        return telegram(*lines)


def stamp(now: int) -> str:
    """Return a moment as a Belgian meter writes it."""
    local = datetime.fromtimestamp(now, BRUSSELS)
    return f"{local:%y%m%d%H%M%S}{'S' if local.dst() else 'W'}"


async def let(feed: MeterFeed, meter: Meter, until: int, watts: float = 3000.0) -> None:
    """Let a meter send a telegram every ten seconds up to a moment."""
    while meter.at < until:
        now = min(until, meter.at + 10)
        feed.freeze(now)
        await feed.send(meter.telegram(now, watts))
        await feed.happen()


def issue_of(feed: MeterFeed) -> IssueEntry | None:
    """Return what is reported of another meter."""
    found = ir.async_get(feed.hass).async_get_issue(
        DOMAIN, f"other_meter_{feed.entry.entry_id}"
    )
    return found if found is not None and found.active else None


def reported(feed: MeterFeed) -> list[str]:
    """Return the translation keys of all repairs that the entry has."""
    found = ir.async_get(feed.hass).issues.values()
    return [
        str(each.translation_key)
        for each in found
        if each.active and each.domain == DOMAIN
    ]


async def fix(feed: MeterFeed, answer: bool = True) -> dict[str, Any]:
    """Open the repair, and confirm it if that is the answer."""
    assert await async_setup_component(feed.hass, REPAIRS, {})
    await feed.hass.async_block_till_done()
    flows = feed.hass.data[REPAIRS]["flow_manager"]
    issue_id = f"other_meter_{feed.entry.entry_id}"
    asked = await flows.async_init(DOMAIN, context={"issue_id": issue_id})
    if not answer or asked["type"] != "form":
        return dict(asked)
    done = dict(await flows.async_configure(asked["flow_id"], {}))
    await feed.hass.async_block_till_done()
    await connected(feed)
    return done


async def connected(feed: MeterFeed) -> None:
    """Wait until an entry that began again has the port, and it alone."""
    for _ in range(TURNS_TO_CONNECT):
        await asyncio.sleep(0)
    await until(lambda: feed.line.clients == 1)


async def jump(feed: MeterFeed, moment: int) -> None:
    """Let time pass in which nothing is sent."""
    await feed.pass_to(moment)
    feed.line.hang_up()
    await until(lambda: not feed.line.clients)
    await feed.reconnect()


async def replaced(meter_at: MakeMeterFeed, old: Meter, new: Meter) -> MeterFeed:
    """Let a meter count from before noon, and another from 12:05 on; return the home."""
    feed = meter_at(old.telegram(old.at, 3000))
    await feed.start(old.at)
    await feed.send(feed.telegram)
    await let(feed, old, NOON + 300)
    new.at = NOON + 300
    await let(feed, new, NOON + 360)
    return feed


def old_meter(**said: Any) -> Meter:
    """Return the meter that will be replaced."""
    peak = (stamp(NOON - 86400), 4.5)
    history = (FEBRUARY.format(5.0),)
    return Meter(OLD, 77000.0, NOON - 930, **{"peak": peak, "history": history} | said)


@pytest.mark.smoke
async def test_another_meter_is_told_of_within_a_minute_and_taken_over(
    hass: HomeAssistant, meter_at: MakeMeterFeed
) -> None:
    new = Meter(NEW, 12.0, NOON + 310)
    feed = await replaced(meter_at, old_meter(), new)
    found = issue_of(feed)
    assert found is not None
    assert found.is_fixable
    assert found.translation_key == "other_meter"
    old_id, new_id = feed.meter_id, read(new.telegram(new.at)).meter
    entry, before = feed.entry, {each.entity_id for each in feed.entities()}
    energy = feed.find(f"{old_id}_energy_import")
    assert energy is not None

    assert (await fix(feed))["type"] == "create_entry"
    assert entry.state is ConfigEntryState.LOADED
    assert entry.unique_id == new_id
    assert entry.title == f"P1 meter {new_id[:6]}"
    assert issue_of(feed) is None
    assert {each.entity_id for each in feed.entities()} == before
    now = feed.find(f"{new_id}_energy_import")
    assert now is not None
    assert now.id == energy.id
    assert feed.find(f"{old_id}_energy_import") is None

    await let(feed, new, NOON + 2 * QUARTER + 60)
    state = hass.states.get(energy.entity_id)
    assert state is not None
    assert float(state.state) == pytest.approx(112.0, abs=1.5)
    windows = await feed.windows(NOON - QUARTER, NOON + 2 * QUARTER)
    assert [window["at_least"] for window in windows] == [False, True, False]
    whole, change, after = (window["demand"] for window in windows)
    assert whole == pytest.approx(3.0, abs=0.01)
    assert after == pytest.approx(3.0, abs=0.01)
    # Five minutes were seen by the old meter, and what is left since the take-over.
    assert 1.0 <= change <= 3.0
    peaks = feed.meter.memory.ledger
    march, february = peaks.peak("2026-03"), peaks.peak("2026-02")
    assert march is not None
    assert february is not None
    assert (march.demand, february.demand) == (4.5, 5.0)
    assert feed.entity_id("month_peak") == "sensor.grid_month_peak"


@pytest.mark.parametrize("total", [12.0, 77001.2, 90000.0])
async def test_no_register_of_another_meter_makes_a_demand(
    meter_at: MakeMeterFeed, total: float
) -> None:
    new = Meter(NEW, total, NOON + 310)
    feed = await replaced(meter_at, old_meter(), new)
    await fix(feed)
    await let(feed, new, NOON + QUARTER + 60)
    assert feed.meter.month_peak_demand == 4.5
    (change,) = await feed.windows(NOON, NOON + QUARTER)
    assert change["at_least"]
    assert change["demand"] <= 3.0


async def test_peaks_of_another_connection_do_not_come_with_a_used_meter(
    meter_at: MakeMeterFeed,
) -> None:
    elsewhere = {
        "peak": (stamp(NOON - 2 * 86400), 9.9),
        "history": (FEBRUARY.format(8.8),),
    }
    new = Meter(NEW, 5000.0, NOON + 310, **elsewhere)
    feed = await replaced(meter_at, old_meter(), new)
    await fix(feed)
    await let(feed, new, NOON + QUARTER + 60)
    ledger = feed.meter.memory.ledger
    peaks = [ledger.peak(month) for month in ("2026-02", "2026-03")]
    assert [peak and peak.demand for peak in peaks] == [5.0, 4.5]


async def test_month_of_the_change_is_billed_by_the_higher_of_both_meters(
    hass: HomeAssistant, meter_at: MakeMeterFeed
) -> None:
    new = Meter(NEW, 12.0, NOON + 310)
    feed = await replaced(meter_at, old_meter(), new)
    await fix(feed)
    april = timestamp("2026-04-02 12:00")
    await jump(feed, april)
    new.at = int(dt_util.utcnow().timestamp())
    new.history = (MARCH.format(3.9),)
    await let(feed, new, new.at + 20)
    march = feed.meter.memory.ledger.peak("2026-03")
    assert march is not None
    assert march.demand == 4.5
    new.history = (MARCH.format(6.1),)
    await let(feed, new, new.at + 20)
    march = feed.meter.memory.ledger.peak("2026-03")
    assert march is not None
    assert march.demand == 6.1


async def test_what_is_declined_waits_for_its_own_meter(
    meter_at: MakeMeterFeed,
) -> None:
    old, new = old_meter(), Meter(NEW, 12.0, NOON + 310)
    feed = await replaced(meter_at, old, new)
    assert (await fix(feed, answer=False))["type"] == "form"
    assert feed.entry.unique_id == feed.meter_id
    await let(feed, new, NOON + 600)
    assert issue_of(feed) is not None
    old.at = NOON + 600
    await let(feed, old, NOON + 610)
    assert issue_of(feed) is None
    assert feed.value_of("power_import") == "3.0"


async def test_a_meter_that_has_an_entry_is_named_instead(
    hass: HomeAssistant, meter_at: MakeMeterFeed
) -> None:
    new = Meter(NEW, 12.0, NOON + 310)
    new_id = read(new.telegram(new.at)).meter
    other = MockConfigEntry(domain=DOMAIN, title="Neighbour", unique_id=new_id)
    other.add_to_hass(hass)
    feed = await replaced(meter_at, old_meter(), new)
    found = issue_of(feed)
    assert found is not None
    assert not found.is_fixable
    assert found.translation_key == "other_meter_known"
    assert found.translation_placeholders == {
        "name": feed.entry.title,
        "other": "Neighbour",
    }
    assert feed.entry.unique_id == feed.meter_id


async def test_one_that_got_an_entry_meanwhile_is_not_taken_over(
    hass: HomeAssistant, meter_at: MakeMeterFeed
) -> None:
    new = Meter(NEW, 12.0, NOON + 310)
    feed = await replaced(meter_at, old_meter(), new)
    new_id = read(new.telegram(new.at)).meter
    other = MockConfigEntry(domain=DOMAIN, title="Neighbour", unique_id=new_id)
    other.add_to_hass(hass)
    done = await fix(feed)
    assert (done["type"], done["reason"]) == ("abort", "already_configured")
    assert feed.entry.unique_id == feed.meter_id


async def test_a_meter_that_was_ignored_can_be_taken_over(
    hass: HomeAssistant, meter_at: MakeMeterFeed
) -> None:
    new = Meter(NEW, 12.0, NOON + 310)
    new_id = read(new.telegram(new.at)).meter
    MockConfigEntry(domain=DOMAIN, unique_id=new_id, source="ignore").add_to_hass(hass)
    feed = await replaced(meter_at, old_meter(), new)
    assert (await fix(feed))["type"] == "create_entry"
    assert [entry.unique_id for entry in hass.config_entries.async_entries(DOMAIN)] == [
        new_id
    ]


async def test_a_restart_goes_on_with_the_new_meter_alone(
    hass: HomeAssistant, meter_at: MakeMeterFeed
) -> None:
    new = Meter(NEW, 90000.0, NOON + 310)
    feed = await replaced(meter_at, old_meter(), new)
    await fix(feed)
    await let(feed, new, NOON + 600)
    assert await hass.config_entries.async_reload(feed.entry.entry_id)
    await connected(feed)
    await let(feed, new, NOON + 2 * QUARTER + 20)
    windows = await feed.windows(NOON, NOON + 2 * QUARTER)
    assert [window["at_least"] for window in windows] == [True, False]
    assert [window["demand"] <= 3.01 for window in windows] == [True, True]
    assert feed.meter.month_peak_demand == 4.5


async def test_the_gas_meter_stays_when_the_electricity_meter_is_replaced(
    meter_at: MakeMeterFeed,
) -> None:
    old = old_meter(gas=(GAS, 4321.5))
    new = Meter(NEW, 12.0, NOON + 310, gas=(GAS, 4321.7))
    feed = await replaced(meter_at, old, new)
    gas = [each for each in feed.entities() if each.unique_id.endswith("_gas")]
    devices = {device.id for device in feed.devices()}
    await fix(feed)
    await let(feed, new, NOON + 600)
    assert [each.id for each in gas] == [
        each.id for each in feed.entities() if each.unique_id.endswith("_gas")
    ]
    assert {device.id for device in feed.devices()} == devices
    state = feed.hass.states.get(gas[0].entity_id)
    assert state is not None
    assert state.state == "4321.7"


async def test_a_gas_meter_that_is_replaced_goes_on_as_the_same(
    meter_at: MakeMeterFeed,
) -> None:
    meter = old_meter(gas=(GAS, 4321.5))
    feed = meter_at(meter.telegram(meter.at))
    await feed.start(meter.at)
    await feed.send(feed.telegram)
    await let(feed, meter, NOON)
    gas = [each.id for each in feed.entities() if each.unique_id.endswith("_gas")]
    meter.gas = (NEW_GAS, 0.25)
    await let(feed, meter, NOON + 180)
    (entity,) = [each for each in feed.entities() if each.unique_id.endswith("_gas")]
    assert [entity.id] == gas
    assert len([device for device in feed.devices() if device.name == "Gas meter"]) == 1
    assert feed.hub.available(
        next(each for each in feed.hub.readings if each.unique_id == entity.unique_id)
    )


@pytest.mark.parametrize("reloads", [False, True])
async def test_a_gas_meter_without_an_id_at_first_is_one_device(
    hass: HomeAssistant, meter_at: MakeMeterFeed, reloads: bool
) -> None:
    meter = old_meter(gas=("", 4321.5))
    feed = meter_at(meter.telegram(meter.at))
    await feed.start(meter.at)
    await feed.send(feed.telegram)
    for identity in (GAS, "", GAS):
        if reloads:
            assert await hass.config_entries.async_reload(feed.entry.entry_id)
            await connected(feed)
        meter.gas = (identity, 4321.5)
        await let(feed, meter, meter.at + 120)
    gas = [each for each in feed.entities() if each.unique_id.endswith("_gas")]
    assert [each.unique_id for each in gas] == [f"{feed.meter_id}_gas_1_gas"]
    assert len([device for device in feed.devices() if device.name == "Gas meter"]) == 1
    state = hass.states.get(gas[0].entity_id)
    assert state is not None
    assert state.state == "4321.5"
    assert dt_util.utcnow().timestamp() == meter.at


@asynccontextmanager
async def talking(feed: MeterFeed, telegram: bytes) -> AsyncGenerator[None]:
    """Let a meter send a telegram over and over, while time stands still."""

    async def talk() -> None:
        while True:
            with suppress(BlockingIOError):
                feed.line.send(telegram)
            for _ in range(TURNS_TO_CONNECT):
                await asyncio.sleep(0)

    task = asyncio.create_task(talk())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_a_meter_that_encrypts_is_said_to_and_taken_over_by_its_key(
    hass: HomeAssistant, meter_at: MakeMeterFeed
) -> None:
    old = old_meter()
    feed = meter_at(old.telegram(old.at, 3000))
    await feed.start(old.at)
    await feed.send(feed.telegram)
    await let(feed, old, NOON + 300)
    energy = feed.find(f"{feed.meter_id}_energy_import")
    assert energy is not None
    new = make_meter("lu", start=NOON + 310, key=KEY)

    async def hear(until: int) -> None:
        while (now := int(dt_util.utcnow().timestamp()) + 10) <= until:
            sent = new.telegram(now)
            assert sent is not None
            feed.freeze(now)
            await feed.send(sent)
            await feed.happen()

    await hear(NOON + 360)
    assert reported(feed) == ["meter_encrypts"]
    # Cable and port are in order, however long it takes.
    await hear(NOON + 4 * QUARTER + 400)
    assert reported(feed) == ["meter_encrypts"]
    (flow,) = feed.entry.async_get_active_flows(hass, {"reauth"})
    assert flow["step_id"] == "p1_key"

    async with talking(feed, encrypted(KEY, start=NOON + 5 * QUARTER)):
        done = await hass.config_entries.flow.async_configure(
            flow["flow_id"], {"key": KEY}
        )
    assert (done["type"], done["reason"]) == ("abort", "other_meter")
    await hass.async_block_till_done()
    await connected(feed)
    assert feed.entry.unique_id == feed.meter_id
    await hear(int(dt_util.utcnow().timestamp()) + 60)
    assert reported(feed) == ["other_meter"]
    assert (await fix(feed))["type"] == "create_entry"
    await hear(int(dt_util.utcnow().timestamp()) + 60)
    assert reported(feed) == []
    assert feed.entry.data["key"] == KEY.lower()
    now = feed.find(f"{feed.entry.unique_id}_energy_import")
    assert now is not None
    assert now.id == energy.id
    state = hass.states.get(energy.entity_id)
    assert state is not None
    assert float(state.state) > 0


async def test_reconfiguring_takes_no_key_of_another_meter(
    hass: HomeAssistant, meter_at: MakeMeterFeed
) -> None:
    old = old_meter()
    feed = meter_at(old.telegram(old.at, 3000))
    await feed.start(old.at)
    await feed.send(feed.telegram)
    flows = hass.config_entries.flow
    form = await feed.entry.start_reconfigure_flow(hass)
    port = {"host": feed.entry.data["host"], "port": feed.line.port}
    async with talking(feed, encrypted(KEY, start=old.at)):
        form = await flows.async_configure(form["flow_id"], port)
        assert form["step_id"] == "p1_key"
        form = await flows.async_configure(form["flow_id"], {"key": KEY})
    assert form["errors"] == {"base": "wrong_device"}
    assert "key" not in feed.entry.data
