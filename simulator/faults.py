"""What can go wrong with a device, switched on and off by name."""

from collections.abc import Mapping
from typing import NamedTuple

from .settings import MODELS

FLM02 = ("FLM02A", "FLM02B")


class Kind(NamedTuple):
    """A fault: its effect in one line, how long it lasts by itself, who can have it."""

    text: str
    duration: int | None = None
    models: tuple[str, ...] = MODELS


FAULTS = {
    "silence": Kind("nothing is published; the device measures on"),
    "reboot": Kind(
        "retained messages vanish, nothing for the boot gap, fresh start", 60
    ),
    "clock-1970": Kind("the clock counts from 1970; FLM02 and kubes then stay silent"),
    "counter-reset": Kind("the wired counters start at zero again", 1),
    "config-change": Kind("renames, disables one, adds one, removes the kube"),
    "garbage": Kind("malformed, oversize and misplaced messages among the good ones"),
    "no-wan": Kind("enable_wan_branch is 0: no wired counters", models=FLM02),
}


class Change(NamedTuple):
    """A fault that begins or ends."""

    name: str
    begins: bool


class _Plan(NamedTuple):
    begin: int | None
    end: int | None
    duration: int | None


class Faults:
    """The faults of one device."""

    def __init__(self, model: str, kinds: Mapping[str, Kind] = FAULTS) -> None:
        """Start without any; `kinds` are those that there are."""
        self._model = model
        self._kinds = kinds
        self._plans: dict[str, _Plan] = {}
        self._since: dict[str, int] = {}

    def start(
        self, name: str, *, at: int | None = None, duration: int | None = None
    ) -> None:
        """Begin a fault at the next step, or at a second, for so many seconds."""
        kind = self._kinds.get(name)
        if kind is None:
            raise ValueError(f"unknown fault {name}, known: {', '.join(self._kinds)}")
        if self._model not in kind.models:
            raise ValueError(f"the {self._model} cannot have the fault {name}")
        lasts = kind.duration if duration is None else duration
        self._plans[name] = _Plan(at, None, lasts)

    def stop(self, name: str) -> None:
        """End a fault at the next step; one that is not on is no error."""
        if name in self._since:
            self._plans[name] = _Plan(None, 0, None)
        else:
            self._plans.pop(name, None)

    def since(self, name: str) -> int | None:
        """Return the second at which a fault began, None when it is off."""
        return self._since.get(name)

    def turn(self, second: int) -> list[Change]:
        """Move on to a second; return what begins and ends with it."""
        changes: list[Change] = []
        for name, (begin, end, duration) in list(self._plans.items()):
            if end is not None and second >= end:
                del self._plans[name]
                if self._since.pop(name, None) is not None:
                    changes.append(Change(name, begins=False))
            elif end is None and (begin is None or second >= begin):
                self._settle(name, second, duration)
                changes.append(Change(name, begins=True))
        return changes

    def _settle(self, name: str, second: int, duration: int | None) -> None:
        self._since[name] = second
        if duration is None:
            del self._plans[name]
        else:
            self._plans[name] = _Plan(None, second + duration, None)
