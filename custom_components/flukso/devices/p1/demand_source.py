"""The windows of a demand meter from a P1 meter's own registers."""

from typing import Any, Final, override

from homeassistant.core import CALLBACK_TYPE
from homeassistant.util import dt as dt_util

from ...core.demand.meters.register_meter import RegisterMeter
from ...core.demand.peaks.seeds import Seed, running_seed, seeds
from ...core.p1.month_maxima import month_maxima
from ...core.p1.readings import Telegram
from ...core.tariff.rule import Direction
from ...core.windows import month_of
from ..demand_source import MeterSource
from .hub import P1Hub

# Whose state it is, kept since one meter took the place of another.
_IDENTITY: Final = "identity"


class P1Source(MeterSource[P1Hub, RegisterMeter]):
    """Windows as the meter counts them, and the month peaks that it keeps."""

    def __init__(
        self, hub: P1Hub, direction: Direction = Direction.IMPORT, since: int = 0
    ) -> None:
        """Measure by what a meter sends; it keeps demands of import alone.

        since: when it took the place of another, unix s, if it did.
        """
        super().__init__(hub, RegisterMeter())
        self._since = since
        self._exports = direction is Direction.EXPORT
        self._zone = dt_util.get_default_time_zone()
        self._kept: object = None

    @property
    @override
    def alive(self) -> bool:
        """Whether telegrams come in."""
        return self._hub.alive

    @property
    def diagnostics(self) -> dict[str, Any]:
        """Where the meter's registers contradicted its totals."""
        corrected = self._meter.corrected
        return {
            "doubts": self._meter.doubts,
            "corrected": None if corrected is None else corrected._asdict(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from a state, if it fits; what another meter counted ends there."""
        meter = state.get(_IDENTITY)
        kept = {key: item for key, item in state.items() if key != _IDENTITY}
        self._meter = RegisterMeter(state=kept)
        if self._since and meter != self._hub.meter:
            self._meter.exchange()

    @override
    def state(self) -> dict[str, Any]:
        """Return what a restart needs to continue."""
        state = super().state()
        return {**state, _IDENTITY: self._hub.meter} if self._since else state

    @override
    def _listen(self) -> CALLBACK_TYPE:
        """Listen to the telegrams.

        Month peaks come with the windows of their telegram: one that ends a month
        brings the meter's word on it.
        """
        return self._hub.on_telegram.add(self._on_telegram)

    def _on_telegram(self, telegram: Telegram) -> None:
        # Meters before DSMR 4 send no time of their own.
        stamp = self.now if telegram.timestamp is None else telegram.timestamp
        if not self._clock.follow(stamp):
            return
        if self._exports:
            self._measure_export(telegram, stamp)
            return
        peak = telegram.month_peak
        month_peak = (
            None if peak is None else (int(peak.stamp.timestamp()), peak.demand)
        )
        windows = self._meter.telegram(
            stamp,
            import_energy=telegram.energy_import.total,
            export_energy=telegram.energy_export.total,
            power=_net_power(telegram),
            demand=telegram.demand,
            month_peak=month_peak,
        )
        self._hand_over(windows, self._kept_peaks(telegram, stamp, month_peak))

    def _measure_export(self, telegram: Telegram, stamp: int) -> None:
        """Take what is fed into the grid for what is to be measured."""
        power = _net_power(telegram)
        windows = self._meter.telegram(
            stamp,
            import_energy=telegram.energy_export.total,
            export_energy=telegram.energy_import.total,
            power=None if power is None else -power,
            demand=None,
            month_peak=None,
        )
        self._hand_over(windows)

    def _kept_peaks(
        self, telegram: Telegram, stamp: int, month_peak: tuple[int, float] | None
    ) -> list[Seed]:
        """Return the month peaks that the meter keeps, whenever they change."""
        kept = (telegram.history, month_peak)
        if kept == self._kept:
            return []
        self._kept = kept
        maxima = month_maxima(telegram.history or (), self._zone)
        found = seeds(maxima, stamp, self._zone)
        if (running := running_seed(month_peak, stamp, self._zone)) is not None:
            found.append(running)
        return [self._since_then(seed) for seed in found if seed.start >= self._since]

    def _since_then(self, seed: Seed) -> Seed:
        """Mark the peak of a month in which the meter took the place of another."""
        began = month_of(self._since, self._zone)
        return seed._replace(part=True) if seed.month == began else seed


def _net_power(telegram: Telegram) -> float | None:
    """Return import less export, kW."""
    if telegram.power_import is None:
        return None
    return telegram.power_import - (telegram.power_export or 0.0)
