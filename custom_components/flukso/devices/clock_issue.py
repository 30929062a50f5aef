"""The repair that says what is wrong with the clock of a device."""

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from ..core.clock import ClockFault
from ..core.clock_judge import ClockJudge
from ..core.p1.watch import clock_fault
from ..device import FluksoConfigEntry
from ..helpers.issues import async_report, async_take_back
from ..helpers.listeners import Listeners


class ClockIssue:
    """Report while windows do not go by a device's clock as it is."""

    def __init__(
        self, hass: HomeAssistant, entry: FluksoConfigEntry, judge: ClockJudge
    ) -> None:
        """Watch the clock of an entry's device; start() begins to report."""
        self._hass = hass
        self._entry = entry
        self._judge = judge
        self._told: tuple[ClockFault, int | None] | None = None

    @callback
    def start(self, on_tick: Listeners[[]]) -> CALLBACK_TYPE:
        """Look now and then; returns what takes all back."""
        undo = on_tick.add(self._look)

        @callback
        def stop() -> None:
            undo()
            self._take_back()

        return stop

    @callback
    def _look(self) -> None:
        judge = self._judge
        if judge.undecided:
            return
        if (fault := judge.fault) is None:
            self._take_back()
            return
        before = None if self._told is None else self._told[1]
        seconds = clock_fault(judge.offset, before)
        if self._told != (fault, seconds):
            self._told = fault, seconds
            async_report(
                self._hass,
                self._issue_id,
                translation_key=fault,
                name=self._entry.title,
                seconds=None if seconds is None else f"{seconds:+}",
            )

    def _take_back(self) -> None:
        """Take back what was reported, not what was before a restart."""
        if self._told is not None:
            self._told = None
            async_take_back(self._hass, self._issue_id)

    @property
    def _issue_id(self) -> str:
        return f"clock_off_{self._entry.entry_id}"
