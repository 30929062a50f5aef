"""The command line: one simulated device, to a broker or with one of its own."""

import argparse
import asyncio
from contextlib import suppress
import signal
import sys
import time
from typing import NamedTuple

from . import FAULTS, MODELS, Device, make_device
from .broker import EmbeddedBroker
from .runner import run
from .settings import MATHS

_EXAMPLES = """examples:
  script/simulate                                an FLM03E with its own broker on 1883
  script/simulate --model flm02b --host 10.0.0.5 an FLM02B on somebody's broker
  script/simulate --speed 60                     an hour a minute
  script/simulate --fault silence@120:60         silent from the 120th second, for 60
"""


class PlannedFault(NamedTuple):
    """A fault of the command line; seconds count from the start."""

    name: str
    after: int
    duration: int | None


def planned_fault(text: str) -> PlannedFault:
    """Read NAME[@seconds[:duration]]."""
    name, _, when = text.partition("@")
    after, _, duration = when.partition(":")
    if name not in FAULTS:
        raise argparse.ArgumentTypeError(f"unknown fault {name}")
    try:
        return PlannedFault(name, int(after or 0), int(duration) if duration else None)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not a time: {when}") from error


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise ValueError
    return value


_positive.__name__ = "positive number"


def parser() -> argparse.ArgumentParser:
    """Return the command line's grammar."""
    grammar = argparse.ArgumentParser(
        prog="script/simulate",
        description="Simulate a Fluksometer as its firmware speaks over MQTT.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = grammar.add_argument
    add("--model", default="flm03e", choices=[m.lower() for m in MODELS])
    add("--seed", type=int, default=1, help="which household and device (default 1)")
    add("--host", help="publish to this broker; without it, one is started here")
    add("--port", type=int, default=1883, help="port of --host (default 1883)")
    add("--username")
    add("--password")
    add(
        "--listen-port",
        type=int,
        default=1883,
        help="port of the own broker on 127.0.0.1 (default 1883, 0: any)",
    )
    add(
        "--speed",
        type=_positive,
        default=1.0,
        help="device seconds per real second (stamps then run ahead of the clock)",
    )
    add("--duration", type=int, help="stop after so many seconds of the device")
    add(
        "--phases", type=int, default=1, choices=(1, 3), help="FLM02: 3 sums the clamps"
    )
    add("--math", default="none", choices=MATHS, help="FLM03E: sums of clamp ports")
    add("--no-cloud", action="store_true", help="the bridge to the cloud is down")
    add(
        "--fault",
        type=planned_fault,
        action="append",
        default=[],
        metavar="NAME[@seconds[:duration]]",
        help="let something go wrong (may be repeated)",
    )
    add("--list-faults", action="store_true", help="say what can go wrong, and exit")
    return grammar


def list_faults() -> str:
    """Describe the faults."""
    lines = []
    for name, fault in FAULTS.items():
        lasts = f" [{fault.duration} s]" if fault.duration else ""
        only = "" if fault.models == MODELS else f" ({', '.join(fault.models)} only)"
        lines.append(f"{name:15}{fault.text}{lasts}{only}")
    return "\n".join(lines)


def make(arguments: argparse.Namespace, start: int) -> Device:
    """Make the device that the command line describes."""
    device = make_device(
        arguments.model,
        seed=arguments.seed,
        start=start,
        phases=arguments.phases,
        math=arguments.math,
        cloud=not arguments.no_cloud,
    )
    for name, after, duration in arguments.fault:
        device.faults.start(name, at=start + after, duration=duration)
    return device


async def simulate(arguments: argparse.Namespace, device: Device) -> None:
    """Publish to the given broker or to one started for it."""
    pace = {"speed": arguments.speed, "duration": arguments.duration}
    if arguments.host:
        _announce(device, arguments.host, arguments.port)
        await run(
            device,
            arguments.host,
            arguments.port,
            username=arguments.username,
            password=arguments.password,
            **pace,
        )
        return
    async with EmbeddedBroker(arguments.listen_port) as broker:
        _announce(device, "127.0.0.1", broker.port)
        await run(device, "127.0.0.1", broker.port, hold=broker.hold, **pace)


def _announce(device: Device, host: str, port: int) -> None:
    print(f"{device.model} {device.device_id} on {host}:{port}", flush=True)


async def _until_signal(arguments: argparse.Namespace, device: Device) -> None:
    work = asyncio.create_task(simulate(arguments, device))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, work.cancel)
    with suppress(asyncio.CancelledError):
        await work


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    grammar = parser()
    arguments = grammar.parse_args(argv)
    if arguments.list_faults:
        print(list_faults())
        return 0
    try:
        device = make(arguments, int(time.time()))
    except ValueError as error:
        grammar.error(str(error))
    try:
        asyncio.run(_until_signal(arguments, device))
    except OSError as error:
        print(f"no broker: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
