"""Every stored telegram, from its bytes to what is made of it."""

from dataclasses import dataclass

import pytest

from custom_components.flukso.diagnostics import async_get_config_entry_diagnostics
from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant

from ...core.p1.support import months
from ..devices.p1.feed import MeterFeed
from ..devices.p1.telegrams import (
    FOLDER,
    GAS_AND_WATER,
    INVALID_GAS,
    NOON,
    THREE_PHASES,
    changed,
    fixture,
    read,
    sealed,
)
from .p1 import MakeFeed, month_peaks, value

EMPTY_HISTORY = "be_fluvius_50217_20221220_mono_gas_empty_history"
THREE_WIRES = "be_fluvius_50217_20240708_3x230_import_export_phases_13months_gas"
GENERATION_D = "be_fluvius_50221_generation_D_template_recomputed"
EXAMPLE = "be_fluvius_emucs171_spec_example_3ph_gas_water"
WALLOON = "be_ores_50217_20230319_mono_empty_history_anonymised"
OLD_SOFTWARE = "be_fluvius_50213_mono_gas"
HEAT = "nl_warmtelink_unpadded_crc"
MANGLED = "hw_p1_telegram_api_fixture_lf"
KILO_UNITS = "lt_eso_kilo_units"
FRAGMENT = "frag_981_13months_2024"
WATT = 0.001
# Where the telegram does not tell its time.
MID_QUARTER = NOON + 400

# Of the first second of a quarter; test_homes.py has them.
AT_NOON = ("be_iskra_ie5_summer", "be_iskra_ie5_winter")

# What had its ids blanked, so that its checksum does not fit.
BLANKED = (OLD_SOFTWARE, INVALID_GAS, WALLOON)

# What has another checksum than the standard's.
HDLC = ("hu_holley_slash_in_header_x25", "hu_holley_x25")


@dataclass(frozen=True)
class Expected:
    """What a Belgian telegram tells: kW; the running month is the last of the peaks."""

    demand: float
    projected: float
    rolling: float
    peaks: dict[str, float]


BELGIAN = {
    EXAMPLE: Expected(
        demand=2.351,
        projected=2.351,
        rolling=4.146,
        peaks=months("2020-02", 4.318, 5.980, 3.695, 2.589),
    ),
    GAS_AND_WATER: Expected(
        demand=0.052,
        projected=0.372,
        rolling=3.680,
        peaks=months("2023-08", 1.862, 4.229, 4.927, 3.064),
    ),
    THREE_PHASES: Expected(
        demand=4.065,
        projected=9.352,
        rolling=16.694,
        peaks=months("2023-10", 12.195, 17.457, 17.440)
        | months("2024-01", 17.632, 14.301, 13.429, 13.080, 16.789, 16.074)
        | months("2024-07", 15.127, 13.067, 20.304, 17.198, 25.891),
    ),
    THREE_WIRES: Expected(
        demand=0.118,
        projected=0.190,
        rolling=3.552,
        peaks=months("2023-06", 2.680)
        | months("2023-07", 2.099, 2.802, 3.033, 2.779, 3.407, 4.328)
        | months("2024-01", 3.966, 5.834, 3.527, 3.843, 2.768, 3.841)
        | months("2024-07", 1.811),
    ),
    EMPTY_HISTORY: Expected(
        demand=0.032, projected=0.523, rolling=3.716, peaks=months("2022-12", 3.716)
    ),
    WALLOON: Expected(
        demand=0.377, projected=2.813, rolling=4.470, peaks=months("2023-03", 4.470)
    ),
    # It is of the first second of a quarter, in which nothing can have been drawn yet:
    # its demand register, 1.880 kW, is that of the quarter before.
    GENERATION_D: Expected(
        demand=0.0,
        projected=0.988,
        rolling=5.714,
        peaks=months("2024-01", 4.198, 4.147, 6.511, 6.341, 4.379, 4.524)
        | months("2024-07", 5.871, 6.227, 7.529, 7.416),
    ),
}

# kWh and kW, as printed.
WITHOUT_REGISTERS = {
    "at_sagemcom_t210dr_plain": (6545.766, 0.286),
    "be_fluvius_50215_unit_without_star": (3578.626, 0.000),
    "hu_eon_sagemcom": (173.640, 0.000),
    "hu_holley": (3844.917, 3.301),
    "hu_holley_slash_in_header": (3844.917, 3.301),
    "be_iskra_ie5": (20.363, 0.170),
    "lu_smarty_plain": (5675.956, 3.074),
    "lu_values_without_unit": (6.695, 0.000),
    "nl_ace4000_gas_by_the_hour": (12345.074, 0.123),
    "nl_dsmr22_kamstrup_gas": (2.002, 1.010),
    "nl_dsmr30_gas": (24691.356, 1.190),
    "nl_dsmr40_codes_in_full": (246913.578, 1.193),
    "nl_dsmr42_kaifa_gas_powerfailurelog": (3016.829, 2.027),
    "nl_dsmr50_iskra_two_mbus": (2375.582, 0.111),
    "nl_dsmr50_spec_style_3ph_gas": (6.825, 0.244),
    "se_kamstrup_han": (3.997, 0.000),
    OLD_SOFTWARE: (4474.690, 0.000),
    INVALID_GAS: (333.630, 0.638),
}


def telegram_of(name: str) -> bytes:
    """Return a stored telegram, with a checksum that fits where it was blanked."""
    return sealed(fixture(name)) if name in BLANKED else fixture(name)


async def first_telegram(meter_at: MakeFeed, telegram: bytes) -> MeterFeed:
    """Let a meter that nobody knows send its first telegram; let 10 s pass."""
    feed = meter_at(telegram)
    await feed.start(read(telegram).timestamp or MID_QUARTER)
    await feed.send()
    await feed.tick(10)
    return feed


def test_every_stored_telegram_has_its_values_here() -> None:
    stored = {path.stem for path in FOLDER.glob("*.txt")}
    others = {HEAT, MANGLED, KILO_UNITS, FRAGMENT, *AT_NOON}
    assert stored == {*BELGIAN, *WITHOUT_REGISTERS, *HDLC, *others}


@pytest.mark.parametrize("name", HDLC)
async def test_a_meter_with_the_checksum_of_hdlc_is_read_from_its_second_telegram_on(
    meter_at: MakeFeed, name: str
) -> None:
    feed = meter_at(sealed(fixture(name)))
    await feed.start(read(feed.telegram).timestamp or MID_QUARTER)
    await feed.send(fixture(name))
    await feed.tick(10)
    assert feed.value_of("energy_import") is None
    await feed.send(fixture(name))
    await feed.tick(10)
    assert feed.value_of("energy_import") == "3844.917"
    assert feed.value_of("power_import") == "3.301"


@pytest.mark.parametrize("name", BELGIAN)
async def test_a_belgian_telegram_tells_demand_and_peaks_at_once(
    hass: HomeAssistant, meter_at: MakeFeed, name: str
) -> None:
    told = BELGIAN[name]
    telegram = telegram_of(name)
    feed = await first_telegram(meter_at, telegram)

    assert value(hass, "sensor.grid_demand") == pytest.approx(told.demand, abs=WATT)
    projected = hass.states.get("sensor.grid_projected_demand")
    assert projected is not None
    assert projected.attributes["as_now"] == pytest.approx(told.projected, abs=WATT)
    register = feed.state_of("demand_register")
    assert register is not None
    assert float(register.state) == read(telegram).demand

    assert await month_peaks(hass) == told.peaks
    assert value(hass, "sensor.grid_month_peak") == list(told.peaks.values())[-1]
    assert value(hass, "sensor.grid_rolling_peak") == told.rolling
    rolling = hass.states.get("sensor.grid_rolling_peak")
    assert rolling is not None
    assert rolling.attributes["months"] == min(12, len(told.peaks))
    assert rolling.attributes["at_least"] is False


@pytest.mark.parametrize("name", WITHOUT_REGISTERS)
async def test_a_meter_without_demand_registers_is_counted_from_then_on(
    hass: HomeAssistant, meter_at: MakeFeed, name: str
) -> None:
    energy, power = WITHOUT_REGISTERS[name]
    feed = await first_telegram(meter_at, telegram_of(name))

    assert float(feed.value_of("energy_import") or "") == energy
    assert float(feed.value_of("power_import") or "") == power
    assert feed.state_of("demand_register") is None
    demand = hass.states.get("sensor.grid_demand")
    assert demand is not None
    # Nothing is known yet of the quarter that runs.
    assert float(demand.state) == 0
    assert demand.attributes["coverage"] < 0.02
    assert await month_peaks(hass) == {}
    for key in ("month_peak", "rolling_peak"):
        state = hass.states.get(f"sensor.grid_{key}")
        assert state is not None
        assert state.state == STATE_UNKNOWN


async def test_a_heat_meter_has_heat_and_no_demand(
    hass: HomeAssistant, meter_at: MakeFeed
) -> None:
    feed = await first_telegram(meter_at, fixture(HEAT))
    (heat,) = [reading for reading in feed.hub.readings if reading.row.key == "heat"]
    state = feed.state_by_id(heat.unique_id)
    assert state is not None
    assert (state.state, state.attributes["unit_of_measurement"]) == ("240.86", "GJ")
    assert feed.state_of("energy_import") is None
    assert await month_peaks(hass) == {}


async def test_volts_and_amperes_may_come_in_thousands(meter_at: MakeFeed) -> None:
    feed = await first_telegram(meter_at, fixture(KILO_UNITS))
    assert feed.value_of("energy_import") == "9548.086"
    assert feed.value_of("power_import") == "2.0"
    assert feed.value_of("voltage_l1") == "242.0"
    assert feed.value_of("current_l1") == "5.0"


async def test_a_line_of_history_fills_in_its_months(
    hass: HomeAssistant, meter_at: MakeFeed
) -> None:
    whole = fixture(THREE_PHASES)
    (line,) = [item for item in whole.split(b"\r\n") if item.startswith(b"0-0:98.1.0")]
    telegram = changed(
        whole,
        (line, fixture(FRAGMENT).strip()),
        (b"1.0.0(241119162126W)", b"1.0.0(240401162126S)"),
    )
    await first_telegram(meter_at, telegram)

    assert await month_peaks(hass) == months(
        "2023-03", 6.259, 4.604, 5.471, 3.835
    ) | months("2023-07", 4.659, 3.764, 4.177, 4.568, 3.709, 4.425) | months(
        "2024-01", 4.768, 4.305, 4.597
    )


def without_checksum(name: str) -> bytes:
    """Return a telegram of an edition with a checksum, without it."""
    whole = fixture(name)
    return whole[: whole.rindex(b"!") + 1] + b"\r\n"


@pytest.mark.parametrize(
    ("telegram", "reason"),
    [
        *(pytest.param(fixture(name), "checksum", id=name) for name in BLANKED),
        pytest.param(fixture(MANGLED), "checksum", id=MANGLED),
        pytest.param(without_checksum(WALLOON), "no_checksum", id="anonymous-bare"),
        pytest.param(without_checksum(THREE_PHASES), "no_checksum", id="belgian-bare"),
    ],
)
async def test_an_invalid_telegram_is_refused_counted_and_makes_nothing(
    hass: HomeAssistant, meter_at: MakeFeed, telegram: bytes, reason: str
) -> None:
    feed = meter_at(fixture(THREE_PHASES))
    await feed.start()
    registered = feed.entities()
    await feed.send(telegram)
    await feed.send(telegram)
    await feed.tick(60)

    told = await async_get_config_entry_diagnostics(hass, feed.entry)
    assert told["link"]["refused"] == {reason: 2}
    assert told["link"]["telegrams"] == 0
    assert told["readings"] == []
    assert feed.value_of("telegram_errors") == "2"
    assert feed.entities() == registered
    assert await month_peaks(hass) == {}


async def test_a_bare_line_is_no_telegram(
    hass: HomeAssistant, meter_at: MakeFeed
) -> None:
    feed = meter_at(fixture(THREE_PHASES))
    await feed.start()
    registered = feed.entities()
    lost_beginning = fixture(FRAGMENT) + b"!186C\r\n"
    # The first is taken for a telegram that was under way when the port was opened.
    feed.line.send(lost_beginning)
    await feed.send(lost_beginning)
    await feed.tick(60)

    told = await async_get_config_entry_diagnostics(hass, feed.entry)
    assert told["link"]["refused"] == {"incomplete": 1}
    assert told["readings"] == []
    assert feed.value_of("telegram_errors") == "1"
    assert feed.entities() == registered
    assert await month_peaks(hass) == {}
