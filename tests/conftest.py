"""What all suites share. Imports nothing of Home Assistant: the pure suites run it."""

from collections.abc import Generator, Mapping
from pathlib import Path

from hypothesis import settings
import pytest

from .brokers import Mosquitto, MosquittoFactory

# Two busy cores must not turn a slow example into a failed one.
settings.register_profile("flukso", settings(deadline=None))
settings.load_profile("flukso")


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
    """Return a Mosquitto that everybody may use, as on a Fluksometer."""
    return mosquitto()
