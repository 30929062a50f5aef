"""Sum up pytest's reports in one last line; exit as the whole run went.

Arguments: the exit code so far, then what ``tests/tally.py`` wrote, one file a run.
"""

import json
import os
from pathlib import Path
import sys


def main(status: int, tallies: list[Path]) -> int:
    """Print the sum of all runs; no test at all, and in CI a skip, is a failure."""
    runs: list[dict[str, float]] = [
        json.loads(tally.read_text(encoding="utf-8")) for tally in tallies
    ]

    def total(*names: str) -> float:
        return sum(run.get(name, 0) for run in runs for name in names)

    passed = total("passed", "xfailed")
    failed = total("failed", "error")
    skipped = total("skipped")
    problems = []
    if status and not failed:
        problems.append("see above")
    if not passed and not failed:
        problems.append("no test was run")
    if skipped and os.environ.get("CI", "").lower() in {"1", "true"}:
        problems.append("in CI nothing may be skipped")
    line = (
        f"{passed} passed, {failed} failed, {skipped} skipped"
        f" in {total('seconds'):.2f}s"
    )
    if problems:
        line += f" - FAILED: {', '.join(problems)}"
    print(line)
    return int(bool(status or failed or problems))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), [Path(name) for name in sys.argv[2:]]))
