"""Which error a person sees for what went wrong, in each place where it may."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import NamedTuple

import pytest

from custom_components.flukso.core.p1.decrypt import WrongKey
from custom_components.flukso.helpers.errors import (
    Withdrawn,
    raised_for_history,
    raised_for_monitor,
    raised_for_p1_setup,
    raised_for_setup,
    shown_in_form,
)
from custom_components.flukso.transport.errors import (
    CannotConnect,
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
    PartUntold,
    PortInUse,
    ProtocolRefused,
    SubscriptionRefused,
    UnknownSensor,
    UnreadableAnswer,
    WrongDevice,
)
from homeassistant.exceptions import (
    ConfigEntryAuthFailed,
    ConfigEntryNotReady,
    HomeAssistantError,
    ServiceValidationError,
)

CLOUD = CloudError(CloudFault.BUSY)


class Keys(NamedTuple):
    """The keys of the words for an error: in a form, at set-up, in an action."""

    form: str
    setup: str
    p1_setup: str
    monitor: str


OTHERS = Keys(
    "cannot_connect", "cannot_connect", "port_not_open", "monitor_not_answering"
)
EXPECTED: list[tuple[Exception, Keys]] = [
    (LinkError(), OTHERS),
    (CannotConnect(), OTHERS),
    (ProtocolRefused(), OTHERS),
    (SubscriptionRefused(), OTHERS),
    (UnreadableAnswer(), OTHERS),
    (CLOUD, OTHERS),
    (PartUntold(CloudFault.BUSY), OTHERS),
    (
        InvalidAuth(),
        OTHERS._replace(
            form="invalid_auth",
            setup="invalid_auth",
            monitor="monitor_asks_for_login",
        ),
    ),
    (NoFluksometer(), OTHERS._replace(form="no_fluksometer", setup="no_fluksometer")),
    (
        NoQuarterMonitor(),
        OTHERS._replace(
            form="no_quarter_monitor",
            setup="no_quarter_monitor",
            monitor="no_quarter_monitor",
        ),
    ),
    (NoMqttClient(), OTHERS._replace(p1_setup="mqtt_not_ready")),
    (WrongDevice(), OTHERS._replace(form="wrong_device")),
    (InvalidSensor(), OTHERS._replace(form="invalid_sensor")),
    (UnknownSensor(), OTHERS._replace(form="unknown_sensor")),
    (NoReadings(), OTHERS._replace(form="no_readings")),
    (NoTelegram(), OTHERS._replace(form="no_telegram")),
    (PortInUse(), OTHERS._replace(form="port_in_use")),
]
PLACES: dict[str, Callable[[], AbstractContextManager[None]]] = {
    "setup": raised_for_setup,
    "p1_setup": raised_for_p1_setup,
    "monitor": raised_for_monitor,
}


def subclasses(kind: type[Exception]) -> Iterator[type[Exception]]:
    yield kind
    for child in kind.__subclasses__():
        yield from subclasses(child)


def fail(error: Exception) -> None:
    raise error


def raised(
    place: AbstractContextManager[None], error: Exception
) -> tuple[type[HomeAssistantError], str | None, dict[str, str] | None]:
    """Return what comes out of a place: its type, its words, what they are filled with."""
    with pytest.raises(HomeAssistantError) as caught, place:
        fail(error)
    assert caught.value.translation_domain == "flukso"
    assert caught.value.__cause__ is error
    return (
        type(caught.value),
        caught.value.translation_key,
        caught.value.translation_placeholders,
    )


def test_the_table_knows_every_error_of_the_network() -> None:
    assert {type(error) for error, _ in EXPECTED} == set(subclasses(LinkError))


@pytest.mark.parametrize(("error", "keys"), EXPECTED)
def test_in_a_form(error: Exception, keys: Keys) -> None:
    errors: dict[str, str] = {}
    with shown_in_form(errors):
        fail(error)
    assert errors == {"base": keys.form}


def test_a_wrong_key_in_a_form_and_nowhere_else() -> None:
    errors: dict[str, str] = {}
    with shown_in_form(errors):
        fail(WrongKey())
    assert errors == {"base": "wrong_key"}
    for make_place in PLACES.values():
        with pytest.raises(WrongKey), make_place():
            fail(WrongKey())


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("error", "keys"), EXPECTED)
def test_at_set_up_and_in_an_action(error: Exception, keys: Keys, place: str) -> None:
    kind: type[HomeAssistantError] = ConfigEntryNotReady
    if place == "monitor":
        kind = HomeAssistantError
    elif place == "setup" and isinstance(error, InvalidAuth):
        kind = ConfigEntryAuthFailed
    key = getattr(keys, place)
    assert raised(PLACES[place](), error) == (kind, key, None)


@pytest.mark.parametrize("stored", [False, True])
@pytest.mark.parametrize("fault", CloudFault)
def test_what_keeps_history_away(fault: CloudFault, stored: bool) -> None:
    refused = stored and fault is CloudFault.REFUSED
    key = "cloud_refused_stored" if refused else fault.value
    place = raised_for_history(stored=stored)
    assert raised(place, CloudError(fault)) == (HomeAssistantError, key, None)


def test_a_demand_meter_that_is_withdrawn() -> None:
    place = raised_for_history(stored=False)
    kind, key, placeholders = raised(place, Withdrawn())
    assert (kind, key) == (ServiceValidationError, "backfill_interrupted")
    assert placeholders == {}


@pytest.mark.parametrize("stored", [False, True])
def test_history_leaves_other_errors_to_others(stored: bool) -> None:
    with pytest.raises(CannotConnect), raised_for_history(stored=stored):
        fail(CannotConnect())


@pytest.mark.parametrize("place", [*PLACES.values(), lambda: shown_in_form({})])
def test_a_fault_of_ours_stays_one(
    place: Callable[[], AbstractContextManager[None]],
) -> None:
    with pytest.raises(KeyError), place():
        fail(KeyError())
