"""One sensor of an FLM02 that is read over HTTP, as it is shown."""

from dataclasses import dataclass, field
from typing import Final

from ...core.fluksometer.channels import Channel
from ...core.fluksometer.live_reading import DECIMALS
from ...core.fluksometer.rest.sensors import RestKind, RestSensor
from ...core.fluksometer.rest.series import Run, Series, SeriesTrack, amount_of, mean_of
from ...core.smoothing import PulseFlow
from ...core.stored import amount, entries
from ...helpers.listeners import Listeners

# Clamps speak every second, the P1 port every ten; pulses may stay away, s.
SILENCE: Final = 30.0


@dataclass(slots=True, eq=False)
class RestReading:
    """What is known of a sensor: its power or flow, and what that has come to.

    `gauge` and `counter`: how both are shown, in which units. `offered`: whether the
    device still has the sensor. `told`: when it last told something new, host's time.
    """

    sensor: RestSensor
    gauge: Channel
    counter: Channel
    since: float
    shown: float | None = None
    total: float = 0.0
    shown_total: float = 0.0
    offered: bool = True
    told: float | None = None
    was_silent: bool = False
    listeners: Listeners[[]] = field(default_factory=Listeners)
    _track: SeriesTrack = field(default_factory=SeriesTrack)
    _flow: PulseFlow = field(default_factory=lambda: PulseFlow(None))

    def take(self, series: Series, asked: float, now: float) -> tuple[Run, ...]:
        """Take an answer; return what is new in it."""
        self.offered = True
        runs = self._track.take(series, asked, now)
        if runs:
            self.told = now
            self._flow.add(runs[-1].value, now)
            self.total += self._counted(amount_of(runs))
        self._show(runs, now)
        return runs

    def _show(self, runs: tuple[Run, ...], now: float) -> None:
        """Show the mean of what is new; a flow falls when the pulses stay away."""
        clamp = self.sensor.kind is RestKind.ELECTRICITY
        value = mean_of(runs) if clamp else self._flow.value_at(now)
        if value is not None:
            factor = self.gauge.row.units[self.sensor.kind.unit].factor
            self.shown = round(value * factor, DECIMALS)

    def _counted(self, amount: float) -> float:
        """Return value times seconds in the unit of the counter."""
        row = self.counter.row
        units = amount * self.sensor.kind.per_second
        return units * row.units[row.default_unit].factor

    def refresh_total(self) -> None:
        """Show what has been counted."""
        self.shown_total = round(self.total, DECIMALS)

    def silent(self, now: float, pause: float) -> bool:
        """Tell whether it says nothing, asked with pauses of so many seconds."""
        if not self.offered:
            return True
        if self.sensor.kind is not RestKind.ELECTRICITY:
            return False
        heard = self.since if self.told is None else self.told
        return now - heard > SILENCE + pause

    def to_row(self) -> list[object]:
        """Return what a restart needs."""
        return [self.total, self._track.to_row()]

    def restore(self, row: object) -> None:
        """Take what was stored; ValueError when it cannot be used."""
        total, track = entries(row, 2)
        self._track = SeriesTrack(track)
        self.total = amount(total)
        self.refresh_total()
