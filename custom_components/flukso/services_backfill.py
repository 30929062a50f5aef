"""The action that imports history which others kept."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Any, Final, Protocol

import probatio as vol

from homeassistant.core import HomeAssistant, ServiceResponse
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util import dt as dt_util
from yarl import URL

from .core.demand.intake import ImportCounts
from .core.demand.tariff import QUARTER
from .core.demand.windows import Window
from .core.fluksometer.cloud import is_token
from .cloud_source import CloudSource, Missing
from .demand_feed import FluksometerFeed
from .demand_meter import DemandMeterHub
from .errors import invalid, raised_for_cloud
from .transport.cloud import DEFAULT_URL, FluksoCloud
from .transport.cloud_errors import CloudError, CloudFault
