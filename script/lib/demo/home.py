"""A Home Assistant of its own, as a process in a folder."""

import asyncio
from asyncio.subprocess import Process
import json
import os
from pathlib import Path
import signal
import socket
import sys
from typing import Self

from aiohttp import ClientError, ClientSession

ROOT = Path(__file__).resolve().parents[3]
LOOPBACK = "127.0.0.1"
LOG = "home-assistant.log"
START_TIMEOUT = 180.0
STOP_TIMEOUT = 60.0

# Not default_config: it brings voices, cameras and clouds that nobody needs here.
CONFIGURATION = """\
config:
energy:
frontend:
history:
homeassistant:
logbook:
recorder:
system_health:
system_log:
"""


class Home:
    """A Home Assistant that runs while the context is."""

    def __init__(self, folder: Path, port: int) -> None:
        """Prepare; what is in the folder is kept."""
        self.folder = folder
        self.url = f"http://{LOOPBACK}:{port}"
        self._port = port
        self._console = folder / "console.log"
        self._process: Process | None = None

    @property
    def log(self) -> Path:
        """Return where it writes its log."""
        return self.folder / LOG

    async def __aenter__(self) -> Self:
        """Start it, and wait until it answers; raise OSError if the port is taken."""
        with socket.create_server((LOOPBACK, self._port)):
            self._prepare()
        with self._console.open("wb") as console:
            self._process = await asyncio.create_subprocess_exec(
                *(Path(sys.prefix) / "bin" / "hass", "--skip-pip", "--log-no-color"),
                *("--config", self.folder),
                cwd=self.folder,
                env=os.environ | {"SETUP_PORT": str(self._port)},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                # Ctrl-C is for us: we stop it when we are done.
                start_new_session=True,
            )
        try:
            async with asyncio.timeout(START_TIMEOUT):
                await self._until_it_answers(self._process)
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop it, so that it can write what it knows."""
        await self._stop()

    async def wait(self) -> None:
        """Wait until it ends by itself."""
        if self._process is not None:
            await self._process.wait()

    def _prepare(self) -> None:
        components = self.folder / "custom_components"
        storage = self.folder / ".storage"
        for folder in (components, storage):
            folder.mkdir(parents=True, exist_ok=True)
        link = components / "flukso"
        link.unlink(missing_ok=True)
        link.symlink_to(ROOT / "custom_components" / "flukso")
        configuration = self.folder / "configuration.yaml"
        if not configuration.exists():
            configuration.write_text(CONFIGURATION, encoding="utf-8")
        # The first format of this store, which newer ones still read: it is the one
        # place besides YAML, which is only taken on trial, that can name an interface.
        http = {"version": 1, "key": "http", "data": {"server_host": [LOOPBACK]}}
        (storage / "http").write_text(json.dumps(http), encoding="utf-8")
        self.log.unlink(missing_ok=True)

    async def _until_it_answers(self, process: Process) -> None:
        async with ClientSession(self.url) as session:
            while process.returncode is None:
                await asyncio.sleep(0.2)
                try:
                    async with session.get("/"):
                        return
                except ClientError:
                    continue
        console = self._console.read_text(encoding="utf-8", errors="replace")
        raise RuntimeError(f"Home Assistant ended at once:\n{console[-2000:]}")

    async def _stop(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            async with asyncio.timeout(STOP_TIMEOUT):
                await process.wait()
        except TimeoutError:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
