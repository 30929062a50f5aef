"""Import the pure part without Home Assistant, and start real brokers for it."""

from collections.abc import Generator, Mapping
from pathlib import Path

import pytest

from tests.pure_package import install

from ..brokers import Mosquitto, MosquittoFactory

install()


@pytest.fixture
def mosquitto(tmp_path: Path) -> Generator[MosquittoFactory]:
    """Return what starts a Mosquitto for the duration of a test."""
    started: list[Mosquitto] = []

    def start(
        *, users: Mapping[str, str] | None = None, extra: tuple[str, ...] = ()
    ) -> Mosquitto:
        broker = Mosquitto(tmp_path, users or {}, extra=extra)
        started.append(broker)
        broker.start()
        return broker

    yield start
    for broker in started:
        broker.stop()


@pytest.fixture
def broker(mosquitto: MosquittoFactory) -> Mosquitto:
    """Return a Mosquitto that everybody may use."""
    return mosquitto()
