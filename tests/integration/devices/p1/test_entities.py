"""From the bytes of a telegram to states."""

from collections.abc import Iterable
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from homeassistant.const import STATE_UNKNOWN

from .feed import MakeMeterFeed, MeterFeed
from .telegrams import (
    GAS_AND_WATER,
    INVALID_GAS,
    NOON,
    THREE_PHASES,
    changed,
    fixture,
    read,
    sealed,
    without,
)

VALID = (
    "at_sagemcom_t210dr_plain",
    "be_fluvius_50217_20221220_mono_gas_empty_history",
    GAS_AND_WATER,
    "be_fluvius_50217_20240708_3x230_import_export_phases_13months_gas",
    THREE_PHASES,
    "be_fluvius_50221_generation_D_template_recomputed",
    "be_fluvius_emucs171_spec_example_3ph_gas_water",
    "hu_eon_sagemcom",
    "be_iskra_ie5",
    "lu_smarty_plain",
    "nl_dsmr22_kamstrup_gas",
    "nl_dsmr30_gas",
    "nl_dsmr42_kaifa_gas_powerfailurelog",
    "nl_dsmr50_iskra_two_mbus",
    "nl_dsmr50_spec_style_3ph_gas",
    "nl_warmtelink_unpadded_crc",
    "se_kamstrup_han",
)
SHOWN_ATTRIBUTES = (
    "device_class",
    "friendly_name",
    "state_class",
    "unit_of_measurement",
)
POWER = b"1-0:1.7.0(09.258*kW)"


def described(feed: MeterFeed) -> Iterable[tuple[str, dict[str, Any]]]:
    """Yield what is shown of each entity by its unique id, without the meter's id."""
    for entity in feed.entities():
        state = feed.hass.states.get(entity.entity_id)
        assert state is not None
        about = {key: state.attributes.get(key) for key in SHOWN_ATTRIBUTES}
        yield (
            entity.unique_id.removeprefix(f"{feed.meter_id}_"),
            {"state": state.state, "category": entity.entity_category, **about},
        )


def drawing(kilowatts: str) -> bytes:
    """Return the telegram of three phases with another power."""
    power = f"1-0:1.7.0({kilowatts}*kW)".encode()
    return changed(fixture(THREE_PHASES), (POWER, power))


@pytest.mark.smoke
@pytest.mark.parametrize("name", VALID)
async def test_every_valid_telegram_is_shown(
    make_p1_feed: MakeMeterFeed,
    all_enabled: None,
    snapshot: SnapshotAssertion,
    name: str,
) -> None:
    feed = make_p1_feed(fixture(name))
    stamp = read(feed.telegram).timestamp
    await feed.start(NOON if stamp is None else stamp + 1)
    await feed.send()
    assert dict(described(feed)) == snapshot(name="entities")
    assert [
        (device.name, device.model, device.manufacturer) for device in feed.devices()
    ] == snapshot(name="devices")


async def test_what_few_people_want_is_off_by_default(
    make_p1_feed: MakeMeterFeed,
) -> None:
    feed = make_p1_feed(fixture("nl_dsmr42_kaifa_gas_powerfailurelog"))
    await feed.start()
    await feed.send()
    disabled = {
        entity.translation_key for entity in feed.entities() if entity.disabled_by
    }
    assert disabled == {
        "short_failures",
        "long_failures",
        "sags_phase",
        "swells_phase",
        "valve",
    } & {entity.translation_key for entity in feed.entities()}
    assert {"short_failures", "sags_phase"} <= disabled


async def test_powers_are_means_of_the_interval_and_the_rest_is_the_last(
    make_p1_feed: MakeMeterFeed,
) -> None:
    feed = make_p1_feed(drawing("01.000"), gauge_interval=10, counter_interval=60)
    await feed.start()
    await feed.send()
    assert feed.value_of("power_import") == "1.0"
    await feed.send(drawing("02.000"), drawing("03.000"))
    assert feed.value_of("power_import") == "1.0"
    await feed.tick(10)
    assert feed.value_of("power_import") == "2.5"
    assert feed.value_of("power_net") == "2.5"
    assert feed.value_of("demand_register") == "4.065"


async def test_counters_are_written_at_their_own_pace(
    make_p1_feed: MakeMeterFeed,
) -> None:
    telegram = fixture(THREE_PHASES)
    later = changed(telegram, (b"046077.141", b"046077.241"))
    feed = make_p1_feed(telegram, gauge_interval=10, counter_interval=60)
    await feed.start()
    await feed.send()
    assert feed.value_of("energy_import") == "77246.798"
    for _ in range(2):
        await feed.tick(25)
        await feed.send(later)
    assert feed.value_of("energy_import") == "77246.798"
    await feed.tick(10)
    assert feed.value_of("energy_import") == "77246.898"
    assert feed.value_of("energy_import_normal") == "46077.241"
    assert feed.value_of("energy_import_low") == "31169.657"


async def test_belgian_and_dutch_tariffs_are_told_apart(
    make_p1_feed: MakeMeterFeed,
) -> None:
    feed = make_p1_feed(fixture("nl_dsmr50_iskra_two_mbus"))
    await feed.start()
    await feed.send()
    assert feed.value_of("energy_import_low") == "2130.115"
    assert feed.value_of("energy_import_normal") == "245.467"
    assert feed.value_of("tariff") == "low"


async def test_a_bad_field_is_dropped_and_counted_and_the_others_are_shown(
    make_p1_feed: MakeMeterFeed,
) -> None:
    feed = make_p1_feed(sealed(fixture(INVALID_GAS)))
    await feed.start()
    await feed.send()
    await feed.send()
    assert feed.value_of("power_import") == "0.638"
    assert feed.state_by_id(f"{feed.meter_id}_gas_gas") is None
    assert [(f.code, n) for f, n in feed.hub.dropped_fields.items()] == [
        ("0-1:24.2.3", 2)
    ]


async def test_what_the_meter_sends_later_is_added_without_a_reload(
    make_p1_feed: MakeMeterFeed,
) -> None:
    telegram = fixture(THREE_PHASES)
    feed = make_p1_feed(telegram)
    await feed.start()
    await feed.send(without(telegram, b"1-0:1.4.0", b"1-0:1.6.0", b"0-0:98.1.0"))
    assert feed.state_of("demand_register") is None
    hub = feed.hub
    await feed.send(telegram)
    assert feed.value_of("demand_register") == "4.065"
    assert feed.value_of("month_peak_register") == "25.891"
    assert feed.hub is hub


async def test_a_power_factor_is_unknown_while_there_is_too_little_current(
    make_p1_feed: MakeMeterFeed, all_enabled: None
) -> None:
    telegram = fixture(THREE_PHASES)
    idle = changed(telegram, (b"011.12*A", b"000.12*A"), (b"02.399", b"00.020"))
    feed = make_p1_feed(telegram)
    await feed.start()
    await feed.send()
    assert feed.value_of("power_factor_l1") == "0.920774"
    await feed.tick(10)
    assert feed.value_of("power_factor_l1") == "0.920774"
    await feed.send(idle)
    await feed.tick(10)
    assert feed.value_of("power_factor_l1") == STATE_UNKNOWN


async def test_the_newest_firmware_names_the_device(
    make_p1_feed: MakeMeterFeed,
) -> None:
    telegram = fixture(THREE_PHASES)
    feed = make_p1_feed(telegram)
    await feed.start()
    assert [device.model for device in feed.devices()] == ["e-MUCS"]
    await feed.send()
    assert [device.model for device in feed.devices()] == ["e-MUCS 50217"]
    await feed.send(changed(telegram, (b"4(50217)", b"4(50221)")))
    assert [device.model for device in feed.devices()] == ["e-MUCS 50221"]
    await feed.send(changed(telegram, (b"4(50217)", b"4(<b>)")))
    assert [device.model for device in feed.devices()] == ["e-MUCS"]


async def test_rate_errors_and_clock_are_shown(make_p1_feed: MakeMeterFeed) -> None:
    telegram = fixture(THREE_PHASES)
    stamp = read(telegram).timestamp
    assert stamp is not None
    feed = make_p1_feed(telegram, counter_interval=60)
    await feed.start(stamp - 12)
    await feed.run(10)
    assert feed.value_of("clock_offset") == "11"
    damaged = telegram.replace(b"09.258", b"09.259")
    await feed.send(telegram, damaged, damaged)
    await feed.tick(51)
    assert feed.value_of("telegram_rate") == "67"
    assert feed.value_of("telegram_errors") == "2"
    assert feed.value_of("clock_offset") == "11"
    await feed.tick(61)
    assert feed.value_of("telegram_rate") == "0"


async def test_a_telegram_that_was_under_way_at_the_start_is_no_error(
    make_p1_feed: MakeMeterFeed,
) -> None:
    feed = make_p1_feed(fixture(THREE_PHASES))
    await feed.start()
    feed.line.send(feed.telegram[500:])
    await feed.send()
    assert feed.hub.refused == {}
    assert feed.value_of("power_import") == "9.258"
