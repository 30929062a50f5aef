"""The one place where what goes wrong becomes errors of Home Assistant."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Final, NamedTuple

from homeassistant.exceptions import (
    ConfigEntryAuthFailed,
    ConfigEntryNotReady,
    HomeAssistantError,
    ServiceValidationError,
)

from ..const import DOMAIN
from ..core.p1.decrypt import WrongKey
from ..transport.errors import (
    CloudError,
    CloudFault,
    InvalidAuth,
    InvalidSensor,
    LinkError,
    NoFluksometer,
    NoMqttClient,
    NoQuarterMonitor,
    NoReadings,
    NoTelegram,
    PortInUse,
    UnknownSensor,
    WrongDevice,
)


class Withdrawn(Exception):
    """The demand meter went out of service, or Home Assistant stops."""


class ErrorKeys(NamedTuple):
    """The keys of the words for an error, by the place where it is shown."""

    form: str = "cannot_connect"
    setup: str = "cannot_connect"
    p1_setup: str = "port_not_open"
    monitor: str = "monitor_not_answering"


# What a class says counts for those that derive from it and are not here themselves.
ERROR_KEYS: Final[Mapping[type[Exception], ErrorKeys]] = MappingProxyType(
    {
        LinkError: ErrorKeys(),
        InvalidAuth: ErrorKeys(
            form="invalid_auth", setup="invalid_auth", monitor="monitor_asks_for_login"
        ),
        NoMqttClient: ErrorKeys(p1_setup="mqtt_not_ready"),
        PortInUse: ErrorKeys(form="port_in_use"),
        NoFluksometer: ErrorKeys(form="no_fluksometer", setup="no_fluksometer"),
        NoQuarterMonitor: ErrorKeys(
            form="no_quarter_monitor",
            setup="no_quarter_monitor",
            monitor="no_quarter_monitor",
        ),
        NoTelegram: ErrorKeys(form="no_telegram"),
        WrongDevice: ErrorKeys(form="wrong_device"),
        WrongKey: ErrorKeys(form="wrong_key"),
        InvalidSensor: ErrorKeys(form="invalid_sensor"),
        UnknownSensor: ErrorKeys(form="unknown_sensor"),
        NoReadings: ErrorKeys(form="no_readings"),
    }
)


def keys_of(error: LinkError | WrongKey) -> ErrorKeys:
    """Return the keys of the words for an error."""
    return next(ERROR_KEYS[kind] for kind in type(error).__mro__ if kind in ERROR_KEYS)


@contextmanager
def shown_in_form(errors: dict[str, str]) -> Iterator[None]:
    """Turn what keeps us from talking to a device into a form's error."""
    try:
        yield
    except (LinkError, WrongKey) as err:
        errors["base"] = keys_of(err).form


@contextmanager
def raised_for_setup() -> Iterator[None]:
    """Turn what keeps a device away into what setting up an entry may raise."""
    try:
        yield
    except InvalidAuth as err:
        raise ConfigEntryAuthFailed(
            translation_domain=DOMAIN, translation_key=keys_of(err).setup
        ) from err
    except LinkError as err:
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN, translation_key=keys_of(err).setup
        ) from err


@contextmanager
def raised_for_p1_setup() -> Iterator[None]:
    """Turn what keeps a P1 port shut into what setting up an entry may raise."""
    try:
        yield
    except LinkError as err:
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN, translation_key=keys_of(err).p1_setup
        ) from err


@contextmanager
def raised_for_monitor() -> Iterator[None]:
    """Turn what keeps a quarter monitor away into what an action may raise."""
    try:
        yield
    except LinkError as err:
        raise HomeAssistantError(
            translation_domain=DOMAIN, translation_key=keys_of(err).monitor
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


def invalid(*, translation_key: str, **placeholders: str) -> ServiceValidationError:
    """Return what an action raises when it cannot do what it is told."""
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=translation_key,
        translation_placeholders=placeholders,
    )
