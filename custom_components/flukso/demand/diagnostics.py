"""What may be shown to others of a demand meter."""

from dataclasses import asdict
from typing import Any

from .meter import DemandMeter


def demand_diagnostics(meter: DemandMeter) -> dict[str, Any]:
    """Return the condition of a demand meter."""
    memory = meter.memory
    last = memory.last_window
    return {
        **meter.source.diagnostics,
        "profile": meter.tariff.key,
        "rule": meter.tariff.profile.rule.to_text(),
        "floor": meter.tariff.profile.floor,
        "bill": None if meter.bill is None else asdict(meter.bill),
        "goal": meter.goal,
        "alive": meter.alive,
        "coverage": None if meter.running is None else meter.running.coverage,
        "last_window": None if last is None else last.to_row(),
        "disagreements": [found._asdict() for found in memory.disagreements],
        "month_peaks": {
            month: {
                "demand": peak.demand,
                "source": peak.source.value,
                "exact": peak.exact,
                "marked_windows": memory.ledger.unseen(month),
            }
            for month, peak in sorted(memory.ledger.months.items())
        },
    }
