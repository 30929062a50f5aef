"""How long to wait before the next attempt."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Backoff:
    """Double the delay after each failure, up to a cap; seconds."""

    first: float = 1.0
    cap: float = 300.0
    _delay: float = field(default=0.0, init=False)

    def next(self) -> float:
        """Return the delay before the next attempt."""
        self._delay = min(self._delay * 2 or self.first, self.cap)
        return self._delay

    def reset(self) -> None:
        """Begin again with the first delay."""
        self._delay = 0.0
