"""Fixtures of the tests of the actions."""

from ..demand.conftest import (
    feed,
    folder,
    meter_at,
    mock_recorder_before_hass,
    quiet_database,
    recorder_config,
)

__all__ = [
    "feed",
    "folder",
    "meter_at",
    "mock_recorder_before_hass",
    "quiet_database",
    "recorder_config",
]
