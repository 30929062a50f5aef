"""Turn a stream of readings into one value per interval."""

from typing import Final

# FLM02 reports pulses once per second and the network adds its share.
_REPORTING_DELAY: Final = 2.0
_SHORTEST_MEMORY: Final = 300.0
_EXPECTED_INTERVALS: Final = 4.0


class Mean:
    """Average what arrives."""

    def __init__(self) -> None:
        """Start empty."""
        self._sum = 0.0
        self._count = 0

    def add(self, value: float) -> None:
        """Take one value in."""
        self._sum += value
        self._count += 1

    def take(self) -> float | None:
        """Return the mean since the last take; None when nothing arrived."""
        if not self._count:
            return None
        mean = self._sum / self._count
        self._sum, self._count = 0.0, 0
        return mean


class Latest:
    """Keep the last of what arrives."""

    def __init__(self) -> None:
        """Start empty."""
        self._value: float | None = None

    def add(self, value: float) -> None:
        """Take one value in."""
        self._value = value

    def take(self) -> float | None:
        """Return the last value since the last take; None when nothing arrived."""
        value, self._value = self._value, None
        return value


class PulseFlow:
    """Let a flow that is published per pulse fall when the pulses stay away.

    A device says nothing when a flow stops: FLM02 even retains the last gauge. After
    a silence of Δt seconds the true flow is at most one pulse per Δt.
    """

    def __init__(self, pulse_size: float | None, per_second: float = 1.0) -> None:
        """Set the size of a pulse, None when unknown.

        `per_second` is the shown flow of one unit of pulse size per second: 3600 for
        Wh per pulse shown in W.
        """
        self._pulse = None if pulse_size is None else pulse_size * per_second
        self._published: float | None = None
        self._at = 0.0

    def add(self, value: float, at: float) -> None:
        """Take a published flow in, in the shown unit, at `at` seconds."""
        self._published = value
        self._at = at

    def value_at(self, now: float) -> float | None:
        """Return what the flow can still be at `now`; None before the first."""
        if self._published is None or self._published <= 0:
            return self._published
        if (silence := now - self._at) >= self._memory(self._published):
            return 0.0
        if self._pulse is None or silence <= _REPORTING_DELAY:
            return self._published
        return min(self._published, self._pulse / (silence - _REPORTING_DELAY))

    def _memory(self, flow: float) -> float:
        """Return the seconds of silence after which the flow counts as stopped."""
        if self._pulse is None:
            return _SHORTEST_MEMORY
        return max(_SHORTEST_MEMORY, _EXPECTED_INTERVALS * self._pulse / flow)
