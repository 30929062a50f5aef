"""FLM03E: sensor board with direction and reactive power, and its daemon."""

from functools import partial
from typing import NamedTuple

from .config import Configuration, Sensor
from .config_flm03 import (
    CLAMP_PORTS,
    COUNTERS,
    PULSE_PORTS,
    change_flm03,
    clamp_slot,
    flm03_configuration,
)
from .device import Device
from .energy import GAS, SOLAR, WATER, WRAP_MILLI, PulseRegister, Rate, Register
from .household import Household, Moment, fixed_point
from .identity import Identity
from .messages import (
    Message,
    fixed_counter,
    fixed_gauge,
    printed_milli,
    sensor_topic,
    spaced_reading,
)
from .selftest import report
from .settings import Settings
from .waveform import capture, clock

_COUNTER_UNITS = ("Wh", "Wh", "VARh", "VARh", "VARh", "VARh")
_GAUGE_UNITS = ("W", "W", "VAR", "VAR", "VAR", "VAR", "V", "A", "", "", "", "°")
_PULSE_UNITS = {"electricity": ("Wh", "W"), "gas": ("L", "L/s"), "water": ("L", "L/s")}
# Which phases a port's sensors cover.
_MEMBERS: dict[str, dict[int, tuple[int, ...]]] = {
    "none": {1: (0,), 2: (1,), 3: (2,)},
    "p2+p1": {1: (0,), 2: (0, 1), 3: (2,)},
    "p1+p2+p3": {1: (0, 1, 2), 2: (1,), 3: (2,)},
}
_DAY = 86400


def directions(active: int, reactive: int) -> tuple[int, int, int, int, int, int]:
    """Split power into import, export and the reactive power of four quadrants."""
    quadrant = (
        (0 if reactive >= 0 else 3) if active >= 0 else (1 if reactive >= 0 else 2)
    )
    amount = abs(reactive)
    return (
        max(active, 0),
        max(-active, 0),
        amount if quadrant == 0 else 0,
        amount if quadrant == 1 else 0,
        amount if quadrant == 2 else 0,
        amount if quadrant == 3 else 0,
    )


def port_flows(
    moment: Moment, members: tuple[int, ...]
) -> tuple[int, int, int, int, int, int]:
    """Return a port's `directions`: phases are summed before they are split."""
    return directions(
        sum(fixed_point(moment.phases[phase].power) for phase in members),
        sum(fixed_point(moment.phases[phase].reactive) for phase in members),
    )


def _flow(members: tuple[int, ...], index: int, moment: Moment) -> int:
    return port_flows(moment, members)[index]


class _Line(NamedTuple):
    """One topic of a clamp port: which quantity, where and in which unit."""

    quantity: int
    sensor: Sensor
    topic: str
    unit: str


class _Pulse(NamedTuple):
    """One pulse: the counter after it and the milliseconds since the one before."""

    milli: int
    gap: int | None


class Flm03(Device):
    """An FLM03E."""

    def __init__(
        self, settings: Settings, identity: Identity, start: int, household: Household
    ) -> None:
        """Switch it on at `start`."""
        configuration = flm03_configuration(identity, settings)
        super().__init__(settings, identity, start, household, configuration)
        self._members = _MEMBERS[settings.math]
        rates = self._rates()
        self._clamps = {
            slot: Register(rate.steps, self._first_milli(slot))
            for slot, rate in rates.items()
            if slot not in PULSE_PORTS.values()
        }
        self._pulses = {
            port: PulseRegister(
                rates[slot], self._pulse_size(port), self._first_milli(slot)
            )
            for port, slot in PULSE_PORTS.items()
        }
        self._last_pulse: dict[int, int] = {}
        self._pulsed: dict[int, list[_Pulse]] = {}
        self._flows: dict[int, tuple[int, ...]] = {}
        self._moment: Moment | None = None
        self._rewire()

    def _pulse_size(self, port: int) -> int:
        ports = self._factory.flx or {}
        return round(float(str(ports[str(port)]["constant"])) * 1000)

    def _rates(self) -> dict[int, Rate]:
        rates = {
            clamp_slot(port, index): Rate(partial(_flow, members, index))
            for port, members in _MEMBERS[self._settings.math].items()
            for index in range(len(COUNTERS))
        }
        rates[PULSE_PORTS[4]] = SOLAR
        rates[PULSE_PORTS[5]] = GAS
        rates[PULSE_PORTS[6]] = WATER
        return rates

    def _measure(self, moment: Moment) -> None:
        self._moment = moment
        for port, members in self._members.items():
            flows = port_flows(moment, members)
            self._flows[port] = flows
            for index, amount in enumerate(flows):
                self._clamps[clamp_slot(port, index)].add(amount)
        self._pulsed = {port: self._train(port, moment) for port in self._pulses}

    def _train(self, port: int, moment: Moment) -> list[_Pulse]:
        register = self._pulses[port]
        milli = register.milli
        train: list[_Pulse] = []
        for millisecond in register.add(moment):
            milli = (milli + register.pulse_milli) % WRAP_MILLI
            now = moment.second * 1000 + millisecond
            last = self._last_pulse.get(port)
            train.append(_Pulse(milli, None if last is None else max(1, now - last)))
            self._last_pulse[port] = now
        return train

    def _miss(self, moment: Moment) -> None:
        self._moment = None
        self._pulsed = {}
        for register in self._pulses.values():
            register.miss(moment)

    def _readings(self, second: int, stamp: int) -> list[Message]:
        if self._moment is None:
            return []
        seen = stamp - 1
        sent: list[Message] = []
        for port in self._flows:
            sent += self._port_counters(port, seen)
            sent += self._port_gauges(port, self._moment, seen)
        for port, train in self._pulsed.items():
            for pulse in train:
                sent += self._pulse_readings(port, pulse, seen)
        if self._settings.waveforms:
            sent += capture(self.device_id, self.household, self._moment, seen)
            sent.append(clock(self.device_id, stamp))
        if self._tests_now(second):
            sent.append(self._report(stamp))
        return sent

    def _port_counters(self, port: int, seen: int) -> list[Message]:
        sent: list[Message] = []
        for index, sensor, topic, unit in self._counter_lines.get(port, ()):
            milli = self._clamps[clamp_slot(port, index)].milli
            self._record(sensor, "counter", seen, milli)
            payload = spaced_reading(seen, fixed_counter(milli), unit)
            sent.append(Message(topic, payload))
        return sent

    def _port_gauges(self, port: int, moment: Moment, seen: int) -> list[Message]:
        values = (*self._flows[port], *self._measures(port, moment))
        sent: list[Message] = []
        for index, sensor, topic, unit in self._gauge_lines.get(port, ()):
            self._record(sensor, "gauge", seen, printed_milli(values[index]))
            payload = spaced_reading(seen, fixed_gauge(values[index]), unit)
            sent.append(Message(topic, payload))
        return sent

    def _measures(self, port: int, moment: Moment) -> tuple[int, ...]:
        """Return what is not energy: vrms, irms, pf, vthd, ithd and alpha."""
        phase = moment.phases[port - 1]
        factor = phase.power_factor
        voltage_thd, current_thd = self.household.distortion(moment.second, port - 1)
        return (
            fixed_point(phase.voltage),
            fixed_point(phase.current),
            fixed_point(factor if self._settings.signed_pf else abs(factor)),
            fixed_point(voltage_thd),
            fixed_point(current_thd),
            fixed_point(phase.angle),
        )

    def _pulse_readings(self, port: int, pulse: _Pulse, seen: int) -> list[Message]:
        sensor = self._sensors.get(PULSE_PORTS[port])
        if sensor is None:
            return []
        unit, flow_unit = _PULSE_UNITS[sensor.type]
        self._record(sensor, "counter", seen, pulse.milli)
        payload = spaced_reading(seen, fixed_counter(pulse.milli), unit)
        sent = [Message(sensor_topic(sensor.id, "counter"), payload)]
        if pulse.gap is None:
            return sent
        # The board's steps are 1/2048 unit per second, before the scale to W.
        flow = (self._pulses[port].pulse_milli << 11) // pulse.gap
        scaled = flow * 3600 if sensor.type == "electricity" else flow
        if scaled:
            payload = spaced_reading(seen, fixed_gauge(scaled), flow_unit)
            sent.append(Message(sensor_topic(sensor.id, "gauge"), payload))
        return sent

    def retained(self) -> list[Message]:
        """Return what the device leaves with its broker at boot."""
        return [*super().retained(), self._report(self._boot)]

    def _report(self, stamp: int) -> Message:
        text = report(self._identity.serial, stamp, cloud=self._settings.cloud)
        return Message(f"/device/{self.device_id}/test/tap", text, retain=True)

    def _tests_now(self, second: int) -> bool:
        """Tell whether cron starts the self-test: daily, a minute after booting."""
        first = (self._boot // 60 + 1) * 60
        return second >= first and (second - first) % _DAY == 0

    def _restart(self) -> None:
        self._last_pulse = {}

    def _zero(self) -> None:
        for clamp in self._clamps.values():
            clamp.reset()
        for pulses in self._pulses.values():
            pulses.reset()
        self._last_pulse = {}

    def _alter(self, configuration: Configuration) -> None:
        change_flm03(configuration)

    def _rewire(self) -> None:
        ports = self._configuration.flx or {}
        enabled = [n for n in CLAMP_PORTS if ports[str(n)]["enable"] == 1]
        self._counter_lines = {
            port: self._lines(port, "counter", _COUNTER_UNITS) for port in enabled
        }
        self._gauge_lines = {
            port: self._lines(port, "gauge", _GAUGE_UNITS) for port in enabled
        }

    def _lines(self, port: int, stream: str, units: tuple[str, ...]) -> list[_Line]:
        lines: list[_Line] = []
        for index, unit in enumerate(units):
            sensor = self._sensors.get(clamp_slot(port, index))
            if sensor is not None:
                topic = sensor_topic(sensor.id, stream)
                lines.append(_Line(index, sensor, topic, unit))
        return lines
