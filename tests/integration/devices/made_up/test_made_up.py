"""A folder and a row of the table are enough for a kind of device."""

from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.flukso import devices
from custom_components.flukso.config_flow import FluksoConfigFlow
from custom_components.flukso.const import DOMAIN
from custom_components.flukso.devices import kinds
from custom_components.flukso.devices.kinds import Kind
from custom_components.flukso.diagnostics import async_get_config_entry_diagnostics
from homeassistant.components.recorder import Recorder
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util

NOON = 1_773_140_400
# 0.4 kWh in a quarter of an hour.
PULSES_A_MINUTE = 27
DEMAND = 1.62


@pytest.fixture(autouse=True)
def pulse_box(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the folder beside the others, and a row for it into the table."""
    folder = Path(__file__).parents[1]
    monkeypatch.setattr(devices, "__path__", [*devices.__path__, str(folder)])
    row = Kind("made_up", frozenset({"pulse_box"}), files=("pulses",))
    monkeypatch.setattr(kinds, "KINDS", (*kinds.KINDS, row))


@pytest.fixture
async def entry(
    recorder_mock: Recorder, hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> MockConfigEntry:
    """Return a loaded entry of a pulse box, at noon."""
    freezer.move_to(dt_util.utc_from_timestamp(NOON))
    entry = MockConfigEntry(domain=DOMAIN, title="Box", data={"kind": "pulse_box"})
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry


async def count(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    minutes: int,
) -> None:
    """Let the box count for so many minutes."""
    for _ in range(minutes):
        entry.runtime_data.device.count(PULSES_A_MINUTE)
        freezer.tick(60)
    await hass.async_block_till_done()


def states_of(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, str]:
    """Return the states of the entities of an entry by the last words of their ids."""
    found = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {
        entity.unique_id.partition("_")[2]: state.state
        for entity in found
        if (state := hass.states.get(entity.entity_id)) is not None
    }


async def test_its_entities_and_its_demand_meter_are_there(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    await count(hass, entry, freezer, 31)
    states = states_of(hass, entry)
    assert states["pulses"] == str(31 * PULSES_A_MINUTE)
    assert float(states["last_window_demand"]) == pytest.approx(DEMAND, abs=0.001)
    assert float(states["month_peak"]) == pytest.approx(DEMAND, abs=0.001)
    (subentry,) = entry.subentries.values()
    assert subentry.subentry_type == "demand"
    assert entry.runtime_data.device.followed


async def test_its_condition_is_told(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    await count(hass, entry, freezer, 2)
    told = await async_get_config_entry_diagnostics(hass, entry)
    assert told["pulses"] == 2 * PULSES_A_MINUTE
    assert [meter["box"] for meter in told["demand"]] == ["pulses"]


async def test_it_has_no_options_unless_its_row_says_so(
    entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not FluksoConfigFlow.async_supports_options_flow(entry)
    row = kinds.KINDS[-1]._replace(options=("counter_interval",))
    monkeypatch.setattr(kinds, "KINDS", (*kinds.KINDS[:-1], row))
    assert FluksoConfigFlow.async_supports_options_flow(entry)


async def test_it_is_let_go_and_goes_on_where_it_ended(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    await count(hass, entry, freezer, 20)
    before = entry.runtime_data.device
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert entry.state is ConfigEntryState.NOT_LOADED
    assert not before.followed
    assert not before.reachable
    assert await hass.config_entries.async_setup(entry.entry_id)
    await count(hass, entry, freezer, 15)
    states = states_of(hass, entry)
    assert states["pulses"] == str(35 * PULSES_A_MINUTE)
    assert float(states["last_window_demand"]) == pytest.approx(DEMAND, abs=0.001)


async def test_nothing_is_left_of_one_that_is_removed(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
) -> None:
    await count(hass, entry, freezer, 20)
    (subentry,) = entry.subentries
    await hass.config_entries.async_unload(entry.entry_id)
    assert hass_storage[f"flukso.pulses/{entry.entry_id}"]["data"]["pulses"] == 540
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert f"flukso.pulses/{entry.entry_id}" not in hass_storage
    assert states_of(hass, entry) == {}
    registry = dr.async_get(hass)
    assert dr.async_entries_for_config_entry(registry, entry.entry_id) == []
    kept = {
        entity.config_subentry_id for entity in er.async_get(hass).entities.values()
    }
    assert subentry not in kept


async def test_a_kind_that_nobody_knows_is_refused(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    entry = MockConfigEntry(domain=DOMAIN, data={"kind": "unheard_of"})
    entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert "unknown kind of device: unheard_of" in caplog.text
