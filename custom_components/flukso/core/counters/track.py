"""Which readings of a cumulative counter are believed, and what they come to.

A reading is believed when the next ones agree with it:

* At once, where it goes on from the last believed one by no more than the connection
  can carry in the time since. After a silence that is much.
* Below the highest believed value nothing is counted: the fall is held. When that
  value is passed again, what is beyond it was counted in the whole time since it was
  believed. So a dip of any depth and length loses nothing and invents nothing.
* A rise beyond what can be carried is held, too.
* What is held is taken over when it has stayed: when readings have gone on from there,
  none of them below its first, for longer than any dip. It is a rebase then, not
  consumption. A counter that begins anew at nothing and counts is one of the known
  ones, and is taken over sooner; one that stands still may have got stuck, and later.
  Until then the last believed value stands, and a return to it ends what was held.
* Should a fall that was taken over come back all the same, what it had fallen by is
  not counted as consumption.
* The first reading of all is believed, but not relied on: two that agree outweigh it.
* A net counter may fall: a step either way is real as far as the power beside it
  agrees, or else as far as the connection can carry it.

Units are those of the counter: kWh, m3, ... Times are unix s.
"""

from ..stored import Damaged, entries, flag, moment, number
from .falls import Fall, noted, returned
from .held import AGREEING, COUNTED, Held
from .limits import CARRIED, NOISE, SAMPLED, WRAP, Limit, believable, wrapped
from .steps import FIRST, STALE, Step, StepKind

# A stamp this much older than the last is a clock that was set, not a late message, s.
CLOCK_STEP = 60.0
# What was held goes on after a dip, where it rose by no more than this share of what
# can be carried.
RESUMED = 0.3
# What a counter rises by while its clock is set back, it may have counted in a day, s.
UNKNOWN_TIME = 86400.0


class CounterTrack:
    """The believed reading of one counter, and what is held against it.

    `net`: it may run backwards. `wrap`: where it begins at zero again, 0 for nowhere.
    `retells`: what counted while it was held can be told again. `time` is when `value`
    was believed last, None before the first reading.
    """

    __slots__ = (
        "_falls",
        "_fresh",
        "_held",
        "_retells",
        "_untold",
        "limit",
        "net",
        "time",
        "value",
        "wrap",
    )

    def __init__(
        self,
        *,
        net: bool = False,
        limit: Limit = CARRIED,
        wrap: float = WRAP,
        retells: bool = False,
    ) -> None:
        """Start without a reading."""
        self._retells = retells
        self._untold: list[tuple[float, float]] | None = None
        self.net = net
        self.limit = limit
        self.wrap = wrap
        self.time: float | None = None
        self.value = 0.0
        self._fresh = True
        self._held: Held | None = None
        # Falls that did not come back so far, the latest last.
        self._falls: tuple[Fall, ...] = ()

    @property
    def newest(self) -> float:
        """Return when the latest reading was told, 0 before the first."""
        return (self.time or 0.0) if self._held is None else self._held.time

    @property
    def doubtful(self) -> bool:
        """Tell whether the latest reading is held."""
        return self._held is not None

    def step(self, timestamp: float, value: float, told: float | None = None) -> Step:
        """Take the next reading and return the step to it.

        `told`: what the power beside a net counter says of the time since the last.
        """
        before = self.time
        if before is None:
            self.time, self.value = timestamp, value
            return FIRST
        energy = value - self.value
        elapsed = timestamp - before
        limit = self.limit
        if (
            self._held is None
            and elapsed > 0
            and energy >= 0
            and not self._falls
            and told is None
            and energy * 3600 <= limit.power * max(elapsed, limit.shortest)
        ):
            self.time, self.value = timestamp, value
            self._fresh = False
            return Step(elapsed, energy, StepKind.FORWARD)
        return self._judge(before, timestamp, value, told)

    def _judge(
        self, before: float, timestamp: float, value: float, told: float | None
    ) -> Step:
        """Take a reading that is not plainly the next."""
        held = self._held
        newest = before if held is None else held.time
        if timestamp <= newest:
            return self._older(timestamp - newest, timestamp, value)
        # What the power agrees with needs no others that do.
        if (
            held is None
            or told is not None
            or not self._goes_on(held, timestamp, value)
        ):
            since = before if told is None else newest
            found = self._believed(timestamp - since, value, told)
            if found is not None:
                step = found._replace(seconds=timestamp - before)
                return self._take(held, timestamp, value, step)
        return self._hold(held, before, timestamp, value)

    def _older(self, elapsed: float, timestamp: float, value: float) -> Step:
        """Ignore a late reading; follow a clock that was set back."""
        if elapsed >= -CLOCK_STEP:
            return STALE
        self._held = None
        rise = value - self.value
        self.time = timestamp
        if (rise >= 0 or self.net) and believable(rise, UNKNOWN_TIME, self.limit):
            self.value = value
        else:
            self._held = Held(timestamp, value, keeps=self._retells)
        return Step(elapsed, 0.0, StepKind.CLOCK)

    def _goes_on(self, held: Held, timestamp: float, value: float) -> bool:
        """Tell whether a reading goes on from those that are held.

        Of those below the believed value, one that reaches it is no more.
        """
        if not self.net and held.top < self.value <= value + NOISE:
            return False
        return held.goes_on(timestamp, value, self.limit, net=self.net)

    def _believed(
        self, elapsed: float, value: float, told: float | None
    ) -> Step | None:
        """Return the step to a reading if it can be counted from the believed one."""
        energy = value - self.value
        if self.net:
            wrong = energy if told is None else energy - told
            if believable(wrong, elapsed, self.limit if told is None else SAMPLED):
                forward = energy >= 0
                kind = StepKind.FORWARD if forward else StepKind.BACKWARD
                return Step(elapsed, energy, kind)
        elif energy >= -NOISE and believable(energy, elapsed, self.limit):
            return Step(elapsed, max(0.0, energy), StepKind.FORWARD)
        around = wrapped(energy, value, self.wrap, net=self.net)
        if around is not None and believable(around, elapsed, self.limit):
            return Step(elapsed, around, StepKind.WRAP)
        return None

    def _take(
        self, held: Held | None, timestamp: float, value: float, step: Step
    ) -> Step:
        """Believe a reading; say so if more may have been counted than its step."""
        seconds, energy, kind = step
        counter, self._held = self.value, None
        self.time, self.value, self._fresh = timestamp, max(value, counter), False
        if kind is not StepKind.FORWARD or self.net:
            self.value = value
            return step
        back, self._falls = returned(self._falls, energy, timestamp)
        partly = False
        if held is not None and held.top < counter:
            # What came back by less than it had fallen by was counted meanwhile, unless
            # it comes back later.
            fall = Fall(counter - held.low, held.began)
            partly = value - held.last < fall.depth - NOISE
            if partly:
                self._falls = noted(self._falls, fall)
        if not partly and not back:
            return step
        return Step(seconds, energy - back, StepKind.PASSED)

    def _hold(
        self, held: Held | None, before: float, timestamp: float, value: float
    ) -> Step:
        """Hold a reading, or take over what is held."""
        if held is not None and held.others is not None:
            limit = self.limit._replace(power=self.limit.power * RESUMED)
            if held.count <= held.others.count and held.others.goes_on(
                timestamp, value, limit, net=self.net
            ):
                self._held = held = held.others
        if held is not None and self._goes_on(held, timestamp, value):
            held.take(timestamp, value, self.limit, net=self.net)
        else:
            keeps = self._retells
            self._held = held = Held(timestamp, value, keeps=keeps, others=held)
        if not held.stayed(self._fresh, self._began_anew(held, before)):
            return Step(timestamp - before, 0.0, StepKind.HELD)
        self._take_over(held)
        if held.kept is not None and held.rises >= COUNTED:
            self._untold = [*held.kept, (held.time, held.top)]
        counted = 0.0 if self.net else held.top - held.base
        return Step(timestamp - before, counted, StepKind.RESET)

    def _began_anew(self, held: Held, before: float) -> bool:
        """Tell whether what is held began at nothing."""
        return held.low >= 0 and believable(held.low, held.began - before, self.limit)

    def _take_over(self, held: Held) -> None:
        """Believe what was held."""
        if held.low < self.value and not self.net:
            fall = Fall(self.value - held.low, 0.0)
            self._falls = noted(self._falls, fall)
        self.time, self.value = held.time, held.top
        self._held = None
        self._fresh = False

    def follow(self) -> None:
        """Begin anew as a counter beside it did, if that is what is held, too."""
        held = self._held
        if held is None or self.time is None or held.count < AGREEING:
            return
        if self._began_anew(held, self.time):
            self._take_over(held)

    def stand(self, timestamp: float, value: float, *, sure: bool) -> None:
        """Take a reading for the believed one: it is plain, or the first of all."""
        self.time, self.value = timestamp, value
        self._fresh = not sure

    def go_back(self) -> list[tuple[float, float]]:
        """Return to the first of the readings that were just taken over.

        The others are returned, to be told again; none where nothing was counted.
        """
        untold, self._untold = self._untold, None
        if untold is None:
            return []
        self.time, self.value = untold[0]
        return untold[1:]

    def to_row(self) -> list[object] | None:
        """Return what a restart needs."""
        if self.time is None:
            return None
        if self._held is None and not self._falls:
            return [self.time, self.value]
        held = None if self._held is None else self._held.to_row()
        return [
            self.time,
            self.value,
            self._fresh,
            [list(fall) for fall in self._falls],
            held,
        ]

    def restore(self, row: object) -> None:
        """Take what was stored; ValueError when it cannot be used.

        Earlier versions stored the time and the value alone.
        """
        if row is None:
            return
        if isinstance(row, list | tuple) and len(row) == 2:
            row = [*row, False, [], None]
        time, value, fresh, falls, held = entries(row, 5)
        if not isinstance(falls, list):
            raise Damaged("not falls")
        fallen = tuple(Fall.from_row(fall) for fall in falls)
        kept = None if held is None else Held.from_row(held)
        self._fresh = flag(fresh)
        self.time, self.value = moment(time), number(value)
        self._falls, self._held = fallen, kept
