"""The REST API of an FLM02: a file for each sensor, and a web server that shows it."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
import json
from typing import NamedTuple

from aiohttp import web

from .device import Device
from .messages import Message, sensor_topic
from .p1_pace import paced

_LOOPBACK = "127.0.0.1"
_WINDOW = 60
_UNITS = ("watt", "lperday")
_REFUSAL = (
    "Malformed query string: interval, unit and version query parameters are required."
)
# Not sensors of the daemon that writes the files: their scripts find none.
_WITHOUT_FILE = ("kube",)
_HANGS = 3600.0


class Answer(NamedTuple):
    """What the web server says: `told` is a status that only the script knows of."""

    status: int
    body: str
    told: str | None = None
    json: bool = True


class RestApi:
    """The readings of a device as its daemon files them.

    `trouble`: what is wrong with the web server beside the device's own faults: "hang",
    "error", "malformed" (cut off), "oversize" or "redirect".
    `lag`: seconds without a reading at the end of a file, as old firmware has them.
    `broken`: sensors that the web server always answers 500 for.
    `honours_status`: whether the web server makes the script's refusal its own.
    """

    def __init__(
        self, device: Device, *, lag: int = 0, honours_status: bool = False
    ) -> None:
        """File nothing yet."""
        self.device = device
        self.trouble: str | None = None
        self.broken: set[str] = set()
        self.asked: list[str] = []
        self._lag = lag
        self._honours_status = honours_status
        self._readings: dict[str, dict[int, int]] = {}
        self._files: dict[str, str] = {}
        self._booted = device.powered

    @property
    def offered(self) -> list[str]:
        """Return the ids of the sensors that the device offers."""
        return [sensor.id for sensor in self.device.sensors.values()]

    @property
    def _filed(self) -> list[str]:
        """Return the ids of the sensors that the daemon reads."""
        return [
            sensor.id
            for sensor in self.device.sensors.values()
            if sensor.config.get("class") not in _WITHOUT_FILE
        ]

    def step(self, second: int) -> list[Message]:
        """Let the device live a second, and file what it reads; return what it sent."""
        sent = self.device.step(second)
        if self._booted and not self.device.powered:
            self._readings.clear()
            self._files.clear()
        self._booted = self.device.powered
        if self._booted:
            self._file(sent)
        return sent

    def _file(self, sent: Iterable[Message]) -> None:
        """Rewrite all files when any reading came."""
        gauges = {
            sensor_topic(sensor_id, "gauge"): sensor_id for sensor_id in self._filed
        }
        newest = 0
        for message in sent:
            if (sensor_id := gauges.get(message.topic)) is not None:
                stamp, value, _ = json.loads(message.payload)
                self._readings.setdefault(sensor_id, {})[stamp] = value
                newest = max(newest, stamp)
        if newest:
            self._write(newest + self._lag)

    def _write(self, until: int) -> None:
        first = until - _WINDOW + 1
        for sensor_id, readings in self._readings.items():
            for stamp in [stamp for stamp in readings if stamp < first]:
                del readings[stamp]
            self._files[sensor_id] = json.dumps(
                _filled(readings, range(first, until + 1)), separators=(",", ":")
            )

    def answer(self, sensor_id: str, query: Mapping[str, str]) -> Answer:
        """Return what the web server says of a sensor."""
        if sensor_id in self.broken:
            return Answer(500, "Internal Server Error", json=False)
        if sensor_id not in self.offered:
            return Answer(404, "No such file or directory", json=False)
        wanted = (query.get("version"), query.get("interval"))
        if wanted != ("1.0", "minute") or query.get("unit") not in _UNITS:
            status = 400 if self._honours_status else 200
            return Answer(status, _REFUSAL, "400 Bad Request", json=False)
        if (file := self._files.get(sensor_id)) is None:
            return Answer(200, "[]")
        callback = query.get("callback") or query.get("jsonp_callback")
        return Answer(200, f"{callback}({file});" if callback else file)


def _filled(readings: Mapping[int, int], seconds: range) -> list[list[int | str]]:
    """Fill the seconds before each reading with it, and those after the last."""
    filled: list[list[int | str]] = []
    value: int | str = "nan"
    for second in reversed(seconds):
        value = readings.get(second, value)
        filled.append([second, value])
    return filled[::-1]


@asynccontextmanager
async def serve_rest(api: RestApi, port: int = 0) -> AsyncIterator[int]:
    """Serve it on a port of the loopback interface, which the context yields."""

    async def show(request: web.Request) -> web.StreamResponse:
        return await _show(api, request)

    application = web.Application()
    application.router.add_get("/{path:.*}", show)
    runner = web.AppRunner(
        application, access_log=None, handler_cancellation=True, shutdown_timeout=0.1
    )
    await runner.setup()
    site = web.TCPSite(runner, _LOOPBACK, port)
    try:
        await site.start()
        address = runner.addresses[0]
        yield address[1]
    finally:
        await runner.cleanup()


async def _show(api: RestApi, request: web.Request) -> web.StreamResponse:
    if not api.device.powered:
        if request.transport is not None:
            request.transport.close()
        return web.Response()
    match api.trouble:
        case "hang":
            await asyncio.sleep(_HANGS)
        case "redirect":
            raise web.HTTPFound("http://flukso.invalid/")
        case "error":
            return web.Response(status=500, text="Internal Server Error")
        case "oversize":
            return await _endless(request)
    folder, _, sensor_id = request.path.strip("/").partition("/")
    if folder != "sensor" or not sensor_id:
        return web.Response(text="<html></html>", content_type="text/html")
    api.asked.append(request.path_qs)
    answer = api.answer(sensor_id, request.query)
    body = answer.body
    if api.trouble == "malformed":
        body = body[: len(body) // 2]
    return web.Response(
        status=answer.status,
        body=body.encode(),
        content_type="application/json" if answer.json else "text/plain",
        headers=None if answer.told is None else {"status": answer.told},
    )


async def _endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b"[[1310047446,124]," * 100)


async def run_rest(
    api: RestApi, *, speed: float = 1.0, duration: int | None = None
) -> None:
    """Let the device live until cancelled, or for so many of its seconds."""
    async for second in paced(api.device.start, speed, duration):
        api.step(second)
