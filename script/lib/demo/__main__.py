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

from .api import NAME, PASSWORD, Api, Refused
from .check import examine, log_lines, table
from .home import ROOT, Home
from .house import device_before_boundary, device_of_today, publishing
from .past import import_past
from .scene import add_fluksometer, fill_dashboards, tidy, until_running, write_often

# Long enough to be added to Home Assistant and to measure a little before it.
BEFORE_BOUNDARY = 40


def parser() -> argparse.ArgumentParser:
    """Return the command line's grammar."""
    grammar = argparse.ArgumentParser(
        prog="script/demo",
        description="Run a Home Assistant with a simulated Fluksometer.",
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
        "and leave; the household is moved to a busy hour and the device's clock next "
        "to the end of a quarter of an hour, so that this takes about a minute",
    )
    return grammar


async def demonstrate(arguments: argparse.Namespace) -> None:
    """Run until Home Assistant ends or somebody ends us."""
    model, seed = arguments.model, arguments.seed
    folder: Path = arguments.config or ROOT / ".cache" / "demo" / f"{model}-{seed}"
    started = device_of_today(model, seed)
    async with (
        EmbeddedBroker() as broker,
        publishing(started, broker),
        Home(folder.resolve(), arguments.port) as home,
    ):
        async with Api(home.url) as api:
            await until_running(api)
            await tidy(api)
            await add_fluksometer(api, broker.port)
            if await fill_dashboards(api):
                await import_past(api, model, seed)
        print(
            f"\n{started.device.model} on 127.0.0.1:{broker.port}, home in {home.folder}"
        )
        print(f"{home.url}  user {NAME}, password {PASSWORD}  (Ctrl-C ends it)\n")
        await home.wait()


async def check(arguments: argparse.Namespace) -> int:
    """Return 0 when everything has a value and nobody complains."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="flukso-demo-") as folder:
        async with (
            EmbeddedBroker() as broker,
            Home(Path(folder), free_port()) as home,
            Api(home.url) as api,
        ):
            await until_running(api)
            started = device_before_boundary(
                arguments.model, arguments.seed, BEFORE_BOUNDARY
            )
            async with publishing(started, broker):
                await asyncio.sleep(1)
                await write_often(api, await add_fluksometer(api, broker.port))
                await fill_dashboards(api)
                findings = await examine(api)
        # It has stopped by now, and said what it had to say.
        problems = [*findings.problems, *log_lines(home.log)]
    print(table(findings.rows))
    print(f"{len(findings.rows)} entities; statistics:", *sorted(findings.statistics))
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
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
