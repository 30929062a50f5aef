"""The windows of a demand meter from the entities of other integrations."""

import time
from typing import Any

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.util import dt as dt_util

from ...core.demand.meters.relayed_meter import RelayedMeter
from ...core.demand.peaks.seeds import observed_seed
from ...core.demand.powers.profile import PowerProfile
from ...core.running import Running
from ...demand.source import OnClosed
from .book import EnergyReport
from .hub import EnergyHub


class EnergySource:
    """Windows from counters and powers that somebody else reads."""

    recorded = None

    def __init__(self, hub: EnergyHub) -> None:
        """Measure by what entities tell."""
        self.on_tick = hub.on_tick
        self._hub = hub
        self._zone = dt_util.get_default_time_zone()
        self._meter = self._new_meter(None)
        # The month peak without its stamp, to see when it changes.
        self._peak: float | None = None
        self._on_closed: OnClosed | None = None

    @property
    def registry_id(self) -> str | None:
        """The device of the first counter, if it belongs to one."""
        return self._hub.device_id

    @property
    def now(self) -> int:
        """The time of Home Assistant: a meter's own is not told."""
        return int(time.time())

    @property
    def alive(self) -> bool:
        """Whether all that is needed is told."""
        return self._hub.alive

    @property
    def diagnostics(self) -> dict[str, Any]:
        """How fast the counters are; without their names."""
        return {
            "paces": list(self._meter.paces.values()),
            "doubts": self._meter.doubts,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from a state, if it fits."""
        peak = state.get("month_peak")
        self._peak = peak if isinstance(peak, float) else None
        self._meter = self._new_meter(state.get("meter"))

    def state(self) -> dict[str, Any]:
        """Return what a restart needs to continue."""
        return {"meter": self._meter.state(), "month_peak": self._peak}

    def running(self) -> Running | None:
        """Return the running window."""
        return self._meter.running(time.time())

    def profile(self, start: int, energy: float | None = None) -> PowerProfile | None:
        """Return the powers of a quarter."""
        return self._meter.profile(start, energy)

    @callback
    def start(self, on_closed: OnClosed) -> CALLBACK_TYPE:
        """Listen to what is told; returns what stops it."""
        self._on_closed = on_closed
        return self._hub.on_report.add(self._on_report)

    def _new_meter(self, state: object) -> RelayedMeter:
        sources = self._hub.sources
        return RelayedMeter(
            self._hub.groups, net=sources.net or sources.phases, state=state
        )

    def _on_report(self, report: EnergyReport) -> None:
        windows = [
            window
            for group, (moment, energy) in report.totals.items()
            for window in self._meter.counter(group, moment, energy)
        ]
        if report.power is not None:
            windows += self._meter.power(*report.power)
        if report.register is not None:
            moment, energy, demand = report.register
            self._meter.demand(int(moment), energy, demand)
        if windows and self._on_closed is not None:
            self._on_closed(windows)
        if report.month_peak is not None:
            self._settle(*report.month_peak)

    def _settle(self, moment: float, peak: float) -> None:
        """Hand on a month peak when it changes: that tells which month it is of."""
        before, self._peak = self._peak, peak
        if before is None or before == peak or self._on_closed is None:
            return
        seed = observed_seed(peak, moment, self._zone)
        if seed is not None:
            self._on_closed((), [seed])
