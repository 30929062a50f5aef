"""Fixtures of the tests of an FLM02 that is read over HTTP."""

from collections.abc import AsyncGenerator

from freezegun.api import FrozenDateTimeFactory
import pytest

from homeassistant.core import HomeAssistant
from simulator import make_device
from simulator.rest import RestApi, serve_rest

from .home import NOON, RestHome


@pytest.fixture
async def home(
    belgium: HomeAssistant, socket_enabled: None, freezer: FrozenDateTimeFactory
) -> AsyncGenerator[RestHome]:
    """Return a Belgian home with an FLM02A that was switched on before noon."""
    api = RestApi(make_device("flm02a", start=NOON - 120, tmpo=False))
    async with serve_rest(api) as port:
        yield RestHome(belgium, freezer, api, port)
