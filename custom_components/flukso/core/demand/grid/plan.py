"""Which sensors measure a grid connection, and how they are combined."""

from dataclasses import dataclass

from ...counters.limits import CARRIED, Limit


@dataclass(frozen=True, slots=True)
class SourcePlan:
    """The sensors of a grid connection.

    `net`: the counters may run backwards (P1 through an FLM02). `max_gap` s: the
    longest time between two signs of life that counts as seen. `limit`: what a step
    of a counter can be at most.
    """

    imports: tuple[str, ...]
    exports: tuple[str, ...] = ()
    net: bool = False
    max_gap: float = 15.0
    limit: Limit = CARRIED

    @property
    def groups(self) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
        """Return the imports and exports that have to be netted together.

        A single import sensor is net of its phases already, and a net counter of its
        export: what else is exported is not subtracted.
        """
        if self.net:
            return [(self.imports, ())]
        if self.exports and len(self.imports) > 1:
            return [(self.imports, self.exports)]
        return [((sensor,), ()) for sensor in self.imports]

    @property
    def sensors(self) -> frozenset[str]:
        """Return the sensors without which the import is not known."""
        return frozenset(
            sensor for imports, exports in self.groups for sensor in imports + exports
        )

    def to_list(self) -> list[object]:
        """Return what makes a stored state fit this plan."""
        return [list(self.imports), list(self.exports), self.net]
