"""Look that a Home Assistant shows everything that is measured, and is at ease."""

import asyncio
from pathlib import Path
import re
from typing import Any, NamedTuple

from .api import Api
from .scene import entities
from .sides import EMPTY

TIMEOUT = 120.0
# Of the Fluksometer's demand meter and of the digital meter's.
STATISTICS = {
    f"flukso:{slug}_{kind}"
    for slug in ("grid", "grid_2")
    for kind in ("demand", "month_peak")
}
# Home Assistant says this of every custom integration.
USUAL = "which has not been tested by Home Assistant"
CLOCK = "clock_off"
TROUBLE = re.compile(r" (WARNING|ERROR|CRITICAL) ")


class Row(NamedTuple):
    """What an entity shows; without a state it is still missing."""

    entity_id: str
    state: str
    unit: str

    @property
    def empty(self) -> bool:
        """Tell whether it has nothing to show."""
        return self.state in EMPTY


class Findings(NamedTuple):
    """What was seen, and what should not have been."""

    rows: list[Row]
    statistics: set[str]
    problems: list[str]


async def examine(api: Api) -> Findings:
    """Wait until everything has a value, then ask what is wrong."""
    rows, statistics = await _until_complete(api)
    problems = [f"{row.entity_id} is {row.state}" for row in rows if row.empty]
    problems += [f"no statistics {name}" for name in sorted(STATISTICS - statistics)]
    if not rows:
        problems.append("no entities")
    problems += await _complaints(api)
    return Findings(rows, statistics, problems)


async def _until_complete(api: Api) -> tuple[list[Row], set[str]]:
    """Return the rows and statistics, at the latest when the time is up."""
    deadline = asyncio.get_running_loop().time() + TIMEOUT
    while True:
        rows, statistics = await _rows(api), await _statistics(api)
        complete = rows and not any(row.empty for row in rows)
        if complete and statistics >= STATISTICS:
            return rows, statistics
        if asyncio.get_running_loop().time() > deadline:
            return rows, statistics
        await asyncio.sleep(1)


async def _rows(api: Api) -> list[Row]:
    states = {state["entity_id"]: state for state in await api.command("get_states")}
    return [
        _row(entity["entity_id"], states.get(entity["entity_id"]))
        for entity in sorted(await entities(api), key=lambda found: found["entity_id"])
    ]


def _row(entity_id: str, state: dict[str, Any] | None) -> Row:
    if state is None:
        return Row(entity_id, "unavailable", "")
    unit = state["attributes"].get("unit_of_measurement") or ""
    return Row(entity_id, state["state"], unit)


async def _statistics(api: Api) -> set[str]:
    known = await api.command("recorder/list_statistic_ids")
    return {found["statistic_id"] for found in known if found["source"] == "flukso"}


async def _complaints(api: Api) -> list[str]:
    """Return what Home Assistant itself finds wrong with us."""
    issues = (await api.command("repairs/list_issues"))["issues"]
    ours = {entity["entity_id"] for entity in await entities(api)} | STATISTICS
    doubts = await api.command("recorder/validate_statistics")
    return [
        *(f"repair {issue['issue_id']}" for issue in issues if _is_ours(issue)),
        *(f"statistics {name}: {why}" for name, why in doubts.items() if name in ours),
    ]


def _is_ours(issue: dict[str, Any]) -> bool:
    ours = "flukso" in (issue["domain"], issue["issue_domain"])
    # The clocks of the household are off on purpose.
    return ours and issue["translation_key"] != CLOCK


def log_lines(log: Path) -> list[str]:
    """Return the warnings and errors of a log that are about us."""
    return [
        f"log: {line}"
        for line in log.read_text(encoding="utf-8").splitlines()
        if "flukso" in line
        and USUAL not in line
        and (TROUBLE.search(line) or "custom_components/flukso" in line)
    ]


def table(rows: list[Row]) -> str:
    """Return the rows as text in columns."""
    name = max((len(row.entity_id) for row in rows), default=0)
    state = max((len(row.state) for row in rows), default=0)
    return "\n".join(
        f"{row.entity_id:{name}}  {row.state:>{state}}  {row.unit}".rstrip()
        for row in rows
    )
