"""What demand meters keep on a real disk, across real ends of Home Assistant."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import json
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.flukso.core.windows import Source, Window
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from simulator import Device, make_device

from ...brokers import Mosquitto
from ..homes import home_assistant, timestamp
from .feed import DemandFeed
from .grid import Grid, Loads, random_loads, steady

NOON = timestamp("2026-03-10 12:00")
only_import = random_loads(7)


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Let stores use the disk."""
    return {}


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    """Return a folder of the test's own."""
    return str(tmp_path / "unused")


class Home:
    """A home whose Home Assistant is started and stopped, with one folder."""

    def __init__(
        self,
        folder: Path,
        broker: Mosquitto,
        freezer: FrozenDateTimeFactory,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Prepare a home that has never run."""
        self.files = folder / ".storage" / "flukso.demand" / "grid-meter"
        self.loads: Loads = only_import
        self._folder = folder
        self._broker = broker
        self._freezer = freezer
        self._monkeypatch = monkeypatch
        self._device: Device = make_device(
            "FLM03E", start=timestamp("2026-01-01 00:00")
        )
        self.grid: Grid | None = None

    @asynccontextmanager
    async def running(self, second: int) -> AsyncGenerator[DemandFeed]:
        """Start Home Assistant at a moment, stop it as a user does at the end."""
        async with home_assistant(self._folder) as hass:
            await hass.config.async_set_time_zone("Europe/Brussels")
            feed = DemandFeed(
                hass, self._broker, self._device, self._freezer, self._monkeypatch
            )
            feed.choose()
            await feed.connect(self.loads, second)
            if self.grid is None:
                self.grid = feed.grid
            feed.grid = self.grid
            await feed.miss(second)
            yield feed
            await hass.async_stop()

    def saved(self, name: str) -> dict[str, Any]:
        """Return what a file holds."""
        data: dict[str, Any] = json.loads((self.files / name).read_text())["data"]
        return data


@pytest.fixture
def home(
    hass: HomeAssistant,
    tmp_path: Path,
    broker: Mosquitto,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Home:
    folder = tmp_path / "home"
    folder.mkdir()
    return Home(folder, broker, freezer, monkeypatch)


async def test_a_stop_within_a_window_loses_nothing(home: Home) -> None:
    async with home.running(NOON - 20) as feed:
        await feed.draw(NOON + 300)
    assert {path.name for path in home.files.iterdir()} == {
        "state",
        "peaks",
        "2026-03",
        "profiles-2026-03",
    }

    async with home.running(NOON + 420) as feed:
        await feed.draw(NOON + 900)
        (window,) = await feed.windows(NOON, NOON + 900)
        assert window["coverage"] == 1
        assert window["demand"] == pytest.approx(feed.grid.demand(NOON), abs=0.0006)


async def test_a_stop_across_a_boundary_marks_both_windows(home: Home) -> None:
    async with home.running(NOON - 20) as feed:
        await feed.draw(NOON + 860)

    async with home.running(NOON + 920) as feed:
        await feed.draw(NOON + 2700)
        windows = await feed.windows(NOON, NOON + 2700)
        assert [window["at_least"] for window in windows] == [True, True, False]
        assert sum(window["energy"] for window in windows) == pytest.approx(
            feed.grid.energy(NOON, NOON + 2700), abs=0.0002
        )


async def test_nothing_is_written_of_a_demand_meter_that_was_removed(
    home: Home,
) -> None:
    async with home.running(NOON - 20) as feed:
        await feed.draw(NOON + 1200)
        feed.hass.config_entries.async_remove_subentry(feed.entry, "grid-meter")
        await feed.hass.async_block_till_done()
        assert not home.files.exists()
    assert not home.files.exists()


async def test_removing_the_device_deletes_the_files(home: Home) -> None:
    async with home.running(NOON - 20) as feed:
        await feed.draw(NOON + 1200)
        await feed.reload()
        assert home.files.exists()
        await feed.hass.config_entries.async_remove(feed.entry.entry_id)
        assert not home.files.exists()
    assert not home.files.exists()


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b'{"version": 1, "minor_ver', id="cut-off"),
        pytest.param(b"\xff\xfe\x00", id="not-text"),
        pytest.param(b"[1, 2, 3]", id="list"),
        pytest.param(b"17", id="number"),
        pytest.param(b'{"a": 1}', id="not-a-store"),
        pytest.param(b'{"version": "x", "data": {}}', id="version-is-text"),
        pytest.param(b'{"version": 0, "data": {}}', id="never-that-version"),
    ],
)
@pytest.mark.parametrize("name", ["state", "peaks"])
async def test_a_damaged_file_does_not_keep_the_windows_from_being_found(
    home: Home, damage: bytes, name: str
) -> None:
    home.loads = steady(2000, 1000, 0)
    async with home.running(NOON - 10) as feed:
        await feed.draw(NOON + 1200)
    (home.files / name).write_bytes(damage)

    async with home.running(NOON + 1210) as feed:
        assert feed.entry.state is ConfigEntryState.LOADED
        assert feed.value("month_peak") == pytest.approx(3, abs=0.001)
        await feed.draw(NOON + 2700)
        windows = await feed.windows(NOON, NOON + 2700)
        assert [window["at_least"] for window in windows] == [
            False,
            name == "state",
            False,
        ]
    assert home.saved("state")["meter"]["window"]["start"] == NOON + 2700
    assert "2026-03" in home.saved("peaks")["months"]


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(b'{"version": 1, "minor_ver', id="cut-off"),
        pytest.param(b"[1, 2, 3]", id="list"),
        pytest.param(b'{"a": 1}', id="not-a-store"),
        pytest.param(b'{"version": 1, "data": {"windows": {}}}', id="not-rows"),
        pytest.param(b'{"version": 1, "data": {"windows": [17]}}', id="not-a-row"),
    ],
)
async def test_a_damaged_month_costs_that_month_and_is_reported_and_set_aside(
    home: Home, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    april = timestamp("2026-04-01 00:00")
    home.loads = steady(2000, 1000, 0)
    async with home.running(april - 910) as feed:
        await feed.draw(april + 900)
    (home.files / "2026-03").write_bytes(damage)
    (home.files / "peaks").unlink()

    async with home.running(april + 910) as feed:
        assert await feed.windows(april - 900, april) == []
        (window,) = await feed.windows(april, april + 900)
        assert window["demand"] == pytest.approx(3, abs=0.001)
        assert feed.value("month_peak") == pytest.approx(3, abs=0.001)
        issues = ir.async_get(feed.hass).issues.values()
        assert "flukso" in {issue.issue_domain or issue.domain for issue in issues}
    (aside,) = home.files.glob("2026-03.corrupt.*")
    assert aside.read_bytes() == damage
    assert caplog.text.count(".corrupt.") == 1


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(b'{"version": 1, "minor_ver', id="cut-off"),
        pytest.param(b"[1, 2, 3]", id="list"),
        pytest.param(b'{"version": 1, "data": {"profiles": {}}}', id="not-rows"),
        pytest.param(b'{"version": 1, "data": {"profiles": [17]}}', id="not-a-row"),
    ],
)
async def test_damaged_profiles_cost_no_window_and_are_reported_and_set_aside(
    home: Home, damage: bytes
) -> None:
    home.loads = steady(2000, 1000, 0)
    async with home.running(NOON - 10) as feed:
        await feed.draw(NOON + 930)
    (home.files / "profiles-2026-03").write_bytes(damage)

    async with home.running(NOON + 940) as feed:
        (window,) = await feed.windows(NOON, NOON + 900, profiles=True)
        assert window["demand"] == pytest.approx(3, abs=0.001)
        assert "profile" not in window
        issues = ir.async_get(feed.hass).issues.values()
        assert "flukso" in {issue.issue_domain or issue.domain for issue in issues}
        await feed.draw(NOON + 2730)
        windows = await feed.windows(NOON + 900, NOON + 2700, profiles=True)
        assert ["profile" in window for window in windows] == [True, True]
    (aside,) = home.files.glob("profiles-2026-03.corrupt.*")
    assert aside.read_bytes() == damage
    assert len(home.saved("profiles-2026-03")["profiles"]) == 2


async def test_what_was_imported_is_known_after_a_restart_without_peaks(
    home: Home,
) -> None:
    autumn = timestamp("2025-10-26 02:00")
    windows = [
        Window(autumn + place * 900, 900, 1.5, 1.5, Source.POWER, 1.0)
        for place in range(8)
    ]
    async with home.running(NOON) as feed:
        assert (await feed.meter.async_import(windows)).added == 8
        # Old months are written at once.
        assert len(home.saved("2025-10")["windows"]) == 8
    (home.files / "peaks").unlink()

    async with home.running(NOON + 900) as feed:
        ledger = feed.meter.memory.ledger
        assert ledger.months["2025-10"].demand == 6
        assert len(await feed.windows(autumn, autumn + 7200)) == 8
        assert (await feed.meter.async_import(windows)).known == 8


async def test_months_that_the_peaks_do_not_know_are_counted_from_their_files(
    home: Home,
) -> None:
    home.loads = steady(2000, 1000, 0)
    async with home.running(timestamp("2025-09-10 12:00")) as feed:
        await feed.draw(timestamp("2025-09-10 12:45"))
    async with home.running(timestamp("2025-11-10 12:00")) as feed:
        await feed.draw(timestamp("2025-11-10 12:45"))
    (home.files / "peaks").unlink()
    (home.files / "state").unlink()

    async with home.running(NOON) as feed:
        ledger = feed.meter.memory.ledger
        assert {"2025-09", "2025-11"} <= ledger.months.keys()
        for month in ("2025-09", "2025-11"):
            start = timestamp(f"{month}-10 12:15")
            (window,) = await feed.windows(start, start + 900)
            assert window["demand"] == pytest.approx(3, abs=0.001)
            assert ledger.months[month].demand == pytest.approx(3, abs=0.001)
