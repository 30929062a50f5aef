"""The one place where what goes wrong becomes errors of Home Assistant."""

from collections.abc import Iterator
from contextlib import contextmanager

from homeassistant.exceptions import (
    ConfigEntryAuthFailed,
    ConfigEntryNotReady,
    HomeAssistantError,
    ServiceValidationError,
)

from ..const import DOMAIN
from ..transport.errors import (
    CloudError,
    CloudFault,
    InvalidAuth,
    LinkError,
    NoFluksometer,
    NoMqttClient,
    NoQuarterMonitor,
)


class Withdrawn(Exception):
    """The demand meter went out of service, or Home Assistant stops."""


@contextmanager
def raised_for_setup() -> Iterator[None]:
    """Turn what keeps a device away into what setting up an entry may raise."""
    try:
        yield
    except InvalidAuth as err:
        raise ConfigEntryAuthFailed(
            translation_domain=DOMAIN, translation_key="invalid_auth"
        ) from err
    except NoQuarterMonitor as err:
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN, translation_key="no_quarter_monitor"
        ) from err
    except NoFluksometer as err:
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN, translation_key="no_fluksometer"
        ) from err
    except LinkError as err:
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN, translation_key="cannot_connect"
        ) from err


@contextmanager
def raised_for_p1_setup() -> Iterator[None]:
    """Turn what keeps a P1 port shut into what setting up an entry may raise."""
    try:
        yield
    except NoMqttClient as err:
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN, translation_key="mqtt_not_ready"
        ) from err
    except LinkError as err:
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN, translation_key="port_not_open"
        ) from err


@contextmanager
def raised_for_history(*, stored: bool) -> Iterator[None]:
    """Turn what keeps history away into what an action may raise.

    `stored`: the cloud was asked with the token of the entry's options.
    """
    try:
        yield
    except CloudError as err:
        if stored and err.fault is CloudFault.REFUSED:
            raise HomeAssistantError(
                translation_domain=DOMAIN, translation_key="cloud_refused_stored"
            ) from err
        raise HomeAssistantError(
            translation_domain=DOMAIN, translation_key=err.fault.value
        ) from err
    except Withdrawn as err:
        raise invalid(translation_key="backfill_interrupted") from err


@contextmanager
def raised_for_monitor() -> Iterator[None]:
    """Turn what keeps a quarter monitor away into what an action may raise."""
    try:
        yield
    except NoQuarterMonitor as err:
        raise HomeAssistantError(
            translation_domain=DOMAIN, translation_key="no_quarter_monitor"
        ) from err
    except LinkError as err:
        raise HomeAssistantError(
            translation_domain=DOMAIN, translation_key="monitor_not_answering"
        ) from err


def invalid(*, translation_key: str, **placeholders: str) -> ServiceValidationError:
    """Return what an action raises when it cannot do what it is told."""
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=translation_key,
        translation_placeholders=placeholders,
    )
