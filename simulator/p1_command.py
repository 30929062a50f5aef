"""The part of the command line that is about a digital meter."""

import argparse
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import NamedTuple

from .household import Household
from .p1_family import FAMILIES
from .p1_meter import Meter, make_meter
from .p1_quirks import QUIRKS
from .p1_runner import Dongle, run
from .p1_server import TcpLine, feed, listen, open_terminal


class LineError(Exception):
    """The port that the meter was to be served on cannot be had."""


class Address(NamedTuple):
    """Where the broker is."""

    host: str
    port: int


def add_arguments(
    grammar: argparse.ArgumentParser, fault: Callable[[str], object]
) -> None:
    """Add what can be said about a meter; `fault` reads when something goes wrong."""
    group = grammar.add_argument_group("the same household's digital meter")
    group.add_argument("--p1", choices=FAMILIES, metavar="FAMILY", help=_families())
    way = group.add_mutually_exclusive_group()
    way.add_argument(
        "--p1-port",
        type=int,
        metavar="N",
        help="serve it on this port of 127.0.0.1 (0: any) instead of over MQTT",
    )
    way.add_argument("--p1-pty", action="store_true", help="or on a pseudo-terminal")
    group.add_argument(
        "--p1-quirk",
        choices=QUIRKS,
        action="append",
        default=[],
        metavar="NAME",
        help=f"how its demand registers misbehave: {', '.join(QUIRKS)}",
    )
    group.add_argument(
        "--p1-fault",
        type=fault,
        action="append",
        default=[],
        metavar="NAME[@seconds[:duration]]",
        help="let something go wrong with it (may be repeated)",
    )


def _families() -> str:
    return f"let it speak too: {', '.join(FAMILIES)}"


def make(
    arguments: argparse.Namespace, start: int, household: Household
) -> Meter | None:
    """Make the meter that the command line describes; raise ValueError if none can."""
    if arguments.p1 is None:
        said = (arguments.p1_pty, arguments.p1_quirk, arguments.p1_fault)
        if arguments.p1_port is not None or any(said):
            raise ValueError("which meter? say --p1 FAMILY")
        return None
    meter = make_meter(
        arguments.p1,
        seed=arguments.seed,
        start=start,
        household=household,
        quirks=arguments.p1_quirk,
    )
    for name, after, duration in arguments.p1_fault:
        meter.faults.start(name, at=start + after, duration=duration)
    if arguments.p1_port is None and not arguments.p1_pty:
        Dongle(meter)
    return meter


def name(meter: Meter) -> str:
    """Name the meter, with the key that its reader needs."""
    key = "" if meter.key is None else f", key {meter.key},"
    return f"{meter.family.name} of the same household{key} on"


async def serve(
    meter: Meter,
    arguments: argparse.Namespace,
    broker: Address,
    announce: Callable[[str], object],
) -> None:
    """Serve the meter as the command line says; `announce` is told where."""
    pace = {"speed": arguments.speed, "duration": arguments.duration}
    if arguments.p1_port is not None:
        async with _listening(arguments.p1_port) as line:
            announce(f"127.0.0.1:{line.port}")
            await feed(meter, line, **pace)
    elif arguments.p1_pty:
        async with open_terminal() as terminal:
            announce(terminal.path)
            await feed(meter, terminal, **pace)
    else:
        announce(Dongle(meter).topic)
        user = {"username": arguments.username, "password": arguments.password}
        await run(meter, broker.host, broker.port, **user, **pace)


@asynccontextmanager
async def _listening(port: int) -> AsyncIterator[TcpLine]:
    async with AsyncExitStack() as stack:
        try:
            line = await stack.enter_async_context(listen(port))
        except OSError as error:
            raise LineError(f"cannot listen on 127.0.0.1:{port}") from error
        yield line
