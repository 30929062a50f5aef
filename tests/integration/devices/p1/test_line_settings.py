"""A new meter that drives the serial line in another way than the one before it."""

import termios

import pytest

from custom_components.flukso.const import DOMAIN
from custom_components.flukso.core.p1 import others
from custom_components.flukso.transport.p1 import link
from homeassistant.components.repairs import DOMAIN as REPAIRS
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component

from ....transport.p1.ports import Adapter
from ...homes import hub_of, until
from .feed import p1_entry
from .telegrams import THREE_PHASES, fixture, read, simulated

SLOW, FAST = "9600_7E1", "115200_8N1"
OLD, NEW = fixture(THREE_PHASES), simulated()
SPEEDS = {SLOW: termios.B9600, FAST: termios.B115200}
NOISE = b"\xfe\x03"


@pytest.mark.parametrize(("before", "after"), [(SLOW, FAST), (FAST, SLOW)])
async def test_it_is_told_of_and_taken_over(
    hass: HomeAssistant,
    adapter: Adapter,
    monkeypatch: pytest.MonkeyPatch,
    before: str,
    after: str,
) -> None:
    monkeypatch.setattr(link, "PATIENCE", 0.3)
    monkeypatch.setattr(link, "TRIAL", 1.0)
    monkeypatch.setattr(others, "SHORTEST", 0.1)
    entry = p1_entry(OLD, {"kind": "p1_serial", "device": str(adapter.path)})
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, data={**entry.data, "line": before})
    assert await hass.config_entries.async_setup(entry.entry_id)
    async with adapter.sending_at(SPEEDS[before], OLD, NOISE):
        await until(lambda: hub_of(entry).telegram is not None)
    issue_id = f"other_meter_{entry.entry_id}"
    issues = ir.async_get(hass)
    async with adapter.sending_at(SPEEDS[after], NEW, NOISE):
        await until(lambda: issues.async_get_issue(DOMAIN, issue_id) is not None)
        assert await async_setup_component(hass, REPAIRS, {})
        flows = hass.data[REPAIRS]["flow_manager"]
        asked = await flows.async_init(DOMAIN, context={"issue_id": issue_id})
        await flows.async_configure(asked["flow_id"], {})
        await until(lambda: entry.state is ConfigEntryState.LOADED)
        await until(lambda: hub_of(entry).telegram is not None)
    assert entry.unique_id == read(NEW).meter
    assert entry.data["line"] == after
    assert issues.async_get_issue(DOMAIN, issue_id) is None
