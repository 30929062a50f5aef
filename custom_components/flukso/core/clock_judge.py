"""Judge which clock windows go by: a device's where it can be believed, or the host's.

A device stamps what it sends, the host knows when it came. From both follows by how much
the device's clock is ahead, and whether that stays. Times are unix s of the host, unless
they are called stamps.
"""

from typing import Final

from .clock import (
    ANY_PHASE,
    FEWEST,
    JITTER,
    PACE,
    SOON,
    ClockChoice,
    ClockFault,
    Mode,
    Run,
    limit_of,
    phase_of,
    shift_of,
)
from .stored import amount, flag, number, optional_moment, record, seconds
from .windows import QUARTER

# So long may it take to see what a clock does; one that is right may stand so long, s.
LONG: Final = 60.0
STILL: Final = 120.0
# A clock that fails again has to be right for so many times longer, up to this, s.
DISTRUST: Final = 4
LONGEST: Final = 6 * 3600.0
FORGIVEN: Final = 86400.0
# Where the host's clock rules, stamps that run evenly stand for it within this, s.
SLACK: Final = 5
# Neither Fluksometers nor digital meters tell of the time before 2010.
UNSET_BEFORE: Final = 1_262_304_000
# Into the next window a meter still shows the last one's ramp for no longer, s.
HOLD: Final = 30


class ClockJudge:
    """Judges the clock of a device, and tells the times that its stamps stand for.

    `undecided`: stamps do not fit what is believed, and it takes a few more to know what
    they mean.
    """

    def __init__(self, choice: ClockChoice = ClockChoice.AUTOMATIC) -> None:
        """Believe a clock until it turns out to be wrong."""
        self.choice = choice
        self.mode = Mode(choice is ClockChoice.HOME_ASSISTANT, 0)
        self.phase_known = False
        self.undecided = False
        # How far ahead the device is, beyond what is taken off, and may be.
        self._lead = 0.0
        self._limit = limit_of(0, choice)
        # The newest stamp and when it came; the last one and when it came first.
        self._newest: int | None = None
        self._risen = 0.0
        self._before: int | None = None
        self._moved = 0.0
        # The readings that do not fit, since when; or those while the host's clock rules.
        self._doubted: float | None = None
        # How many more of them there are than readings that fit, and when the last came.
        self._doubts = 0
        self._paced = 0.0
        self._run = Run()
        self._steady: int | None = None
        self._stands = False
        self._patience = LONG
        # Since when the device's clock rules, if it did not always.
        self._right: float | None = None
        self._begins: float | None = None

    @property
    def by_host(self) -> bool:
        """Whether windows begin when the host's clock says so."""
        return self.mode.host and not self.phase_known

    @property
    def plain(self) -> bool:
        """Whether the device's clock rules as it is, and never failed."""
        return self.mode == (False, 0) and self._right is None and not self.undecided

    @property
    def offset(self) -> int | None:
        """By how much stamps are ahead, None while that changes."""
        if self.mode.host:
            return self._steady
        return self.mode.shift + round(self._lead)

    @property
    def fault(self) -> ClockFault | None:
        """What is wrong with the clock, None where it rules as it is."""
        if not self.mode.host:
            return ClockFault.SHIFTED if self.mode.shift else None
        if self.choice is ClockChoice.HOME_ASSISTANT or self._before is None:
            return None
        if self.phase_known:
            return ClockFault.REGISTER
        if self._before < UNSET_BEFORE:
            return ClockFault.UNSET
        if self._steady is not None:
            return ClockFault.WRONG
        return ClockFault.STANDS if self._stands else ClockFault.JUMPS

    def now(self, wall: float) -> int:
        """Return the time that windows go by, at a moment of the host."""
        host, shift = self.mode
        return int(wall) + shift if host else int(wall + self._lead)

    def is_late(self, stamp: int | None, wall: float) -> bool:
        """Tell whether a stamp of a clock that rules came long after its moment."""
        host, shift = self.mode
        return stamp is not None and not host and stamp - wall - shift < -self._limit

    def time(self, stamp: int | None, wall: float) -> int | None:
        """Return the time that a stamp stands for, None if it cannot be a true one."""
        host, shift = self.mode
        if stamp is None:
            return self.now(wall)
        if not host:
            return stamp - shift if stamp - wall - shift <= self._limit else None
        steady = self._steady
        if steady is not None and abs(stamp - wall - steady) <= JITTER:
            return stamp - steady + shift
        return int(wall) + shift

    def note(self, stamp: int | None, wall: float) -> None:
        """Take the stamp of a reading that came at `wall`; None if it has none."""
        if stamp is None:
            self._unstamped(wall)
            return
        host, shift = self.mode
        if host:
            self._watch(stamp, wall)
            return
        lead = stamp - wall - shift
        if -self._limit <= lead <= self._limit:
            newest = self._newest
            if newest is None or stamp > newest:
                self._newest, self._risen = stamp, wall
            if wall - self._risen <= STILL:
                self._lead = lead
                if self._doubts:
                    self._agree()
                return
        self._doubt(stamp, wall)

    def began(self, stamp: int | None, wall: float) -> None:
        """Take that the demand register began anew with a reading, which was noted.

        Stamps that ran evenly and are just past a quarter then are those of the windows.
        Without such stamps, two of these moments tell when windows begin.
        """
        if not self.mode.host or self.choice is not ClockChoice.AUTOMATIC:
            return
        lead = self._run.lead
        even = self._steady is not None and self._run.lasts(self._patience)
        if stamp is not None and even and stamp % QUARTER <= HOLD:
            shift = round(lead / QUARTER) * QUARTER
            self._follow_device(shift, lead, stamp, wall)
            self._limit = ANY_PHASE
            return
        last, self._begins = self._begins, wall
        if last is not None and abs(wall - last - QUARTER) <= JITTER:
            shift = phase_of(wall)
            if not self.phase_known or abs(shift - self.mode.shift) > SLACK:
                self.mode = Mode(host=True, shift=shift)
            self.phase_known = True

    def _unstamped(self, wall: float) -> None:
        """Go by the host's clock when the device tells no time, or none any more."""
        if self.mode.host:
            self._run = Run()
            self._steady = None
        elif self._newest is self._before is None or wall - self._risen > LONG:
            self._follow_host(wall)

    def _agree(self) -> None:
        """Let what did not fit have been late or wrong, if that is not most of it."""
        self.undecided = False
        self._doubts -= 1
        if not self._doubts:
            self._calm()

    def _calm(self) -> None:
        """Have no doubt."""
        self.undecided = False
        self._doubts = 0
        self._doubted = None
        self._run = Run()

    def _doubt(self, stamp: int, wall: float) -> None:
        """Take a stamp that does not fit, and see whether several agree."""
        self.undecided = True
        if self._doubted is None or wall < self._doubted:
            self._doubted = self._paced = wall
            self._doubts = 1
        elif wall - self._paced >= PACE:
            self._paced = wall
            self._doubts += 1
        self._notice(stamp, wall)
        self._run.add(stamp, wall)
        stands = wall - self._moved >= SOON
        if not stands and self._run.lasts():
            shift = shift_of(self._run.lead, self.choice)
            if shift is None:
                self._follow_host(wall)
            else:
                self._follow_device(shift, self._run.lead, stamp, wall)
        elif stands or (wall - self._doubted >= LONG and self._doubts >= FEWEST):
            self._follow_host(wall)

    def _notice(self, stamp: int, wall: float) -> None:
        """See whether the clock moves at all, from the first reading of this run on."""
        if stamp != self._before or not 0 < self._moved <= wall:
            self._before, self._moved = stamp, wall

    def _follow_device(self, shift: int, lead: float, stamp: int, wall: float) -> None:
        """Let the device's clock rule, less what is taken off."""
        if self.mode.host:
            self._right = wall
        self.mode = Mode(host=False, shift=shift)
        self._limit = limit_of(shift, self.choice)
        self._lead = lead - shift
        self._newest = self._before = stamp
        self._risen = self._moved = wall
        self.phase_known = False
        self._begins = None
        self._calm()

    def _follow_host(self, wall: float) -> None:
        """Let the host's clock rule, and what just ran evenly stand for it."""
        right = self._right
        if right is not None:
            again = wall - right <= FORGIVEN
            self._patience = min(self._patience * DISTRUST, LONGEST) if again else LONG
        run = self._run
        self.mode = Mode(host=True, shift=0)
        self._calm()
        self._stands = wall - self._moved >= SOON
        self._steady = None
        if run.lasts():
            self._run = run
            self._steady = round(run.lead)

    def _watch(self, stamp: int, wall: float) -> None:
        """See what a clock does that does not rule, and let it rule once it is right."""
        self._notice(stamp, wall)
        self._stands = wall - self._moved >= SOON
        run = self._run
        if not run.add(stamp, wall):
            self._steady = None
            return
        if self._stands or not run.lasts():
            return
        if self._steady is None or abs(run.lead - self._steady) > SLACK:
            self._steady = round(run.lead)
        if self.choice is ClockChoice.HOME_ASSISTANT or not run.lasts(self._patience):
            return
        shift = shift_of(run.lead, self.choice)
        if shift is not None:
            self._follow_device(shift, run.lead, stamp, wall)

    def to_dict(self) -> dict[str, object]:
        """Return what a restart needs, JSON-able."""
        return {
            "host": self.mode.host,
            "shift": self.mode.shift,
            "phase_known": self.phase_known,
            "limit": self._limit,
            "lead": self._lead,
            "steady": self._steady,
            "stamp": self._before if self.mode.host else self._newest,
            "patience": self._patience,
            "right": self._right,
        }

    def restore(self, data: object) -> None:
        """Go on from what was stored, under the present choice; ValueError if damaged."""
        stored = record(data, KEYS)
        host, shift = flag(stored["host"]), seconds(stored["shift"])
        steady, stamp = stored["steady"], stored["stamp"]
        known = flag(stored["phase_known"])
        limit, lead = seconds(stored["limit"]), number(stored["lead"])
        patience, right = amount(stored["patience"]), optional_moment(stored["right"])
        steady = None if steady is None else seconds(steady)
        self._before = None if stamp is None else seconds(stamp)
        self._patience, self._right = patience, right
        if self.choice is ClockChoice.HOME_ASSISTANT:
            host, known, shift = True, False, 0
        self.mode, self.phase_known = Mode(host, shift), known
        self._limit, self._lead, self._steady = limit, lead, steady
        if self.choice is ClockChoice.METER:
            self._limit = ANY_PHASE


KEYS = frozenset(ClockJudge().to_dict())
