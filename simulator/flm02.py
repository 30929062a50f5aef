"""FLM02A and FLM02B: sensor board, P1 port and the daemon that publishes them."""

from functools import partial

from .config import Configuration, Sensor
from .config_flm02 import change_flm02, flm02_configuration
from .device import Device
from .energy import GAS, SOLAR, WATER, PulseRegister, Rate, Register
from .fluksod import Fluksod, Publication
from .gridmeter import NET_ENERGY, GridMeter
from .household import Household, Moment, fixed_point
from .identity import Identity
from .messages import Message
from .settings import Settings

_LINE_VOLTAGE = 230
_TELEGRAM_PERIOD = 10
_NET, _GAS = 7, 8


def clamp_power(moment: Moment, phases: tuple[int, ...]) -> int:
    """Return current times nominal voltage: a clamp has no direction.

    The unit is 1/2048 W.
    """
    current = sum(moment.phases[phase].current for phase in phases)
    return fixed_point(current * _LINE_VOLTAGE)


class Flm02(Device):
    """An FLM02."""

    def __init__(
        self, settings: Settings, identity: Identity, start: int, household: Household
    ) -> None:
        """Switch it on at `start`."""
        configuration = flm02_configuration(identity, settings)
        super().__init__(settings, identity, start, household, configuration)
        self._fluksod = Fluksod()
        self._board_power: dict[int, int] = {}
        self._pulsed: dict[int, int] = {}
        self._meter = GridMeter(household) if settings.model == "FLM02B" else None
        rates = self._rates()
        self._clamp_rates = {slot: rate for slot, rate in rates.items() if slot <= 3}
        self._clamps = {
            slot: Register(rate.steps, self._first_milli(slot))
            for slot, rate in self._clamp_rates.items()
        }
        self._pulses = {
            slot: PulseRegister(
                rates[slot], self._pulse_size(slot), self._first_milli(slot)
            )
            for slot in (4, 5)
        }

    def _pulse_size(self, slot: int) -> int:
        constant = self._configuration.sensor[str(slot)]["constant"]
        return round(float(str(constant)) * 1000)

    def _rates(self) -> dict[int, Rate]:
        if self._settings.phases == 3:
            groups: dict[int, tuple[int, ...]] = {1: (0, 1, 2)}
        else:
            groups = {1: (0,), 2: (1,), 3: (2,)}
        rates = {
            slot: Rate(partial(clamp_power, phases=group))
            for slot, group in groups.items()
        }
        if self.model == "FLM02A":
            return rates | {4: WATER, 5: GAS}
        return rates | {4: SOLAR, 5: WATER, _NET: NET_ENERGY, _GAS: GAS}

    def _measure(self, moment: Moment) -> None:
        self._observe_meter(moment)
        for slot, rate in self._clamp_rates.items():
            self._board_power[slot] = rate.of(moment)
            self._clamps[slot].add(self._board_power[slot])
        self._pulsed = {}
        for slot, pulses in self._pulses.items():
            instants = pulses.add(moment)
            if instants:
                self._pulsed[slot] = moment.second * 1000 + instants[-1]

    def _miss(self, moment: Moment) -> None:
        self._observe_meter(moment)
        self._board_power, self._pulsed = {}, {}
        for pulses in self._pulses.values():
            pulses.miss(moment)

    def _observe_meter(self, moment: Moment) -> None:
        if self._meter is not None:
            self._meter.live(moment.second)

    def _readings(self, second: int, stamp: int) -> list[Message]:
        sent: list[Message] = []
        if not self.clock_is_set(stamp):
            return sent
        for slot, sensor in self._sensors.items():
            for stream, milli, unit in self._publications(slot, sensor, second):
                if stream == "gauge" or self._configuration.sends_counters:
                    sent.append(self._reading(sensor, stream, stamp, milli, unit))
        return sent

    def _publications(
        self, slot: int, sensor: Sensor, second: int
    ) -> list[Publication]:
        if slot in self._board_power:
            watts = self._board_power[slot] >> 11
            return self._fluksod.analog(sensor, watts, self._clamps[slot].milli)
        if slot in self._pulsed:
            milli = self._pulses[slot].milli
            return self._fluksod.pulse(sensor, milli, self._pulsed[slot])
        if self._meter is not None and second % _TELEGRAM_PERIOD == 0:
            return self._telegram(self._meter, sensor, second)
        return []

    def _telegram(
        self, meter: GridMeter, sensor: Sensor, second: int
    ) -> list[Publication]:
        if sensor.slot == _NET:
            net = meter.imported - meter.exported
            return self._fluksod.cosem(sensor, meter.power, net)
        if sensor.slot == _GAS:
            return self._fluksod.pulse(sensor, meter.gas * 1000, second * 1000)
        return []

    def _restart(self) -> None:
        self._fluksod = Fluksod()
        for pulses in self._pulses.values():
            pulses.drop_fraction()

    def _zero(self) -> None:
        self._fluksod = Fluksod()
        for clamp in self._clamps.values():
            clamp.reset()
        for pulses in self._pulses.values():
            pulses.reset()

    def _alter(self, configuration: Configuration) -> None:
        change_flm02(configuration)

    def _rewire(self) -> None:
        """Nothing is cached."""
