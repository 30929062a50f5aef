"""What a demand meter makes of a household that draws nothing, and then much."""

import json

import pytest

from custom_components.flukso.core.demand.grid.grid import SourcePlan
from custom_components.flukso.core.demand.meters.counter_meter import CounterMeter
from custom_components.flukso.core.windows import Window
from simulator import Device, Household, make_device
from simulator.household import Moment, Phase

from .support import START

# A window's start; the device speaks three minutes before.
BEGIN = START - START % 900 + 900
QUARTER = 900
WH = 0.001
VOLTAGE = 230.0


class Stepping(Household):
    """A home that draws its load from one second to another, and nothing else.

    But for a while before the first window, so that every counter has spoken.
    """

    def __init__(self, watts: int, start: int, end: int) -> None:
        """Draw `watts` from the grid."""
        super().__init__(1)
        self._watts, self._start, self._end = watts, start, end

    def at(self, second: int) -> Moment:
        """Return what flows from `second` until one second later."""
        idle = Phase(0.0, 0.0, VOLTAGE)
        stepped = self._start <= second < self._end
        drawn = self._watts if stepped or second < BEGIN - 120 else 0
        busy = Phase(float(drawn), 0.0, VOLTAGE)
        return Moment(second, (busy, idle, idle), 0.0, 0.0, 0.0)


def sensors_of(device: Device) -> tuple[SourcePlan, str]:
    """Return how a model's grid is measured, and its first import sensor."""
    slots = device.sensors
    if device.model == "FLM02B":
        return SourcePlan((slots[7].id,), net=True, max_gap=30.0), slots[7].id
    if device.model == "FLM02A":
        return SourcePlan((slots[1].id,)), slots[1].id
    ports = (1, 13, 25)
    imports = tuple(slots[slot].id for slot in ports)
    exports = tuple(slots[slot + 1].id for slot in ports)
    return SourcePlan(imports, exports), imports[0]


def measured(device: Device, end: int) -> tuple[list[Window], float]:
    """Return the windows up to a second, and the most that ran in the last, kWh."""
    plan, _ = sensors_of(device)
    meter = CounterMeter(plan)
    # An FLM03E stamps a second by its beginning.
    lag = 1 if device.model == "FLM03E" else 0
    windows: dict[int, Window] = {}
    most = 0.0
    for second in range(device.start, end):
        for topic, payload, *_ in device.step(second):
            _, kind, sensor, *stream = topic.split("/")
            if kind != "sensor" or stream not in (["gauge"], ["counter"]):
                continue
            stamp, value, _ = json.loads(payload)
            take = meter.counter if stream == ["counter"] else meter.power
            for window in take(sensor, stamp + lag, value / 1000):
                windows[window.start] = window
            running = meter.running(second)
            if running is not None and running.start == BEGIN:
                most = max(most, running.demand / 4)
    return list(windows.values()), most


@pytest.mark.slow
@pytest.mark.parametrize("model", ["FLM02A", "FLM02B", "FLM03E"])
@pytest.mark.parametrize("kilowatts", [8, 12, 20])
@pytest.mark.parametrize("second", [400, 409, 889, 899])
def test_a_step_from_nothing_is_what_the_household_drew(
    model: str, kilowatts: int, second: int
) -> None:
    """The counter of an FLM02 is silent while it does not change."""
    begins = BEGIN + second
    home = Stepping(kilowatts * 1000, begins, begins + 19)
    device = make_device(
        model, start=BEGIN - 180, household=home, tmpo=False, waveforms=False
    )
    windows, most = measured(device, BEGIN + 2 * QUARTER + 30)
    _, sensor = sensors_of(device)
    edges = [BEGIN + at * QUARTER for at in range(3)]
    energies = [device.true_energy(edge)[sensor] / 1000 for edge in edges]
    truth = [energies[1] - energies[0], energies[2] - energies[1]]
    told = [window for window in windows if window.start >= BEGIN]
    assert [window.energy for window in told] == pytest.approx(truth, abs=1.1 * WH)
    assert all(window.complete for window in told)
    assert most <= told[0].energy + WH
