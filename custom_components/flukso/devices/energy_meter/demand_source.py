"""The windows of a demand meter from the entities of other integrations."""

import time
from typing import Any, override

from homeassistant.core import CALLBACK_TYPE
from homeassistant.util import dt as dt_util

from ...core.demand.meters.relayed_meter import RelayedMeter
from ...core.demand.peaks.seeds import observed_seed
from ...core.running import Running
from ..demand_source import MeterSource
from .hub import EnergyHub
from .readings import EnergyReport


class EnergySource(MeterSource[EnergyHub, RelayedMeter]):
    """Windows from counters and powers that somebody else reads."""

    def __init__(self, hub: EnergyHub) -> None:
        """Measure by what entities tell; a meter's own clock is not told."""
        super().__init__(hub, _new_meter(hub))
        self._zone = dt_util.get_default_time_zone()
        # The month peak without its stamp, to see when it changes.
        self._peak: float | None = None

    @property
    @override
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
        self._meter = _new_meter(self._hub, state.get("meter"))

    @override
    def state(self) -> dict[str, Any]:
        """Return what a restart needs to continue."""
        return {"meter": super().state(), "month_peak": self._peak}

    @override
    def running(self) -> Running | None:
        """Return the running window."""
        return self._meter.running(time.time())

    @override
    def _listen(self) -> CALLBACK_TYPE:
        return self._hub.on_report.add(self._on_report)

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
        self._hand_over(windows)
        if report.month_peak is not None:
            self._settle(*report.month_peak)

    def _settle(self, moment: float, peak: float) -> None:
        """Hand on a month peak when it changes: that tells which month it is of."""
        before, self._peak = self._peak, peak
        if before is None or before == peak:
            return
        seed = observed_seed(peak, moment, self._zone)
        if seed is not None:
            self._hand_over((), [seed])


def _new_meter(hub: EnergyHub, state: object = None) -> RelayedMeter:
    sources = hub.sources
    return RelayedMeter(hub.groups, net=sources.net or sources.phases, state=state)
