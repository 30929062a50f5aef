"""The times of lines as spreadsheets and apps write them: local, in one or two fields."""

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from itertools import pairwise

from .errors import Wrong, WrongFile
from .fields import DateOrder, LocalClock, day_order, is_ambiguous, read_day
from .table import Row, Table


class LineTimes:
    """When the lines of a table are, whatever the form of their dates.

    Of a doubled hour the order of the lines tells the passes apart.
    """

    def __init__(
        self,
        table: Table,
        zone: tzinfo,
        places: Sequence[int],
        lines: Sequence[tuple[int, Row]],
    ) -> None:
        """Take the lines of a table; `places`: where day and time are."""
        texts = ((line, _text(row, places)) for line, row in lines)
        self._lines = [(line, *_day_and_time(text), text) for line, text in texts]
        self._column = table.titles[places[0]]
        self._clock = LocalClock(zone, self._order())

    def all(self) -> list[int]:
        """Return the moments in the order of the lines; raises WrongFile."""
        candidates = [
            (line, self._candidates(line, day, time, text))
            for line, day, time, text in self._lines
        ]
        first, last = (
            candidates[place][1][0] if candidates else 0 for place in (0, -1)
        )
        backwards = first > last
        moments: list[int] = []
        seen: dict[int, int] = {}
        for line, found in reversed(candidates) if backwards else candidates:
            moment = next((item for item in found if item not in seen), None)
            if moment is None:
                raise WrongFile(Wrong.TWICE, line=line, first=seen[found[0]])
            seen[moment] = line
            moments.append(moment)
        return moments[::-1] if backwards else moments

    def _candidates(self, line: int, day: str, time: str, text: str) -> list[int]:
        moments = self._clock.moments(day, time)
        if not moments and (moment := _with_zone(text)) is not None:
            return [moment]
        if not moments:
            wrong = Wrong.BAD_TIME if self._clock.is_day(day) else Wrong.BAD_DATE
            raise WrongFile(wrong, line=line, column=self._column)
        return moments

    def _order(self) -> DateOrder:
        """Return what comes first in dates; raises WrongFile if nothing tells."""
        orders = {order for _, day, _, _ in self._lines if (order := day_order(day))}
        if len(orders) == 1:
            return orders.pop()
        if not orders:
            return self._order_of_days()
        line = next(
            line
            for line, day, _, _ in self._lines
            if day_order(day) is DateOrder.MONTH_FIRST
        )
        raise WrongFile(Wrong.BAD_DATE, line=line, column=self._column)

    def _order_of_days(self) -> DateOrder:
        """Return the order in which days follow each other, if only one does that."""
        texts = [*dict.fromkeys(day for _, day, _, _ in self._lines)]
        follow = {order: _following(texts, order) for order in DateOrder}
        order = max(follow, key=lambda item: follow[item])
        if len(set(follow.values())) > 1:
            return order
        for line, day, _, _ in self._lines:
            if is_ambiguous(day):
                raise WrongFile(Wrong.BAD_DATE, line=line, column=self._column)
        return order


def _following(texts: Iterable[str], order: DateOrder) -> int:
    """Return how often one day follows the other."""
    days = [day.toordinal() for text in texts if (day := read_day(text, order))]
    return sum(abs(after - before) == 1 for before, after in pairwise(days))


def _text(row: Row, places: Sequence[int]) -> str:
    return " ".join(row[place].strip() for place in places)


def _day_and_time(text: str) -> tuple[str, str]:
    day, _, time = text.strip().replace("T", " ", 1).partition(" ")
    return day, time.strip()


def _with_zone(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if moment.tzinfo is None else int(moment.timestamp())
