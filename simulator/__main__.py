"""The command line: one simulated device, to a broker or with one of its own."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
import signal
import sys
import time
from typing import NamedTuple

from . import FAULTS, MODELS, P1_FAULTS, Device, Message, Meter, make_device, p1_command
from .broker import EmbeddedBroker
from .faults import Kind
from .p1_command import Address
from .rest import RestApi, run_rest, serve_rest
from .runner import run
from .settings import MATHS

_EXAMPLES = """examples:
  script/simulate                                an FLM03E with its own broker on 1883
  script/simulate --model flm02b --host 10.0.0.5 an FLM02B on somebody's broker
  script/simulate --speed 60                     an hour a minute
  script/simulate --fault silence@120:60         silent from the 120th second, for 60
  script/simulate --model flm02a --rest-port 8080     an FLM02A without MQTT
  script/simulate --p1 be-50217 --p1-port 2001   and the digital meter beside it
"""


type Hold = Callable[[Message], Awaitable[None]]


class PlannedFault(NamedTuple):
    """A fault of the command line; seconds count from the start."""

    name: str
    after: int
    duration: int | None


def planned_fault(text: str, kinds: Mapping[str, Kind] = FAULTS) -> PlannedFault:
    """Read NAME[@seconds[:duration]]."""
    name, _, when = text.partition("@")
    after, _, duration = when.partition(":")
    if name not in kinds:
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
        "--rest-port",
        type=int,
        metavar="N",
        help="FLM02: no broker, but its REST API on this port of 127.0.0.1 (0: any)",
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
    add(
        "--list-faults",
        action="store_true",
        help="say what can go wrong (with --p1: with that meter), and exit",
    )
    p1_command.add_arguments(grammar, partial(planned_fault, kinds=P1_FAULTS))
    return grammar


def list_faults(family: str | None = None) -> str:
    """Describe the faults of Fluksometers, or those of a family of digital meters."""
    lines = []
    kinds = FAULTS if family is None else P1_FAULTS
    for name, fault in kinds.items():
        lasts = f" [{fault.duration} s]" if fault.duration else ""
        some = family is None and fault.models != MODELS
        only = f" ({', '.join(fault.models)} only)" if some else ""
        if family is None or family in fault.models:
            lines.append(f"{name:15}{fault.text}{lasts}{only}")
    return "\n".join(lines)


def make(arguments: argparse.Namespace, start: int) -> Device:
    """Make the device that the command line describes; ValueError if none can be."""
    if arguments.rest_port is not None:
        if arguments.model == "flm03e":
            raise ValueError("the FLM03E has no REST API")
        if arguments.host or arguments.p1:
            raise ValueError("--rest-port goes without --host and --p1")
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


async def simulate(
    arguments: argparse.Namespace, device: Device, meter: Meter | None
) -> None:
    """Publish to the given broker or to one started for it, or answer over HTTP."""
    if arguments.rest_port is not None:
        await _answer(arguments, device)
        return
    if arguments.host:
        address = Address(arguments.host, arguments.port)
        await _serve(arguments, device, meter, address)
        return
    async with EmbeddedBroker(arguments.listen_port) as broker:
        address = Address("127.0.0.1", broker.port)
        await _serve(arguments, device, meter, address, broker.hold)


async def _serve(
    arguments: argparse.Namespace,
    device: Device,
    meter: Meter | None,
    address: Address,
    hold: Hold | None = None,
) -> None:
    host, port = address
    print(f"{device.model} {device.device_id} on {host}:{port}", flush=True)
    pace = {"speed": arguments.speed, "duration": arguments.duration}
    user = {"username": arguments.username, "password": arguments.password}
    work = [run(device, host, port, hold=hold, **user, **pace)]
    if meter is not None:
        say = partial(print, p1_command.name(meter), flush=True)
        work.append(p1_command.serve(meter, arguments, address, say))
    await asyncio.gather(*work)


async def _answer(arguments: argparse.Namespace, device: Device) -> None:
    api = RestApi(device)
    async with serve_rest(api, arguments.rest_port) as port:
        print(f"{device.model} on http://127.0.0.1:{port}", flush=True)
        for sensor_id in api.offered:
            print(f"  {sensor_id}", flush=True)
        await run_rest(api, speed=arguments.speed, duration=arguments.duration)


async def _until_signal(
    arguments: argparse.Namespace, device: Device, meter: Meter | None
) -> None:
    work = asyncio.create_task(simulate(arguments, device, meter))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, work.cancel)
    with suppress(asyncio.CancelledError):
        await work


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    grammar = parser()
    arguments = grammar.parse_args(argv)
    if arguments.list_faults:
        print(list_faults(arguments.p1))
        return 0
    try:
        start = int(time.time())
        device = make(arguments, start)
        meter = p1_command.make(arguments, start, device.household)
    except ValueError as error:
        grammar.error(str(error))
    try:
        asyncio.run(_until_signal(arguments, device, meter))
    except p1_command.LineError as error:
        print(f"no meter: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        lacks = "broker" if arguments.rest_port is None else "port"
        print(f"no {lacks}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
