"""A Home Assistant that was installed after Flukso's cloud had kept history."""

from typing import Any, override

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.flukso.const import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from simulator import Device
from simulator.cloud import Cloud
from simulator.tmpo import BlockKey

from ....brokers import Address
from ...demand.feed import DemandFeed
from ...demand.grid import Grid, Loads, steady
from ...homes import timestamp
from ..device.feed import Recorder

ACCOUNT = "5ec2e7" * 5 + "00"
NOON = timestamp("2026-03-10 12:00")


class CloudFeed(DemandFeed):
    """A Fluksometer whose past is in a cloud."""

    past: Grid
    # Readings of the clamps at full hours of the past, thousandths of a Wh.
    counters: dict[int, dict[str, int]]

    def __init__(
        self,
        hass: HomeAssistant,
        broker: Address,
        device: Device,
        freezer: FrozenDateTimeFactory,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Prepare an entry that is not set up yet."""
        super().__init__(hass, broker, device, freezer, monkeypatch)
        self.cloud = Cloud(set(), {ACCOUNT})
        self.choose()

    @override
    def choose(self, **settings: Any) -> None:
        """Set a demand meter up by hand; the cloud knows its sensors."""
        super().choose(**settings)
        (subentry,) = self.entry.subentries.values()
        self.cloud.sensors = {
            *subentry.data["import_sensors"],
            *subentry.data["export_sensors"],
        }

    def record(self, loads: Loads, start: int, end: int) -> None:
        """Let the clamps carry loads in the past, and the cloud keep the blocks."""
        imports, exports = self.clamps("pplus"), self.clamps("pminus")
        recorder = Recorder(self.device, start)
        self.past = Grid(tuple(imports), tuple(exports), loads, start)
        while self.past.now < end:
            recorder.live(self.past)
        self.cloud.blocks = dict(recorder.tmpo.blocks)
        self.counters = recorder.counters

    def remember(self, other: CloudFeed) -> None:
        """Be the same home as another one: its past, and what its cloud keeps."""
        self.cloud, self.past, self.counters = other.cloud, other.past, other.counters

    async def install(self, second: int = NOON) -> None:
        """Set the entry up at a moment; nothing is measured from then on."""
        await self.connect(steady(0, 0, 0), second)

    async def backfill(self, start: int, end: int | None = None, **data: Any) -> Any:
        """Run the action for a period; return its response."""
        period: dict[str, Any] = {
            "start": dt_util.utc_from_timestamp(start).isoformat()
        }
        if end is not None:
            period["end"] = dt_util.utc_from_timestamp(end).isoformat()
        given = {
            "demand_meter": self.meter.slug,
            "source": "cloud",
            "token": ACCOUNT,
            "url": self.cloud.url,
            **period,
            **data,
        }
        return await self.hass.services.async_call(
            DOMAIN,
            "backfill",
            {key: value for key, value in given.items() if value is not None},
            blocking=True,
            return_response=True,
        )

    @property
    def blocks_asked(self) -> list[BlockKey]:
        """The blocks that were asked for, in order."""
        paths = [asked.path.split("/")[2:] for asked in self.cloud.asked]
        return [
            BlockKey(path[0], int(path[2]), int(path[3]), int(path[4]))
            for path in paths
            if len(path) == 5
        ]
