"""What a hub says of a device that goes and returns, and of its clock."""

import logging

import pytest

from custom_components.flukso.devices.clock import ClockOffset
from custom_components.flukso.devices.presence import Presence

LOGGER = logging.getLogger("custom_components.flukso.devices.test")


@pytest.fixture
def presence(caplog: pytest.LogCaptureFixture) -> Presence:
    caplog.set_level(logging.INFO, LOGGER.name)
    return Presence(LOGGER, "A device")


def said(caplog: pytest.LogCaptureFixture) -> list[tuple[int, str]]:
    """Return the levels and the lines of the hub's log."""
    return [
        (record.levelno, record.getMessage())
        for record in caplog.records
        if record.name == LOGGER.name
    ]


def test_one_line_each_way(
    presence: Presence, caplog: pytest.LogCaptureFixture
) -> None:
    turned = [
        presence.regain("it is back"),
        presence.lose("it is silent"),
        presence.lose("it is silent still"),
        presence.regain("it is back"),
        presence.regain("it is back"),
    ]
    assert turned == [False, True, False, True, False]
    assert not presence.lost
    assert said(caplog) == [
        (logging.WARNING, "A device: it is silent"),
        (logging.INFO, "A device: it is back"),
    ]


def test_one_line_for_all_of_a_moment(
    presence: Presence, caplog: pytest.LogCaptureFixture
) -> None:
    presence.log_turned(0, 0)
    presence.log_turned(2, 0)
    presence.log_turned(1, 3, "sensors")
    assert said(caplog) == [
        (logging.WARNING, "A device: 2 readings fell silent"),
        (logging.WARNING, "A device: 1 sensors fell silent"),
        (logging.INFO, "A device: 3 sensors are back"),
    ]


def test_the_least_delayed_message_tells_the_offset() -> None:
    clock = ClockOffset()
    assert not clock.settle()
    assert [clock.known, clock.latest] == [None, None]
    for stamp, wall in ((1003, 1000.9), (1010, 1005.2), (1011, 1008.0)):
        clock.note(stamp, wall)
    assert [clock.known, clock.latest] == [None, 5]
    assert clock.settle()
    assert [clock.known, clock.latest] == [5, 5]


def test_an_offset_stays_until_another_while_tells_better() -> None:
    clock = ClockOffset()
    clock.note(1005, 1000.0)
    clock.settle()
    assert not clock.settle()
    assert [clock.known, clock.latest] == [5, 5]
    clock.note(1062, 1060.0)
    assert [clock.known, clock.latest] == [5, 2]
    assert clock.settle()
    assert clock.known == 2
