"""Requests to Flukso's cloud, against a server that answers as it does."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterator
from datetime import UTC, datetime, timedelta
import ipaddress
from pathlib import Path
import socket
import ssl
import time

import aiohttp
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
import pytest
from yarl import URL

from custom_components.flukso.core.fluksometer.cloud import (
    MAX_LIST_BYTES,
    MAX_SERIES_BYTES,
    Resolution,
    SeriesSpan,
)
from custom_components.flukso.core.fluksometer.tmpo.block import MAX_BYTES
from custom_components.flukso.core.fluksometer.tmpo.keys import BlockKey
from custom_components.flukso.transport.errors import CloudError, CloudFault
from custom_components.flukso.transport.http import cloud as cloud_module
from custom_components.flukso.transport.http.cloud import ATTEMPTS, FluksoCloud
from simulator.cloud import Cloud, Fault, body, hang_up, status
from simulator.tmpo import BlockKey as StoredKey

MAIN = "fed676021dacaaf6a12a8dda7685be34"
SOLAR = "0123456789abcdef0123456789abcd02"
ACCOUNT = "a" * 32
OF_MAIN = "b" * 32
OF_SOLAR = "c" * 32
FIXTURES = Path(__file__).parents[2] / "fixtures" / "tmpo"


class Waits(list[float]):
    """The waits between requests, which do not last."""

    async def wait(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
async def server() -> AsyncGenerator[Cloud]:
    """Return a cloud that knows two sensors and real blocks of one."""
    cloud = Cloud({MAIN, SOLAR}, {ACCOUNT}, {OF_MAIN: MAIN, OF_SOLAR: SOLAR})
    cloud.blocks = dict(stored_blocks())
    async with cloud.listen():
        yield cloud


def stored_blocks() -> Iterator[tuple[StoredKey, bytes]]:
    """Yield the real blocks of the fixtures."""
    for path in (FIXTURES / MAIN).rglob("*"):
        if path.is_file():
            rid, level, begin = map(int, path.parts[-3:])
            yield StoredKey(MAIN, rid, level, begin), path.read_bytes()


@pytest.fixture
async def session() -> AsyncGenerator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def cloud(server: Cloud, session: aiohttp.ClientSession, waits: Waits) -> FluksoCloud:
    return FluksoCloud(session, [ACCOUNT], URL(server.url), waits.wait)


def last_day() -> SeriesSpan:
    now = int(time.time()) // 900 * 900
    return SeriesSpan(now - 5 * 900, now - 900, Resolution.QUARTER, now)


async def fails(cloud: FluksoCloud, fault: CloudFault) -> CloudError:
    """Return the error that asking for a list ends in."""
    with pytest.raises(CloudError) as raised:
        await cloud.async_list(MAIN, 0, 0)
    assert raised.value.fault is fault
    assert ACCOUNT not in f"{raised.value!r} {raised.value.__cause__!r}"
    return raised.value


async def test_all_blocks_are_listed_and_come_as_they_are(
    server: Cloud, cloud: FluksoCloud
) -> None:
    keys = await cloud.async_list(MAIN, 0, 0)
    assert {tuple(key) for key in keys} == {tuple(key) for key in server.blocks}
    for key in keys:
        assert await cloud.async_block(key) == server.blocks[StoredKey(*key)]
    assert server.asked[0].path.split("/")[2:] == [MAIN, "tmpo", "sync"]
    assert server.asked[0].query == {"rid": "0", "lvl": "8", "bid": "0"}
    assert {asked.headers["X-Version"] for asked in server.asked} == {"1.0"}
    assert server.asked[-1].headers["Accept"] == "application/gzip"
    assert cloud.requests == 1 + len(keys)


async def test_only_what_ends_later_is_listed(cloud: FluksoCloud) -> None:
    keys = await cloud.async_list(MAIN, 0, 1404225700)
    assert [key.begin for key in keys] == [1404225792]


async def test_a_block_that_went_meanwhile_is_none(cloud: FluksoCloud) -> None:
    assert await cloud.async_block(BlockKey(MAIN, 0, 8, 256)) is None


async def test_means_come_by_their_ends_and_unknown_ones_as_none(
    server: Cloud, cloud: FluksoCloud
) -> None:
    span = last_day()
    server.mean = lambda _sensor, stamp, _length: (
        None if stamp == span.end - 900 else stamp // 900 % 1000
    )
    means = await cloud.async_means(MAIN, span)
    assert means is not None
    assert len(means) == 6
    assert means[span.end - 900] is None
    assert means[span.end] == span.end // 900 % 1000
    assert server.asked[-1].query["resolution"] == "15min"


async def test_means_that_are_kept_no_longer_are_none(cloud: FluksoCloud) -> None:
    old = last_day()._replace(first=1_600_000_200, last=1_600_009_200)
    assert await cloud.async_means(MAIN, old) is None


async def test_each_sensor_is_asked_for_with_its_own_token(
    server: Cloud, session: aiohttp.ClientSession, waits: Waits
) -> None:
    cloud = FluksoCloud(session, [OF_SOLAR, OF_MAIN], URL(server.url), waits.wait)
    assert await cloud.async_list(MAIN, 0, 0)
    assert await cloud.async_list(SOLAR, 0, 0) == []
    assert len(server.asked) == 3
    assert await cloud.async_list(MAIN, 0, 0)
    assert len(server.asked) == 4


@pytest.mark.parametrize("token", [OF_SOLAR, "d" * 32])
async def test_a_token_of_another_sensor_is_refused(
    token: str, server: Cloud, session: aiohttp.ClientSession, waits: Waits
) -> None:
    cloud = FluksoCloud(session, [token], URL(server.url), waits.wait)
    await fails(cloud, CloudFault.REFUSED)
    assert len(server.asked) == 1


async def test_a_sensor_that_is_nowhere_is_unknown(
    server: Cloud, cloud: FluksoCloud
) -> None:
    server.sensors.clear()
    assert await cloud.async_list(MAIN, 0, 0) == []
    with pytest.raises(CloudError) as raised:
        await cloud.async_means(MAIN, last_day())
    assert raised.value.fault is CloudFault.UNKNOWN_SENSOR


async def test_one_request_runs_at_a_time(
    server: Cloud, cloud: FluksoCloud, waits: Waits
) -> None:
    keys = [BlockKey(*key) for key in server.blocks]
    async with asyncio.TaskGroup() as group:
        for key in keys:
            group.create_task(cloud.async_block(key))
    assert server.most_at_once == 1
    assert waits == [0.1] * len(keys)


@pytest.mark.parametrize("code", [429, 500, 503])
async def test_what_fails_for_a_while_is_asked_again(
    code: int, server: Cloud, cloud: FluksoCloud, waits: Waits
) -> None:
    server.faults = deque([status(code)] * (ATTEMPTS - 1))
    assert len(await cloud.async_list(MAIN, 0, 0)) == len(server.blocks)
    assert [wait for wait in waits if wait != 0.1] == [2, 4, 8]


async def test_the_server_says_how_long_to_wait(
    server: Cloud, cloud: FluksoCloud, waits: Waits
) -> None:
    server.faults = deque(
        [status(429, Retry_After="30"), status(429, Retry_After="soon")]
    )
    await cloud.async_list(MAIN, 0, 0)
    assert [wait for wait in waits if wait != 0.1] == [30, 4]


async def test_who_is_to_wait_for_too_long_gives_up(
    server: Cloud, cloud: FluksoCloud
) -> None:
    server.faults = deque([status(503, Retry_After="86400")])
    await fails(cloud, CloudFault.BUSY)
    assert len(server.asked) == 1


@pytest.mark.parametrize("code", [429, 502])
async def test_a_server_that_stays_busy_is_left_alone(
    code: int, server: Cloud, cloud: FluksoCloud
) -> None:
    server.faults = deque([status(code)] * 9)
    await fails(cloud, CloudFault.BUSY)
    assert len(server.asked) == ATTEMPTS


async def test_a_server_that_hangs_up_is_asked_again(
    server: Cloud, cloud: FluksoCloud
) -> None:
    server.faults = deque([hang_up, hang_up])
    assert len(await cloud.async_list(MAIN, 0, 0)) == len(server.blocks)
    # The client itself tries once more on a connection that was open.
    server.faults = deque([hang_up] * 2 * ATTEMPTS)
    await fails(cloud, CloudFault.UNREACHABLE)


async def test_what_does_not_speak_http_is_unreadable(
    session: aiohttp.ClientSession, waits: Waits
) -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-dropbear\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        url = URL(f"http://127.0.0.1:{port}")
        cloud = FluksoCloud(session, [ACCOUNT], url, waits.wait)
        await fails(cloud, CloudFault.UNREADABLE)


async def test_nobody_at_the_address_is_unreachable(
    session: aiohttp.ClientSession, waits: Waits
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    cloud = FluksoCloud(session, [ACCOUNT], URL(f"http://127.0.0.1:{port}"), waits.wait)
    await fails(cloud, CloudFault.UNREACHABLE)
    assert cloud.requests == ATTEMPTS


async def test_a_server_that_is_too_slow_is_unreachable(
    server: Cloud, cloud: FluksoCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.slow = 30.0
    short = aiohttp.ClientTimeout(total=0.05)
    monkeypatch.setattr(cloud_module, "TIMEOUT", short)
    await fails(cloud, CloudFault.UNREACHABLE)
    assert cloud.requests == ATTEMPTS


@pytest.mark.parametrize(
    "fault",
    [
        body(b"<html>parked</html>"),
        body(b'{"error": 1}'),
        body(b"[" + b" " * MAX_LIST_BYTES + b"]"),
        status(302, Location="http://127.0.0.1:1/"),
        status(400),
        status(204),
        status(418),
    ],
    ids=["html", "object", "huge", "redirect", "bad request", "nothing", "teapot"],
)
async def test_what_is_not_the_cloud_is_unreadable(
    fault: Fault, server: Cloud, cloud: FluksoCloud
) -> None:
    server.faults = deque([fault])
    await fails(cloud, CloudFault.UNREADABLE)
    assert len(server.asked) == 1


async def test_a_series_that_is_none_is_unreadable(
    server: Cloud, cloud: FluksoCloud
) -> None:
    span = last_day()
    for junk in (b'[[1, "x"]]', b" " * MAX_SERIES_BYTES + b"[]", b"\xff"):
        server.faults.append(body(junk))
        with pytest.raises(CloudError) as raised:
            await cloud.async_means(MAIN, span)
        assert raised.value.fault is CloudFault.UNREADABLE


async def test_no_more_is_received_than_a_block_can_be(
    server: Cloud, cloud: FluksoCloud
) -> None:
    server.faults = deque([body(bytes(MAX_BYTES + 1))])
    with pytest.raises(CloudError, match="too large"):
        await cloud.async_block(BlockKey(MAIN, 0, 8, 256))


async def test_no_more_is_received_than_ten_years_can_be(
    server: Cloud, cloud: FluksoCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cloud_module, "MOST_BYTES", 10_000)
    large = BlockKey(MAIN, 0, 20, 1402994688)
    with pytest.raises(CloudError, match="too much"):
        await cloud.async_block(large)


async def test_a_certificate_that_nobody_vouches_for_is_not_trusted(
    tmp_path: Path, session: aiohttp.ClientSession, waits: Waits
) -> None:
    server = Cloud({MAIN}, {ACCOUNT}, tls=self_signed(tmp_path))
    async with server.listen():
        cloud = FluksoCloud(session, [ACCOUNT], URL(server.url), waits.wait)
        await fails(cloud, CloudFault.UNTRUSTED)
    assert (cloud.requests, server.asked) == (1, [])


def self_signed(folder: Path) -> ssl.SSLContext:
    """Return what a server with its own certificate needs."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "cloud")])
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    file = folder / "cloud.pem"
    file.write_bytes(
        key.private_bytes(
            pem,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(pem)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
