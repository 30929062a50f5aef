"""What a simulated device recorded is what it published."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
import json

import pytest

from custom_components.flukso.core.demand.grid.grid import SourcePlan
from custom_components.flukso.core.demand.history.recount import recount
from custom_components.flukso.core.demand.meters.counter_meter import CounterMeter
from custom_components.flukso.core.energy.hours import hourly_rows
from custom_components.flukso.core.energy.series import Series
from custom_components.flukso.core.fluksometer.device_config import (
    FluksometerConfig,
    combine,
    parse_flx_config,
    parse_sensor_config,
)
from custom_components.flukso.core.fluksometer.grid_sensors import default_grid
from custom_components.flukso.core.fluksometer.tmpo.block import Block, read_block
from custom_components.flukso.core.fluksometer.tmpo.keys import parse_block_topic
from custom_components.flukso.core.fluksometer.tmpo.store import SeriesKey, merged
from simulator import MODELS, Device, Message, make_device
from simulator.tmpo import TmpoStore

# 15 January 2026, 12:00 UTC.
START = 1_768_478_400
QUARTER = 900
WH = 0.001


def blocks_in(messages: Iterable[Message]) -> list[Block]:
    """Return the blocks among messages."""
    return [
        read_block(key, message.payload, START + 10**8)
        for message in messages
        if (key := parse_block_topic(message.topic)) is not None
    ]


def same_points(series: Series, points: list[tuple[int, float]]) -> None:
    assert list(series.times) == [time for time, _ in points]
    assert series.values == pytest.approx([value for _, value in points], abs=5e-4)


def configuration(device: Device) -> FluksometerConfig:
    """Return what the device tells of itself."""
    told = {
        message.topic.rpartition("/")[2]: message.payload
        for message in device.retained()
        if message.payload
    }
    flx = parse_flx_config(told["flx"]) if "flx" in told else None
    sensors = parse_sensor_config(told["sensor"])
    return combine(device.device_id, sensors, flx, None)


@pytest.mark.slow
@pytest.mark.parametrize("model", sorted(MODELS))
def test_blocks_of_every_level_are_read_as_they_were_written(model: str) -> None:
    """A reading every four minutes for two weeks, of a counter and of a gauge."""
    device = make_device(model, start=START)
    begin = START >> 20 << 20
    store = TmpoStore(1, begin)
    kinds = {item.stream: item for item in device.sensors.values() if item.recorded}
    published: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
    sent: list[Message] = []
    for stamp in range(begin, begin + (1 << 20) + 70_000, 240):
        for number, sensor in enumerate(kinds.values()):
            milli = (stamp - begin) * (number * 37 + 1) + stamp % 7
            store.record(sensor, stamp, milli)
            published[sensor.id].append((stamp, milli / 1000))
        for second in range(stamp, stamp + 240, 16):
            sent += store.step(second)
    blocks = blocks_in(sent)
    assert {block.key.level for block in blocks} == {8, 12, 16, 20}
    assert all(block.whole for block in blocks)
    streams = {sensor.id: sensor.stream for sensor in kinds.values()}
    for block in blocks:
        sensor_id, begun, end = block.key.sensor_id, block.key.begin, block.key.end
        assert block.stream == streams[sensor_id]
        first, last = (bisect_left(published[sensor_id], (at,)) for at in (begun, end))
        same_points(block.points, published[sensor_id][first:last])
    for key, series in merged(blocks).items():
        same_points(series, published[key.sensor_id][: len(series)])


def plan_of(device: Device) -> SourcePlan:
    grid = default_grid(configuration(device))
    assert grid is not None
    return SourcePlan(*grid, max_gap=30.0 if grid.net else 15.0)


def live_windows(
    plan: SourcePlan, messages: Iterable[Message], lag: int
) -> dict[int, float]:
    """Return the energy of each window that is wholly seen as readings come."""
    meter = CounterMeter(plan)
    found: dict[int, float] = {}
    for topic, payload, *_ in messages:
        _, kind, *rest = topic.split("/")
        if kind == "sensor" and len(rest) == 2:
            stamp, value, _unit = json.loads(payload)
            take = meter.counter if rest[1] == "counter" else meter.power
            for window in take(rest[0], stamp + lag, value / 1000):
                if window.complete:
                    found[window.start] = window.energy
    return found


def by_sensor(history: Mapping[SeriesKey, Series]) -> dict[str, Series]:
    return {key.sensor_id: series for key, series in history.items()}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "decimation"),
    [("FLM02A", 1), ("FLM02B", 1), ("FLM03E", 1), ("FLM03E", 8)],
)
def test_windows_are_those_of_one_who_never_slept(model: str, decimation: int) -> None:
    device = make_device(model, start=START - 300, tmpo_decimation=decimation)
    lag = 1 if model == "FLM03E" else 0
    sent = [
        m for second in range(START - 300, START + 4600) for m in device.step(second)
    ]
    plan = plan_of(device)
    live = live_windows(plan, sent, lag)
    recorded = by_sensor(merged(blocks_in(sent)))
    again = {
        window.start: window.energy
        for window in recount(plan, recorded, lag=lag)
        if window.complete
    }
    expected = {START + QUARTER * number for number in range(4)}
    assert expected <= live.keys() & again.keys()
    tolerance = 1e-5 if (model, decimation) == ("FLM03E", 1) else WH
    for start in expected:
        assert again[start] == pytest.approx(live[start], abs=tolerance)


def test_an_outage_leaves_no_hole_in_the_hours() -> None:
    """The rows of three hours tell what the counter says at their ends."""
    device = make_device("FLM02A", start=START)
    sent = [m for second in range(START, START + 11_600) for m in device.step(second)]
    for sensor_id, series in by_sensor(merged(blocks_in(sent))).items():
        rows = hourly_rows(series, scale=0.001)
        told = [
            (stamp, value)
            for topic, payload, *_ in sent
            if topic == f"/sensor/{sensor_id}/counter"
            for stamp, value, _unit in [json.loads(payload)]
        ]
        for row in rows:
            last = [value for stamp, value in told if stamp <= row.start + 3600][-1]
            if row.whole:
                assert row.state == pytest.approx(last / 1000, abs=2 * WH)
        moved = (series.values[-1] - series.values[0]) / 1000
        assert rows[-1].sum == pytest.approx(moved, abs=1e-6)
