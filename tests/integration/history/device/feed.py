"""A Home Assistant that misses what a Fluksometer keeps for it."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, override

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.flukso.const import DOMAIN
from custom_components.flukso.devices.fluksometer.history.healer import Healer
from homeassistant.components.recorder.statistics import StatisticsRow
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from simulator import Device, make_device
from simulator.publisher import Publisher
from simulator.tmpo import TmpoStore
from simulator.tmpo_sync import answer, request_topic

from ....brokers import HOST, Address, Message
from ...demand.feed import CHUNK, DemandFeed
from ...demand.grid import WS_PER_WH, Grid, Loads
from ...homes import LATENCY, device_of, hourly, timestamp, until as until_met

HOUR = 3600
# Readings this far apart, s, are no silence yet, and loads change between two of them.
SPARSE = 15
NOON = timestamp("2026-03-10 12:00")
DAY = timestamp("2026-03-10 00:00")
# Of the event loop, while time stands still.
TURNS = 200
# A recorder that keeps the counters; its timers wait for what comes after a moment.
RECORDED = {"commit_interval": 0, "include": {"entity_globs": ["sensor.*energy*"]}}
LONG_BEFORE = "2026-01-01 00:00:00+00:00"


class Recorder:
    """What a device records of the clamps of a grid, and tells when it is asked.

    `answers`: it does so. `records`: it records at all. `publishes`: it tells what it
    records unasked, too. `counters` are the readings of the clamps at full hours,
    thousandths of a Wh.
    """

    def __init__(self, device: Device, second: int) -> None:
        """Begin to record."""
        self.answers = True
        self.records = True
        self.publishes = True
        self.requests: list[bytes] = []
        self.tmpo = TmpoStore(1, second)
        self.counters: dict[int, dict[str, int]] = {}
        self.topic = request_topic(device.device_id)
        self._sensors = {sensor.id: sensor for sensor in device.sensors.values()}
        self._request: bytes | None = None

    def hear(self, _topic: str, payload: bytes) -> None:
        """Take a request."""
        self.requests.append(payload)
        self._request = payload

    def live(self, grid: Grid) -> list[Message]:
        """Let the loads run for a step; return the blocks that are published."""
        grid.live()
        if not self.records:
            return []
        counted: dict[str, int] = {}
        for place, sensor_id in enumerate(grid.imports + grid.exports):
            milli = grid.first + grid.counted[place] * 1000 // WS_PER_WH
            self.tmpo.record(self._sensors[sensor_id], grid.now - 1, milli)
            counted[sensor_id] = milli
        if grid.now % HOUR == 0:
            self.counters[grid.now] = counted
        sent = self.tmpo.step(grid.now)
        if not self.publishes:
            return []
        return [Message(topic, payload, retain=False) for topic, payload, *_ in sent]

    def live_alone(self, grid: Grid, until: int) -> None:
        """Let the loads run up to a moment that nobody hears of before."""
        step = grid.step
        while grid.now < until:
            grid.step = min(SPARSE - grid.now % SPARSE, until - grid.now)
            self.live(grid)
        grid.step = step

    def answer(self) -> list[Message]:
        """Return what is published because somebody asked."""
        request, self._request = self._request, None
        if request is None or not self.answers:
            return []
        return [
            Message(topic, payload, retain=False)
            for topic, payload, *_ in answer(request, self.tmpo.blocks)
        ]


class HealingFeed(DemandFeed):
    """A Fluksometer that keeps what its clamps count."""

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
        self._ends = AsyncExitStack()
        # What the device recorded for an earlier Home Assistant.
        self.known_recorder: Recorder | None = None

    @override
    async def connect(self, loads: Loads, second: int, *, step: int = 10) -> None:
        """Set the entry up; the device hears requests from now on."""
        self.recorder = self.known_recorder or Recorder(self.device, second)
        await self.listen()
        await super().connect(loads, second, step=step)

    def choose_one_clamp(self) -> None:
        """Measure a single phase: weeks of three are told in the tests of windows."""
        self.choose(import_sensors=self.clamps("pplus")[:1], export_sensors=[])

    async def listen(self) -> None:
        """Let the device hear what Home Assistant asks."""
        publisher = Publisher(
            HOST,
            self.broker.port,
            None,
            None,
            topics=(self.recorder.topic,),
            hear=self.recorder.hear,
        )
        await self._ends.enter_async_context(publisher)

    async def until(self, met: Callable[[], bool]) -> None:
        """Let everything go on until a condition is met."""
        await until_met(met)

    @property
    def healer(self) -> Healer:
        """What heals the entry."""
        healer: Healer | None = device_of(self.entry).healer
        assert healer is not None
        return healer

    async def leave(self) -> None:
        """Let the device go."""
        await self._ends.aclose()

    @override
    async def draw(self, until: int, *, chunk: int | None = None) -> None:
        """Let the clamps measure, publish and record up to a moment."""
        chunk = chunk or CHUNK
        while self.grid.now < until:
            messages: list[Message] = []
            end = min(until, self.grid.now - self.grid.now % chunk + chunk)
            while self.grid.now < end:
                blocks = self.recorder.live(self.grid)
                messages += [*self.grid.messages(), *blocks]
            await self.arrive(messages)
            await self.arrive(self.recorder.answer())
            # Nothing more comes: what was asked for has been told.
            await self.tick(6)
            await until_met(lambda: not self.healer.busy)

    @override
    async def miss(self, until: int) -> None:
        """Let the loads run and be recorded, and nothing reach Home Assistant."""
        self.recorder.live_alone(self.grid, until)
        await self.pass_to(until + LATENCY)

    async def wait(self, until: int) -> None:
        """Miss a time in which Home Assistant does what it does every five minutes."""
        while self.grid.now < until:
            now = self.grid.now
            await self.miss(min(until, now - now % CHUNK + CHUNK))
            await self.tick(11)


@asynccontextmanager
async def healing_home(
    hass: HomeAssistant,
    broker: Address,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncGenerator[HealingFeed]:
    """Prepare a home with an FLM03E on three phases that keeps its history."""
    device = make_device("FLM03E", start=timestamp("2025-01-01 00:00"))
    feed = HealingFeed(hass, broker, device, freezer, monkeypatch)
    feed.choose()
    yield feed
    await feed.leave()


async def rows(
    feed: HealingFeed, entity_id: str, unit: str = "kWh", since: int = DAY
) -> dict[int, StatisticsRow]:
    """Return the hourly rows of an entity by their starts."""
    found = await hourly(
        feed.hass,
        entity_id,
        since,
        units={"energy": unit},
        figures=("state", "sum", "change"),
    )
    return {int(row["start"]): row for row in found}


def entity_of(feed: HealingFeed, sensor_id: str) -> str:
    entity = feed.find(f"{sensor_id}_0_counter")
    assert entity is not None
    return entity.entity_id


def counted(feed: HealingFeed, sensor_id: str, start: int) -> float:
    """Return what the device truly counted in an hour, kWh."""
    counters = feed.recorder.counters
    gained = counters[start + HOUR][sensor_id] - counters[start][sensor_id]
    return gained / 1_000_000


async def turns(done: Callable[[], bool]) -> None:
    """Let Home Assistant work for a while at a moment, or until something is done."""
    for _ in range(TURNS):
        if done():
            return
        await asyncio.sleep(0)


async def backfill(feed: HealingFeed, start: int, end: int | None = None) -> Any:
    """Call the action; the device answers while it waits."""
    data = {"start": dt_util.utc_from_timestamp(start).isoformat()}
    if end is not None:
        data["end"] = dt_util.utc_from_timestamp(end).isoformat()
    asked = len(feed.recorder.requests)
    call = asyncio.create_task(
        feed.hass.services.async_call(
            DOMAIN,
            "backfill",
            {"demand_meter": feed.meter.slug, "source": "device", **data},
            blocking=True,
            return_response=True,
        )
    )
    await feed.until(lambda: len(feed.recorder.requests) > asked or call.done())
    await feed.publish(feed.recorder.answer())
    while not call.done():
        await feed.tick(6)
        await turns(call.done)
    return await call
