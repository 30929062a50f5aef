"""A digital meter and a Fluksometer of one household, and the meters behind it."""

from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from simulator import Household, make_device, make_meter
from simulator.p1_settings import MeterOptions

from .p1_support import EVENING, START, milli, sent, values
from .support import Sent, readings

_HOUR = 3600


def _net(telegram: bytes) -> int:
    """Return the Wh of the import registers less those of export."""
    taken = sum(milli(telegram, f"1-0:1.8.{tariff}") for tariff in (1, 2))
    return taken - sum(milli(telegram, f"1-0:2.8.{tariff}") for tariff in (1, 2))


@pytest.mark.parametrize("start", [START, EVENING])
def test_an_flm03e_counts_the_same_energy(start: int) -> None:
    home = Household(3)
    device = make_device("FLM03E", seed=3, start=start, household=home, waveforms=False)
    meter = make_meter("be-50217", seed=9, start=start, household=home)
    # The counter's first reading is that of the first second that has passed.
    seconds = (start + 1, start + 1 + _HOUR)
    sent_by_device = [Sent(s, m) for s in seconds for m in device.step(s)]
    first, last = (sent(meter, second) for second in seconds)
    net = 0.0
    for port in (1, 2, 3):
        for direction, sign in ((1, 1), (2, -1)):
            sensor = device.sensors[12 * (port - 1) + direction]
            counter = readings(sent_by_device, sensor.id, "counter")
            net += sign * (counter[-1][1] - counter[0][1])
    # Four registers of whole Wh against six counters of thousandths.
    assert _net(last) - _net(first) == pytest.approx(net, abs=2.02)
    assert abs(net) > 100


@pytest.mark.parametrize("start", [START, EVENING])
def test_an_flm02b_at_the_port_counts_the_same_energy(start: int) -> None:
    home = Household(3)
    device = make_device("FLM02B", seed=3, start=start, household=home)
    meter = make_meter("be-50217", seed=9, start=start, household=home)
    first = sent(meter, start)
    truth = device.true_energy(start + _HOUR)[device.sensors[7].id]
    last = sent(meter, start + _HOUR)
    assert _net(last) - _net(first) == pytest.approx(truth, abs=2)


@pytest.mark.parametrize(
    ("family", "code", "options", "period"),
    [
        ("be-50217", "0-1:24.2.3", {}, 300),
        ("be-50217", "0-2:24.2.1", {"water": True}, 300),
        ("be-50217", "0-1:24.2.1", {"gas": False, "water": True}, 300),
        ("nl-4.2", "0-1:24.2.1", {}, _HOUR),
        ("nl-5.0", "0-1:24.2.1", {}, 300),
    ],
)
def test_gas_and_water_are_what_flowed_until_the_reading(
    family: str, code: str, options: MeterOptions, period: int
) -> None:
    start = int(datetime.fromisoformat("2026-01-15T06:00:00Z").timestamp())
    meter = make_meter(family, start=start, **options)
    read: dict[str, int] = {}
    for second in range(start, start + 3 * _HOUR + 1, 10):
        telegram = sent(meter, second)
        read[values(telegram)[code][0]] = milli(telegram, code)
    clocks = [_clock(stamp) for stamp in read]
    assert {later - earlier for earlier, later in pairwise(clocks)} == {period}
    home = Household(1)
    kind = "water" if "water" in options and code[-1] == "1" else "gas"
    flows = [getattr(home.at(second), kind) for second in range(clocks[1], clocks[-1])]
    litres = list(read.values())
    assert litres[-1] - litres[1] == pytest.approx(sum(flows), abs=1)
    assert sum(flows) > 10


def _clock(stamp: str) -> int:
    moment = datetime.strptime(stamp[:-1], "%y%m%d%H%M%S")
    return int(moment.replace(tzinfo=ZoneInfo("Europe/Brussels")).timestamp())


def test_dsmr2_reads_gas_every_hour_in_its_own_way() -> None:
    start = int(datetime.fromisoformat("2026-01-15T06:20:00Z").timestamp())
    meter = make_meter("nl-2.2", start=start)
    first, last = sent(meter, start), sent(meter, start + _HOUR)
    stamp = values(first)["0-1:24.3.0"]
    assert stamp == ["260115070000", "00", "60", "1", "0-1:24.2.1", "m3"]
    assert values(last)["0-1:24.3.0"][0] == "260115080000"
    assert b"\r\n(0" in last


@pytest.mark.parametrize("family", ["be-50217", "nl-5.0"])
def test_a_home_without_gas_has_no_gas_meter(family: str) -> None:
    meter = make_meter(family, start=START, gas=False)
    assert b"0-1:" not in sent(meter, START)
