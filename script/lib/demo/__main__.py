"""The command line of the demo."""

import argparse
import asyncio
from contextlib import suppress
from pathlib import Path
import signal
import sys
import tempfile
import time

from simulator.broker import EmbeddedBroker, free_port
from simulator.settings import MODELS

from .agreement import compare, grid_totals
from .api import NAME, PASSWORD, Api, Refused
from .check import examine, log_lines, table
from .dashboards import fill_dashboards
from .home import ROOT, Home
from .house import meters_before_boundary, meters_of_today, publishing, serial_port
from .past import import_past
from .scene import (
    add_fluksometer,
    add_meter,
    choose_options,
    choose_prices,
    tidy,
    until_running,
)
from .sides import until_measuring

# Long enough to be added to Home Assistant and to measure a little before it.
BEFORE_BOUNDARY = 30
# The serial port of the digital meter, in the folder of the home.
SERIAL_PORT = "p1"


def parser() -> argparse.ArgumentParser:
    """Return the command line's grammar."""
    grammar = argparse.ArgumentParser(
        prog="script/demo",
        description="Run a Home Assistant with a simulated Fluksometer and the digital "
        "meter of the same household.",
    )
    add = grammar.add_argument
    add("--port", type=int, default=8123, help="of the web page (default 8123)")
    add("--config", type=Path, help="folder of the home (default in .cache/demo)")
    add("--model", default="flm03e", choices=[m.lower() for m in MODELS])
    add("--seed", type=int, default=1, help="which household and device (default 1)")
    add(
        "--check",
        action="store_true",
        help="in a home of its own, wait until every entity has a value, print them "
        "and leave, after seeing that both meters agree; the household is moved to a "
        "busy hour and their clock next to the end of a quarter of an hour, so that "
        "this takes about a minute",
    )
    return grammar


async def add_both(api: Api, broker: EmbeddedBroker, port: Path) -> None:
    """Add the Fluksometer and the digital meter."""
    await add_fluksometer(api, broker.port)
    await add_meter(api, port)
    await choose_prices(api)


async def demonstrate(arguments: argparse.Namespace) -> None:
    """Run until Home Assistant ends or somebody ends us."""
    model, seed = arguments.model, arguments.seed
    folder: Path = arguments.config or ROOT / ".cache" / "demo" / f"{model}-{seed}"
    port = folder.resolve() / SERIAL_PORT
    async with EmbeddedBroker() as broker, serial_port(port) as terminal:
        started, household = meters_of_today(model, seed)
        async with (
            publishing(started, broker, terminal),
            Home(folder.resolve(), arguments.port) as home,
        ):
            async with Api(home.url) as api:
                await until_running(api)
                await tidy(api)
                await add_both(api, broker, port)
                sides = await until_measuring(api)
                household.wake()
                if await fill_dashboards(api, sides):
                    await import_past(api, sides, model, seed)
            print(
                f"\n{started.device.model} on 127.0.0.1:{broker.port}, "
                f"digital meter on {port}"
            )
            print(f"{home.url}  user {NAME}, password {PASSWORD}  (Ctrl-C ends it)\n")
            await home.wait()


async def check(arguments: argparse.Namespace) -> int:
    """Return 0 when everything has a value, both agree and nobody complains."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="flukso-demo-") as folder:
        port = Path(folder) / SERIAL_PORT
        async with (
            EmbeddedBroker() as broker,
            serial_port(port) as terminal,
            Home(Path(folder), free_port()) as home,
            Api(home.url) as api,
        ):
            await until_running(api)
            started, household = meters_before_boundary(
                arguments.model, arguments.seed, BEFORE_BOUNDARY
            )
            async with publishing(started, broker, terminal):
                await asyncio.sleep(1)
                await add_both(api, broker, port)
                await choose_options(api)
                sides = await until_measuring(api)
                before = await grid_totals(api, sides)
                household.wake()
                await fill_dashboards(api, sides)
                findings = await examine(api)
                pairs = await compare(api, sides, before)
        # It has stopped by now, and said what it had to say.
        disagreements = [pair.problem for pair in pairs if pair.problem]
        problems = [*findings.problems, *disagreements, *log_lines(home.log)]
    print(table(findings.rows))
    print(f"{len(findings.rows)} entities; statistics:", *sorted(findings.statistics))
    print(*pairs, sep="\n")
    for problem in problems:
        print(f"problem: {problem}")
    print(f"{time.monotonic() - begun:.0f} s")
    return int(bool(problems))


async def _until_signal(arguments: argparse.Namespace) -> int:
    work = asyncio.create_task(
        check(arguments) if arguments.check else demonstrate(arguments)
    )
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, work.cancel)
    with suppress(asyncio.CancelledError):
        return await work or 0
    return int(arguments.check)


def main() -> int:
    """Run the command line; return the exit status."""
    arguments = parser().parse_args()
    try:
        return asyncio.run(_until_signal(arguments))
    except (OSError, Refused, RuntimeError) as error:
        print(f"error: {error or type(error).__name__}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
