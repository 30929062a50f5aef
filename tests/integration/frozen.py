"""Frozen time that is cheap to ask for: a home asks some ten thousand times a test.

freezegun, as Home Assistant's plug-in patches it, looks up the stack and counts the
seconds from the calendar each time, and hashes all names of all modules for each test.
"""

import calendar
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
import sys
from types import FrameType, ModuleType

from freezegun import api
import pytest


def names_of(module: ModuleType) -> str:
    """Return what changes when a module gets a name or is another one."""
    return f"{id(module)}-{len(getattr(module, '__dict__', ()))}"


class Clock:
    """The frozen time in seconds; real time for modules that freezegun leaves alone."""

    def __init__(self) -> None:
        """Begin without a moment."""
        # One object: threads ask too.
        self._known: tuple[datetime | None, float] = (None, 0.0)
        self._left_alone: dict[tuple[tuple[str, ...], str], bool] = {}

    def fake_time(self) -> float:
        """Return what time.time() does; freezegun goes by the name."""
        return api.real_time() if self.is_real() else self._frozen()

    def fake_monotonic(self) -> float:
        """Return what time.monotonic() does; freezegun goes by the name."""
        return api.real_monotonic() if self.is_real() else self._frozen()

    def is_real(self) -> bool:
        """Tell whether the caller of a clock, or one of its callers, is left alone."""
        try:
            ignored = api.ignore_lists[-1]
        except IndexError:
            # Stopped by another thread meanwhile.
            return True
        frame: FrameType | None = sys._getframe(2)  # noqa: SLF001
        for _ in range(api.call_stack_inspection_limit):
            if frame is None:
                break
            name = frame.f_globals.get("__name__") or ""
            known = self._left_alone.get((ignored, name))
            if known is None:
                known = self._left_alone[ignored, name] = name.startswith(ignored)
            if known:
                return True
            frame = frame.f_back
        return False

    def _frozen(self) -> float:
        moment = api.get_current_time()
        known, seconds = self._known
        if moment is not known:
            seconds = calendar.timegm(moment.timetuple()) + moment.microsecond / 1e6
            self._known = moment, seconds
        return seconds


@contextmanager
def quick_frozen_time() -> Generator[None]:
    """Let time that is frozen meanwhile be told by a quicker clock."""
    clock = Clock()
    with pytest.MonkeyPatch.context() as patches:
        patches.setattr(api, "_get_module_attributes_hash", names_of)
        patches.setattr(api, "_should_use_real_time", clock.is_real)
        patches.setattr(api, "fake_time", clock.fake_time)
        patches.setattr(api, "fake_monotonic", clock.fake_monotonic)
        yield
