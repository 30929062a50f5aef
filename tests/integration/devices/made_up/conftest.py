"""Fixtures of the tests of a kind of device that is made up."""

from ...demand.conftest import (
    mock_recorder_before_hass,
    quiet_database,
    recorder_config,
)

__all__ = ["mock_recorder_before_hass", "quiet_database", "recorder_config"]
