"""The windows of a demand meter from a P1 meter's own registers."""

import time
from typing import Any, Final, override

from homeassistant.core import CALLBACK_TYPE
from homeassistant.util import dt as dt_util

from ...core.demand.meters.register_meter import RegisterMeter
from ...core.demand.peaks.seeds import (
    SECONDS_PER_DAY,
    Seed,
    moved,
    moved_peak,
    running_seed,
    seeds,
)
from ...core.p1.month_maxima import month_maxima
from ...core.p1.readings import Telegram
from ...core.tariff.rule import Direction
from ...core.windows import month_of
from ..demand_source import StampedSource
from .hub import P1Hub

# Whose state it is, kept since one meter took the place of another.
_IDENTITY: Final = "identity"


class P1Source(StampedSource[P1Hub, RegisterMeter, Telegram]):
    """Windows as the meter counts them, and the month peaks that it keeps."""

    def __init__(
        self, hub: P1Hub, direction: Direction = Direction.IMPORT, since: int = 0
    ) -> None:
        """Measure by what a meter sends; it keeps demands of import alone.

        since: when it took the place of another, unix s, if it did.
        """
        super().__init__(hub, RegisterMeter(), hub.judge)
        self._since = since
        self._exports = direction is Direction.EXPORT
        self._zone = dt_util.get_default_time_zone()
        self._kept: object = None
        self._peak: tuple[int, float] | None = None

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
        self._meter = RegisterMeter(state=self._without_clock(kept))
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
        placed = self._placed(telegram.timestamp, time.time(), telegram)
        for moment, item in placed:
            if self._exports:
                self._measure_export(item, moment)
            else:
                self._measure(item, moment)

    def _measure(self, telegram: Telegram, moment: int) -> None:
        """Take what is drawn from the grid, and what the meter itself says of it."""
        by_host, ahead = self._judge.by_host, self._ahead
        month_peak = None if ahead is None else _month_peak(telegram)
        # Whether one of before the clock went wrong is meant is not known.
        news = not ahead or self._peak not in (None, month_peak)
        self._peak = month_peak
        if ahead and month_peak is not None:
            month_peak = moved_peak(month_peak, ahead, self._zone)
        windows = self._meter.telegram(
            moment,
            import_energy=telegram.energy_import.total,
            export_energy=telegram.energy_export.total,
            power=_net_power(telegram),
            # Its windows are not those of the host's clock.
            demand=None if by_host else telegram.demand,
            month_peak=month_peak if news and not by_host else None,
        )
        self._hand_on(windows, self._kept_peaks(telegram, moment, month_peak, ahead))

    def _measure_export(self, telegram: Telegram, moment: int) -> None:
        """Take what is fed into the grid for what is to be measured."""
        power = _net_power(telegram)
        windows = self._meter.telegram(
            moment,
            import_energy=telegram.energy_export.total,
            export_energy=telegram.energy_import.total,
            power=None if power is None else -power,
            demand=None,
            month_peak=None,
        )
        self._hand_on(windows)

    @property
    def _ahead(self) -> int | None:
        """How far the meter's stamps are ahead of the time of windows.

        None when that is not known, or so far that its months are not ours.
        """
        host, shift = self._judge.mode
        ahead = self._judge.offset if host else shift
        known = ahead is not None and abs(ahead) <= SECONDS_PER_DAY
        return ahead if known else None

    def _kept_peaks(
        self,
        telegram: Telegram,
        moment: int,
        month_peak: tuple[int, float] | None,
        ahead: int | None,
    ) -> list[Seed]:
        """Return the month peaks that the meter keeps, whenever they change.

        Of a clock that is wrong only those that are of the same month either way.
        """
        kept = (telegram.history, month_peak, ahead)
        if ahead is None or kept == self._kept:
            return []
        self._kept = kept
        maxima = month_maxima(telegram.history or (), self._zone)
        if ahead:
            maxima = moved(maxima, ahead, self._zone)
        found = seeds(maxima, moment, self._zone)
        if (running := running_seed(month_peak, moment, self._zone)) is not None:
            found.append(running)
        return [self._since_then(seed) for seed in found if seed.start >= self._since]

    def _since_then(self, seed: Seed) -> Seed:
        """Mark the peak of a month in which the meter took the place of another."""
        began = month_of(self._since, self._zone)
        return seed._replace(part=True) if seed.month == began else seed


def _month_peak(telegram: Telegram) -> tuple[int, float] | None:
    """Return the month's peak as the meter stamps the end of its window: unix s, kW."""
    peak = telegram.month_peak
    return None if peak is None else (int(peak.stamp.timestamp()), peak.demand)


def _net_power(telegram: Telegram) -> float | None:
    """Return import less export, kW."""
    if telegram.power_import is None:
        return None
    return telegram.power_import - (telegram.power_export or 0.0)
