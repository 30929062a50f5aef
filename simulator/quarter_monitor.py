"""An ESP32 that reads a P1 port and keeps quarters of an hour on a card."""

from collections.abc import Callable, Mapping
from datetime import datetime
import json
from typing import Any, NamedTuple, TypedDict
from zoneinfo import ZoneInfo

from .gridmeter import net_power
from .household import Household

BRUSSELS = ZoneInfo("Europe/Brussels")
QUARTER = 900
INTERVAL = 5

type Watts = Callable[[int], int]


class Answer(NamedTuple):
    """What is answered over HTTP."""

    status: int
    body: bytes
    content_type: str = "application/json"


class Record(TypedDict):
    """A quarter as it is kept."""

    quarter_id: int
    consumed_power_avg: int
    interval_secs: int
    consumed_power_interval_avgs: list[int | None]
    produced_power_interval_avgs: list[int | None]


def watts_of(household: Household) -> Watts:
    """Return what the meter of a household shows each second, negative for export."""

    def watts(second: int) -> int:
        power = net_power(household.at(second))
        return power >> 11 if power > 0 else -(-power >> 11)

    return watts


def quarter_id(start: int) -> int:
    """Return the number of the quarter that begins at a moment, unix s."""
    local = datetime.fromtimestamp(start, BRUSSELS)
    day = (local.year - 2000) << 24 | local.month << 16 | local.day << 8
    place = local.hour * 4 + local.minute // 15
    return day | (0x80 if local.dst() else 0) | place


def file_of(start: int) -> str:
    """Return the path of a quarter on the card."""
    local = datetime.fromtimestamp(start, BRUSSELS)
    return f"/meter/{local:%Y/%m/%d/%H%M}{'S' if local.dst() else 'W'}.json"


def mean(powers: list[int]) -> int | None:
    """Return the mean in whole W, None of nothing."""
    return round(sum(powers) / len(powers)) if powers else None


def truncated(means: list[int | None]) -> list[int | None]:
    """Return a list up to the last interval that was filled."""
    filled = [place for place, power in enumerate(means) if power is not None]
    return means[: filled[-1] + 1] if filled else []


class QuarterMonitor:
    """Measures once a second, and answers as the real one does.

    Energies are exact where the power is constant for 5 s: `drawn` holds Ws by quarter.
    """

    def __init__(self, watts: Watts, start: int) -> None:
        """Switch the monitor on at a moment; it knows nothing of before."""
        self.now = start
        self.card: dict[int, Record] = {}
        self.drawn: dict[int, int] = {}
        self.deaf = False
        self._watts = watts
        self._heard: dict[int, list[int]] = {}

    @property
    def running(self) -> int:
        """The start of the quarter that runs."""
        return self.now - self.now % QUARTER

    def live(self, until: int) -> None:
        """Measure until a moment; a quarter that ends goes on the card."""
        while self.now < until:
            watts = self._watts(self.now)
            start, within = self.running, self.now % QUARTER
            self.drawn[start] = self.drawn.get(start, 0) + max(0, watts)
            if not self.deaf:
                self._heard.setdefault(within // INTERVAL, []).append(watts)
            self.now += 1
            if self.now % QUARTER == 0:
                self.store(start, self._record(start))
                self._heard = {}

    def store(self, start: int, record: Record) -> None:
        """Put a quarter on the card."""
        self.card[start] = record

    def fill(self, start: int, end: int, watts: Watts) -> None:
        """Put quarters of the past on the card, each with one power, by its start."""
        for begin in range(start, end, QUARTER):
            power = watts(begin)
            self.drawn[begin] = max(0, power) * QUARTER
            count = QUARTER // INTERVAL
            self.store(
                begin,
                Record(
                    quarter_id=quarter_id(begin),
                    consumed_power_avg=max(0, power),
                    interval_secs=INTERVAL,
                    consumed_power_interval_avgs=[max(0, power)] * count,
                    produced_power_interval_avgs=[max(0, -power)] * count,
                ),
            )

    def kilowatt_hours(self, start: int) -> float:
        """Return what was truly drawn in a quarter."""
        return self.drawn.get(start, 0) / 3_600_000

    def _record(self, start: int) -> Record:
        places = range(QUARTER // INTERVAL)
        heard = [self._heard.get(place, []) for place in places]
        consumed = [mean([max(0, watts) for watts in powers]) for powers in heard]
        produced = [mean([max(0, -watts) for watts in powers]) for powers in heard]
        filled = [power for power in consumed if power is not None]
        return Record(
            quarter_id=quarter_id(start),
            consumed_power_avg=mean(filled) or 0,
            interval_secs=INTERVAL,
            consumed_power_interval_avgs=truncated(consumed),
            produced_power_interval_avgs=truncated(produced),
        )

    def current_quarter(self) -> Mapping[str, Any]:
        """Return the running quarter; nothing before the first telegram."""
        return self._record(self.running) if self._heard else {}

    def month_peak(self) -> Mapping[str, Any]:
        """Return the highest quarter of the running month."""
        month = f"{datetime.fromtimestamp(self.now, BRUSSELS):/meter/%Y/%m/}"
        records = [
            record
            for start, record in sorted(self.card.items())
            if file_of(start).startswith(month)
        ]
        answer: dict[str, Any] = {"memory": {"free": 123_456}}
        if records:
            highest = max(records, key=lambda record: record["consumed_power_avg"])
            answer["peak"] = {
                "quarter_id": highest["quarter_id"],
                "power": highest["consumed_power_avg"],
            }
        return answer

    def answer(self, path: str, query: Mapping[str, str]) -> Answer:
        """Answer a request."""
        if path == "/current/quarter":
            return _json(self.current_quarter())
        if path == "/current/month/peak":
            return _json(self.month_peak())
        if path.startswith("/historic/"):
            return self._historic(path.removeprefix("/historic/"), query)
        for start, record in self.card.items():
            if file_of(start) == path:
                return _json(record)
        return Answer(404, b"File not found", "text/plain")

    def _historic(self, what: str, query: Mapping[str, str]) -> Answer:
        """List what is on the card, newest first: no order is promised."""
        arguments = ("year", "month", "day")[: LISTINGS.get(what, 0)]
        if what not in LISTINGS:
            return Answer(404, b"File not found", "text/plain")
        if any(not query.get(name, "").isdigit() for name in arguments):
            return Answer(400, b"Missing argument", "text/plain")
        wanted = [int(query[name]) for name in arguments]
        found: dict[int, None] = {}
        for start, record in sorted(self.card.items(), reverse=True):
            local = datetime.fromtimestamp(start, BRUSSELS)
            parts = [local.year, local.month, local.day, record["quarter_id"]]
            if parts[: len(wanted)] == wanted:
                found[parts[len(wanted)]] = None
        return _json(dict(zip(arguments, wanted, strict=True)) | {what: list(found)})


LISTINGS = {"years": 0, "months": 1, "days": 2, "quarters": 3}


def _json(data: Mapping[str, Any]) -> Answer:
    return Answer(200, json.dumps(data, separators=(",", ":")).encode())
