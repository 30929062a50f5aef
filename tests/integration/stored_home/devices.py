"""The devices of the stored home, and the moments of its story."""

from collections.abc import Callable
import json
from typing import Final

from simulator import Device, make_device, make_meter
from simulator.p1_meter import Meter
from simulator.p1_runner import Dongle
from simulator.quarter_monitor import QuarterMonitor
from simulator.rest import RestApi

from ...brokers import Message
from ..demand.grid import Grid, random_loads

# The devices are switched on at 23:35 on 28 February 2026. At 0:55 the home is stored,
# and two minutes later it is started again: the windows that run then end at 1:00,
# whether they last a quarter of an hour, half an hour or an hour.
MIDNIGHT: Final = 1_772_319_600
BEGIN: Final = MIDNIGHT - 25 * 60
QUARTER: Final = 900
WINDOW: Final = MIDNIGHT + 3 * QUARTER
BACK: Final = WINDOW + 720
END: Final = WINDOW + QUARTER + 40
STEP: Final = 10
# What an FLM02 tells over HTTP reaches back a minute: it may have begun just before.
REST_BEGIN: Final = BACK - 180

FLUKSOMETER: Final = "fluksometer"
REST: Final = "fluksometer-rest"
P1_NETWORK: Final = "p1-network"
P1_BROKER: Final = "p1-broker"
MONITOR: Final = "quarter-monitor"
ENERGY: Final = "energy-meter"
ENTRIES: Final = (FLUKSOMETER, REST, P1_NETWORK, P1_BROKER, MONITOR, ENERGY)
# The demand meters by the entries that they belong to.
SLUGS: Final = {
    FLUKSOMETER: "grid",
    REST: "workshop",
    P1_NETWORK: "digital_meter",
    P1_BROKER: "cottage",
    MONITOR: "garage",
    ENERGY: "house",
}

# A Fluksometer of which few sensors are enabled keeps the fixture small.
SLOTS: Final = ("1", "2", "7", "13", "14", "25", "26", "37", "40", "46")
TAP: Final = (
    b"1..1\n# date: Sat, 28 Feb 2026 20:00:00 +0000\n# serial: FL99000001\n"
    b"# firmware: 382\nok 1 - fed\n"
)
# What is on the card of the quarter monitor from before: half an hour of two months.
CARD: Final = ((MIDNIGHT - 29 * 86_400, 4100), (MIDNIGHT - 7200, 3300))


def subentry_of(entry_id: str) -> str:
    """Return the id of an entry's demand meter."""
    return f"{entry_id}-demand"


def watts_at(second: int) -> int:
    """Return what the garage and the house draw at a second, W."""
    return 800 + second // 60 % 17 * 250


def always(watts: int) -> Callable[[int], int]:
    """Return a power that never changes, W."""
    return lambda _second: watts


def trimmed(device: Device) -> list[Message]:
    """Return what a Fluksometer leaves with its broker, with these sensors alone."""
    messages = []
    for told in device.retained():
        payload = told.payload
        if told.topic.endswith("/config/sensor"):
            sensors = json.loads(payload)
            payload = json.dumps({slot: sensors[slot] for slot in SLOTS}).encode()
        messages.append(Message(told.topic, payload, told.retain))
    return messages


def telegram_of(meter: Meter, second: int) -> bytes:
    """Return what a meter sends at a second."""
    telegram = meter.telegram(second)
    assert telegram is not None
    return telegram


class Devices:
    """What is measured in the home, as each device tells it; all begin at BEGIN.

    `rest` only remembers a minute and may begin later.
    """

    def __init__(self, rest_begin: int) -> None:
        """Switch everything on."""
        self.now = BEGIN
        self.fluksometer = make_device("flm03e", start=BEGIN)
        sensors = {
            sensor.slot: sensor.id for sensor in self.fluksometer.sensors.values()
        }
        self.grid = Grid(
            imports=(sensors[1], sensors[13], sensors[25]),
            exports=(sensors[2], sensors[14], sensors[26]),
            loads=random_loads(10),
            now=BEGIN,
            step=STEP,
        )
        self.rest = RestApi(make_device("flm02a", start=rest_begin, tmpo=False))
        self.meter = make_meter("be-50217", seed=3, start=BEGIN, phases=1)
        self.dongle_meter = make_meter(
            "nl-5.0", seed=4, start=BEGIN, phases=1, gas=False
        )
        self.monitor = QuarterMonitor(watts_at, BEGIN)
        for start, watts in CARD:
            self.monitor.fill(start, start + 2 * QUARTER, always(watts))
        self.counted = 12345.0
        self._rest_second = rest_begin

    def live(self, second: int) -> None:
        """Let everything measure until a second."""
        while self.grid.now < second:
            self.grid.live()
        for moment in range(self._rest_second, second):
            self.rest.step(moment + 1)
        self._rest_second = max(self._rest_second, second)
        self.monitor.live(second)
        for moment in range(self.now, second):
            self.counted += watts_at(moment) / 3_600_000
        self.now = second

    def true_demand(self, entry_id: str, start: int) -> float:
        """Return what was truly drawn in a quarter of an hour, kW."""
        if entry_id == FLUKSOMETER:
            return self.grid.demand(start)
        if entry_id == P1_NETWORK:
            return self.meter.windows[start] * 4
        return self.monitor.kilowatt_hours(start) * 4

    @property
    def self_test(self) -> Message:
        """What the Fluksometer publishes last."""
        topic = f"/device/{self.fluksometer.device_id}/test/tap"
        return Message(topic, TAP, retain=False)

    def published(self) -> list[Message]:
        """Return what the Fluksometer publishes now."""
        return [*self.grid.messages(), self.self_test]

    def passed_on(self, second: int) -> Message:
        """Return what the dongle makes of a telegram."""
        telegram = telegram_of(self.dongle_meter, second)
        return Message(Dongle(self.dongle_meter).topic, telegram, retain=False)
