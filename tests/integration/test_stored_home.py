"""What an earlier version stored goes on, and stays as that version can read it."""

from collections.abc import AsyncGenerator
import json
import logging
from pathlib import Path
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
import paho.mqtt.client
import pytest
from pytest_homeassistant_custom_component.typing import RecorderInstanceContextManager

from custom_components.flukso.const import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
from simulator.p1_server import listen
from simulator.quarter_monitor_server import serve_monitor
from simulator.rest import serve_rest

from ..brokers import MosquittoFactory
from .homes import real_monotonic
from .stored_home.devices import (
    BACK,
    END,
    ENTRIES,
    FLUKSOMETER,
    MIDNIGHT,
    MONITOR,
    P1_NETWORK,
    REST,
    REST_BEGIN,
    SLUGS,
    STEP,
    WINDOW,
    Devices,
    subentry_of,
)
from .stored_home.files import (
    assert_kept,
    assert_readable,
    changes,
    stored,
    without_added,
)
from .stored_home.home import StoredHome
from .stored_home.told import demand_entities, demand_state, observed, windows_of

FIXTURE: Final = Path(__file__).parents[1] / "fixtures" / "stored_home"
# What the version that stored the home makes of it, step by step.
EXPECTED: Final[dict[str, Any]] = json.loads(
    (FIXTURE / "expected.json").read_text(encoding="utf-8")
)
FIRST: Final = MIDNIGHT - 90 * 86_400
CORE: Final = {
    "core.config_entries": "entries",
    "core.device_registry": "devices",
    "core.entity_registry": "entities",
}


@pytest.fixture
def auto_enable_custom_integrations() -> None:
    """Make no Home Assistant but that of the home."""


@pytest.fixture(autouse=True)
def quiet_database() -> None:
    """Keep every statement of the database out of the log."""
    logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)


@pytest.fixture
async def home(
    async_test_recorder: RecorderInstanceContextManager,
    mosquitto: MosquittoFactory,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> AsyncGenerator[StoredHome]:
    """Return the stored home, with its devices where they can be reached."""
    # Keepalive is between real programs: it must not see frozen time leap.
    monkeypatch.setattr(paho.mqtt.client, "time_func", real_monotonic)
    devices = Devices(REST_BEGIN)
    async with (
        listen() as line,
        serve_monitor(devices.monitor) as server,
        serve_rest(devices.rest) as rest_port,
    ):
        home = StoredHome(
            tmp_path / "home",
            devices,
            mosquitto(),
            mosquitto(),
            line,
            rest_port,
            server,
            freezer,
            async_test_recorder,
        )
        home.furnish(FIXTURE / "storage")
        yield home


def as_json(data: object) -> Any:
    """Return data as a file would hold it."""
    return json.loads(json.dumps(data))


def event_states(hass: HomeAssistant) -> dict[str, str]:
    """Return when the demand meters last told of something, by entity."""
    return {
        name: state.state
        for name, state in demand_entities(hass).items()
        if state.domain == "event"
    }


def stored_months(entry_id: str) -> list[list[list[Any]]]:
    """Return the windows of each month of a demand meter, as they are stored."""
    folder = FIXTURE / "storage" / "flukso.demand" / subentry_of(entry_id)
    return [
        json.loads(path.read_text(encoding="utf-8"))["data"]["windows"]
        for path in folder.glob("20*")
    ]


def approx(value: float) -> object:
    """Return what equals a value that is shown in thousandths."""
    return pytest.approx(value, abs=0.0006)


def unix(text: str) -> float:
    """Return a time of an attribute as Unix seconds."""
    return dt_util.parse_datetime(text, raise_on_error=True).timestamp()


def assert_continues(home: StoredHome, hass: HomeAssistant) -> None:
    """Check that the Fluksometer's running window holds all that was ever drawn."""
    demand = demand_state(hass, FLUKSOMETER, "demand")
    assert demand.attributes["coverage"] == 1
    true = home.devices.grid.demand(WINDOW)
    assert float(demand.state) == pytest.approx(true, abs=0.001)


async def live_on(home: StoredHome, hass: HomeAssistant, end: int) -> None:
    """Let time pass, while all devices speak."""
    for second in range(home.devices.now + STEP, end + 1, STEP):
        await home.tick(hass, second)


async def test_everything_is_there_at_once(home: StoredHome) -> None:
    before = home.saved("core.entity_registry")["data"]["entities"]
    async with home.running(BACK) as hass:
        loaded = hass.config_entries.async_loaded_entries(DOMAIN)
        assert {entry.entry_id for entry in loaded} == set(ENTRIES)
        assert hass.config_entries.flow.async_progress() == []
        assert {
            (entity.entity_id, entity.unique_id, entity.config_subentry_id)
            for entity in er.async_get(hass).entities.values()
        } == {
            (entity["entity_id"], entity["unique_id"], entity["config_subentry_id"])
            for entity in before
        }
        assert as_json(await observed(hass, FIRST)) == EXPECTED["started"]


@pytest.mark.parametrize("entry_id", [FLUKSOMETER, REST, P1_NETWORK, MONITOR])
def test_what_is_expected_is_what_was_stored(entry_id: str) -> None:
    rows = [
        [start, approx(certain * 4), source, approx(coverage)]
        for month in sorted(stored_months(entry_id))
        for start, _energy, certain, source, coverage in month
    ]
    told = EXPECTED["started"]["windows"][SLUGS[entry_id]]
    assert [[unix(row[0]), *row[1:]] for row in told] == rows


async def test_running_windows_go_on(home: StoredHome) -> None:
    async with home.running(BACK) as hass:
        events = event_states(hass)
        await live_on(home, hass, BACK + STEP)
        assert as_json(await observed(hass, WINDOW)) == EXPECTED["continued"]
        # What happened before is not told again.
        assert event_states(hass) == events
        assert_continues(home, hass)


async def test_windows_end_and_are_stored_as_before(home: StoredHome) -> None:
    before = stored(home.storage)
    core = {key: home.saved(key) for key in CORE}
    async with home.running(BACK) as hass:
        await live_on(home, hass, END)
        assert as_json(await observed(hass, WINDOW)) == EXPECTED["closed"]
        for entry_id in (FLUKSOMETER, P1_NETWORK, MONITOR):
            ((_start, demand, _source, coverage),) = await windows_of(
                hass, SLUGS[entry_id], WINDOW
            )
            true = home.devices.true_demand(entry_id, WINDOW)
            assert (demand, coverage) == (pytest.approx(true, abs=0.001), 1)

    after = stored(home.storage)
    assert_readable(before, after)
    assert changes(before, without_added(after)) == EXPECTED["stored"]
    for key, name in CORE.items():
        assert_kept(core[key]["data"][name], home.saved(key)["data"][name])


async def test_what_is_stored_is_taken_up_again(home: StoredHome) -> None:
    async with home.running(BACK) as hass:
        await live_on(home, hass, BACK + 2 * STEP)
        before = await observed(hass, FIRST)
    async with home.running(BACK + 120) as hass:
        await live_on(home, hass, BACK + 120 + STEP)
        after = await observed(hass, FIRST)
        assert_continues(home, hass)
    assert after["windows"] == before["windows"]
    assert after["statistics"] == before["statistics"]


async def test_an_entry_that_is_unloaded_writes_the_same_files(
    home: StoredHome,
) -> None:
    before = stored(home.storage)
    async with home.running(BACK) as hass:
        await live_on(home, hass, BACK + STEP)
        for entry_id in ENTRIES:
            assert await hass.config_entries.async_unload(entry_id)
        after = stored(home.storage)
    assert_readable(before, after)
    for key, file in after.items():
        if key.startswith("flukso.demand/") and not key.endswith("/state"):
            assert file == before[key]
