"""What a person has to mend about a P1 meter, its port or its clock."""

import time
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ...core.clock import ClockChoice, ClockFault
from ...core.p1.readings import DroppedField, FieldFault
from ...core.p1.watch import Fault, Watch, clock_fault
from ...device import FluksoConfigEntry
from ...helpers.issues import async_report, async_take_back
from .exchange import fix_data, owner_of
from .hub import P1Hub
from .titles import title_of

STAMP_CODE: Final = "0-0:1.0.0"


class P1Issues:
    """Report what is wrong while it is, and take it back when it is not any more."""

    def __init__(
        self, hass: HomeAssistant, entry: FluksoConfigEntry, hub: P1Hub
    ) -> None:
        """Watch the meter of an entry from now on; start() begins to report."""
        self._hass = hass
        self._entry = entry
        self._hub = hub
        self._watch = Watch(time.monotonic(), dt_util.get_default_time_zone())
        # What was reported, by the first part of its id.
        self._told: dict[Fault, tuple[Fault | ClockFault, int | str | None]] = {}

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Look whenever the meter is shown anew; returns what takes all back."""
        undos = (self._hub.on_tick.add(self._look), self._hub.on_status.add(self._look))

        @callback
        def stop() -> None:
            for undo in undos:
                undo()
            for kind in tuple(self._told):
                self._take_back(kind)

        return stop

    @callback
    def _look(self) -> None:
        hub, now = self._hub, time.monotonic()
        self._look_for_others()
        self._look_for_telegrams(now)
        if hub.telegram is None:
            return
        fault = self._watch.registers(hub.telegram, hub.telegrams, now)
        self._report(Fault.NO_DEMAND_REGISTERS, fault)
        self._look_at_clock()

    def _look_for_telegrams(self, now: float) -> None:
        """Report that nothing is heard, or nothing that can be read."""
        hub, fault = self._hub, None
        silent = self._watch.silent(hub.telegrams, now)
        if hub.strangers.other is None:
            if hub.strangers.locked(now):
                fault = Fault.METER_ENCRYPTS
            elif silent:
                fault = Fault.NO_TELEGRAM
        for kind in (Fault.METER_ENCRYPTS, Fault.NO_TELEGRAM):
            self._report(kind, kind if kind is fault else None)

    def _look_at_clock(self) -> None:
        """Report what is wrong with the clock, once that is known."""
        judge = self._hub.judge
        if judge.undecided:
            return
        _, told = self._told.get(Fault.CLOCK_OFF, (None, None))
        before = told if isinstance(told, int) else None
        fault: Fault | ClockFault | None = judge.fault
        if fault is None and judge.mode.host and self._names_no_time():
            fault = ClockFault.UNSET
        if fault is not None:
            seconds = clock_fault(judge.offset, before)
        elif judge.mode.host:
            seconds = None
        else:
            seconds = clock_fault(self._hub.clock_offset, before)
            fault = None if seconds is None else Fault.CLOCK_OFF
        self._report(Fault.CLOCK_OFF, fault, seconds)

    def _names_no_time(self) -> bool:
        """Tell whether the stamp of the telegram is none: a clock that began in 1970."""
        telegram, chosen = self._hub.telegram, self._hub.judge.choice
        if telegram is None or chosen is ClockChoice.HOME_ASSISTANT:
            return False
        dropped = DroppedField(STAMP_CODE, FieldFault.STAMP)
        return telegram.stamp is None and dropped in telegram.dropped

    def _look_for_others(self) -> None:
        """Report who answers instead of the meter."""
        hub, entry = self._hub, self._entry
        if (other := hub.strangers.other) is None:
            self._take_back(Fault.OTHER_METER)
            return
        known = owner_of(self._hass, other.meter)
        fault = Fault.OTHER_METER if known is None else Fault.OTHER_METER_KNOWN
        if self._told.get(Fault.OTHER_METER) == (fault, other.meter):
            return
        self._told[Fault.OTHER_METER] = fault, other.meter
        async_report(
            self._hass,
            self._issue_id(Fault.OTHER_METER),
            translation_key=fault,
            fix=fix_data(entry, other) if known is None else None,
            name=entry.title,
            other=title_of(other.meter) if known is None else known.title,
        )

    def _report(
        self, kind: Fault, fault: Fault | ClockFault | None, seconds: int | None = None
    ) -> None:
        """Let the repair of a kind speak of this fault, None for none."""
        if fault is None:
            self._take_back(kind)
        elif self._told.get(kind) != (fault, seconds):
            self._told[kind] = fault, seconds
            async_report(
                self._hass,
                self._issue_id(kind),
                translation_key=fault,
                name=self._entry.title,
                seconds=None if seconds is None else f"{seconds:+}",
            )

    def _take_back(self, kind: Fault) -> None:
        """Take back what was reported.

        Not what was reported before a restart: that would forget that it is ignored.
        """
        if self._told.pop(kind, None) is not None:
            async_take_back(self._hass, self._issue_id(kind))

    def _issue_id(self, kind: Fault) -> str:
        return f"{kind}_{self._entry.entry_id}"
