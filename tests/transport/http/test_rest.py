"""Asking an FLM02 over HTTP: a real server, and what it may answer."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
import gzip
import time

from aiohttp import ClientSession, ClientTimeout, web
import pytest

from custom_components.flukso.core.fluksometer.rest.sensors import RestKind
from custom_components.flukso.core.fluksometer.rest.series import MAX_BYTES
from custom_components.flukso.transport.errors import (
    CannotConnect,
    LinkError,
    UnknownSensor,
    UnreadableAnswer,
)
from custom_components.flukso.transport.http import rest
from custom_components.flukso.transport.http.rest import (
    RestAddress,
    answers,
    read_series,
)
from simulator import make_device
from simulator.rest import RestApi, serve_rest

from ...brokers import HOST, free_port

UNKNOWN = "0" * 32


@pytest.fixture
async def session() -> AsyncGenerator[ClientSession]:
    async with ClientSession() as client:
        yield client


def lived(*, honours_status: bool = False, seconds: int = 90) -> RestApi:
    """Return a device that has lived for a while, up to now."""
    now = int(time.time())
    device = make_device("flm02a", start=now - seconds, tmpo=False)
    api = RestApi(device, honours_status=honours_status)
    for second in range(now - seconds + 1, now + 1):
        api.step(second)
    return api


def clamp(api: RestApi) -> str:
    return api.device.sensors[1].id


async def test_the_last_minute_of_a_clamp_is_read(session: ClientSession) -> None:
    api = lived()
    async with serve_rest(api) as port:
        address = RestAddress(HOST, port)
        series = await read_series(session, address, clamp(api), RestKind.ELECTRICITY)
    assert series.span == 60
    begin, end = series.runs[0].begin, series.runs[-1].end
    assert end - begin == 60
    truth = api.device.true_energy(end)[clamp(api)]
    truth -= api.device.true_energy(begin)[clamp(api)]
    told = sum(run.amount for run in series.runs) / 3600
    # Watts are cut off.
    assert truth - 60 / 3600 <= told <= truth


@pytest.mark.parametrize(
    ("kind", "unit"), [(RestKind.ELECTRICITY, "watt"), (RestKind.GAS, "lperday")]
)
async def test_the_question_is_the_one_that_the_device_knows(
    session: ClientSession, kind: RestKind, unit: str
) -> None:
    api = lived()
    async with serve_rest(api) as port:
        await read_series(session, RestAddress(HOST, port), clamp(api), kind)
    query = f"version=1.0&interval=minute&unit={unit}"
    assert api.asked == [f"/sensor/{clamp(api)}?{query}"]


async def test_a_sensor_that_has_read_nothing_tells_nothing(
    session: ClientSession,
) -> None:
    api = lived(seconds=0)
    async with serve_rest(api) as port:
        address = RestAddress(HOST, port)
        series = await read_series(session, address, clamp(api), RestKind.ELECTRICITY)
    assert series.runs == ()


async def test_a_sensor_that_is_not_offered_is_unknown(session: ClientSession) -> None:
    async with serve_rest(lived()) as port:
        with pytest.raises(UnknownSensor):
            await read_series(
                session, RestAddress(HOST, port), UNKNOWN, RestKind.ELECTRICITY
            )


@pytest.mark.parametrize("honours_status", [False, True])
async def test_an_flm02_is_known_by_what_it_refuses(
    session: ClientSession, honours_status: bool
) -> None:
    async with serve_rest(lived(honours_status=honours_status)) as port:
        assert await answers(session, RestAddress(HOST, port))


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (404, b"No such file or directory", True),
        (404, b"No such file or directory\r\n", True),
        (400, b"Malformed query string: interval, unit", True),
        (200, b"Malformed query string: interval, unit", True),
        (200, b"", False),
        (200, b"[]", False),
        (200, b"No such file or directory", False),
        (200, b"<!DOCTYPE html><html><body>router</body></html>", False),
        (400, b"Bad Request", False),
        (401, b"Unauthorized", False),
        (403, b"Forbidden", False),
        (404, b"", False),
        (404, b"404: Not Found", False),
        (404, b"404 page not found", False),
        (404, b"Cannot GET /sensor", False),
        (404, b"<html><head><title>404 Not Found</title></head></html>", False),
        (404, b'{"error": "No such file or directory"}', False),
        (500, b"", False),
        (200, bytes(MAX_BYTES + 1), False),
    ],
)
async def test_who_else_speaks_http_is_no_flm02(
    session: ClientSession, status: int, body: bytes, told: bool
) -> None:
    async with always(web.Response(status=status, body=body)) as address:
        assert await answers(session, address) is told


async def test_who_sends_elsewhere_is_no_flm02(session: ClientSession) -> None:
    headers = {"Location": "/login"}
    async with always(web.Response(status=302, headers=headers)) as address:
        assert not await answers(session, address)


@asynccontextmanager
async def always(response: web.Response) -> AsyncIterator[RestAddress]:
    """Serve a web server that always answers the same."""

    async def answer(_request: web.Request) -> web.Response:
        return response

    application = web.Application()
    application.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, 0).start()
        yield RestAddress(HOST, runner.addresses[0][1])
    finally:
        await runner.cleanup()


async def test_where_nobody_listens_there_is_no_answer(session: ClientSession) -> None:
    address = RestAddress(HOST, free_port())
    assert not await answers(session, address)
    with pytest.raises(CannotConnect):
        await read_series(session, address, UNKNOWN, RestKind.ELECTRICITY)


@pytest.mark.parametrize("host", ["", "a b", "ex ample/../..", "[", "a" * 300])
async def test_a_host_that_cannot_be_one_is_no_address(
    session: ClientSession, host: str
) -> None:
    assert not await answers(session, RestAddress(host, 8080))


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        ("malformed", UnreadableAnswer),
        ("oversize", UnreadableAnswer),
        ("error", CannotConnect),
        ("redirect", CannotConnect),
        ("hang", CannotConnect),
    ],
)
async def test_trouble_on_the_device_is_told_apart(
    session: ClientSession,
    monkeypatch: pytest.MonkeyPatch,
    trouble: str,
    error: type[LinkError],
) -> None:
    monkeypatch.setattr(rest, "TIMEOUT", ClientTimeout(total=0.5))
    api = lived()
    api.trouble = trouble
    async with serve_rest(api) as port:
        with pytest.raises(error):
            await read_series(
                session, RestAddress(HOST, port), clamp(api), RestKind.ELECTRICITY
            )


async def test_a_device_that_reboots_hangs_up(session: ClientSession) -> None:
    api = lived()
    api.device.faults.start("reboot")
    api.step(int(time.time()) + 1)
    async with serve_rest(api) as port:
        with pytest.raises(CannotConnect):
            await read_series(
                session, RestAddress(HOST, port), clamp(api), RestKind.ELECTRICITY
            )


async def asked_of(session: ClientSession, response: web.Response) -> object:
    """Ask a server that always answers the same."""
    async with always(response) as address:
        return await read_series(session, address, UNKNOWN, RestKind.ELECTRICITY)


REFUSED = b"Malformed query string: interval, unit and version are required."


@pytest.mark.parametrize(
    "response",
    [
        {"status": 400, "body": REFUSED},
        {"status": 200, "body": REFUSED, "headers": {"status": "400 Bad Request"}},
        {"status": 200, "body": REFUSED},
        {"status": 200, "body": b"f([[1700000000,1]]);"},
        {"status": 200, "body": b"[[1700000000,nan]]"},
        {"status": 200, "body": b" " * (MAX_BYTES + 1)},
    ],
)
async def test_an_answer_that_cannot_be_read_is_told(
    session: ClientSession, response: dict[str, object]
) -> None:
    with pytest.raises(UnreadableAnswer):
        await asked_of(session, web.Response(**response))  # type: ignore[arg-type]


async def test_a_small_answer_that_unpacks_into_a_large_one_is_refused(
    session: ClientSession,
) -> None:
    bomb = gzip.compress(b"[" + b" " * 50_000_000 + b"]")
    assert len(bomb) < 60_000
    with pytest.raises(LinkError):
        await asked_of(
            session, web.Response(body=bomb, headers={"Content-Encoding": "gzip"})
        )


async def test_what_is_not_http_is_no_answer(session: ClientSession) -> None:
    async def greet(
        _reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(b"SSH-2.0-dropbear\r\n")
        writer.close()

    server = await asyncio.start_server(greet, HOST, 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        assert not await answers(session, RestAddress(HOST, port))
