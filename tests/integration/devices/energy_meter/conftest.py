"""Fixtures of the tests of a demand meter on entities of other integrations."""

from freezegun.api import FrozenDateTimeFactory
import pytest

from homeassistant.core import HomeAssistant

from .home import NOON, MeasuredHome


@pytest.fixture
async def home(belgium: HomeAssistant, freezer: FrozenDateTimeFactory) -> MeasuredHome:
    """Return a Belgian home a little before noon."""
    home = MeasuredHome(belgium, freezer)
    home.begin(NOON - 20)
    return home
