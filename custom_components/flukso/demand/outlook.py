"""Windows that were, the one that runs and those to come, for scripts and optimisers."""

from collections.abc import Iterable, Mapping
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util.json import JsonObjectType, JsonValueType

from ..core.demand.powers.profile import PowerProfile
from ..core.tariff.forecast import MINUTE, mask
from ..core.tariff.rule import Calendar
from ..core.windows import WATTS_PER_KILOWATT, Window
from .attributes import profile_attributes, running_attributes, window_attributes
from .meter import DemandMeter


async def async_outlook(
    hass: HomeAssistant,
    meter: DemandMeter,
    windows: Iterable[Window],
    profiles: Mapping[int, PowerProfile],
    plan: tuple[int, int],
) -> JsonObjectType:
    """Return closed windows with their weights, the month peak, and EMHASS's inputs.

    `profiles`: those that are to be told, by the starts of their quarters. `plan`: the
    step and the horizon of EMHASS, minutes.
    """
    calendar = meter.tariff.calendar
    # There may be years of them.
    closed = await hass.async_add_executor_job(_closed, windows, profiles, calendar)
    peak = meter.month_peak_demand
    return {
        "windows": closed,
        "running": _running(meter),
        "month_peak": None if peak is None else round(peak, 3),
        "emhass": emhass(meter, *plan),
    }


def _closed(
    windows: Iterable[Window], profiles: Mapping[int, PowerProfile], calendar: Calendar
) -> list[JsonValueType]:
    return [
        {
            **window_attributes(window),
            "weight": calendar.weight(window.start),
            **profile_attributes(profiles, window),
        }
        for window in windows
    ]


def _running(meter: DemandMeter) -> JsonObjectType | None:
    running = meter.running
    if running is None:
        return None
    return {
        **running_attributes(running, meter.counts),
        "demand": round(running.demand, 3),
    }


def emhass(meter: DemandMeter, step: int, horizon: int) -> dict[str, Any]:
    """Return the runtime parameters of EMHASS for its capacity charge; W.

    Its time step is `step` minutes; `horizon` minutes ahead are masked. See EMHASS on
    demand charges.
    """
    seconds = step * MINUTE
    calendar = meter.tariff.calendar
    length = calendar.rule.window
    per_window = max(1, length // seconds)
    start = calendar.window_start(meter.source.now)
    history: list[float] = []
    if meter.running is not None:
        start = meter.running.start
        history = meter.ramp.mean_powers(length, seconds)[: per_window - 1]
    # Its first step to come follows those that are over.
    start += len(history) * seconds
    return {
        "capacity_charge_interval_timesteps": per_window,
        "current_period_peak": round(_highest(meter) * WATTS_PER_KILOWATT),
        "capacity_charge_current_interval_history": [
            round(power * WATTS_PER_KILOWATT) for power in history
        ],
        "capacity_charge_window": mask(calendar, start, seconds, horizon // step),
    }


def _highest(meter: DemandMeter) -> float:
    """Return what the highest window of the month counts for, kW."""
    windows = meter.memory.ledger.chosen(meter.month)
    scores = (meter.tariff.calendar.score(window) for window in windows)
    return max(meter.month_peak_demand or 0.0, *scores, 0.0)
