"""Who publishes what, when, in which unit, and what the broker keeps."""

from itertools import pairwise
import re

import pytest

from simulator import make_device

from .support import START, Sent, drive, payloads, readings, units

_FLM02_GAUGE = re.compile(rb'\[\d{10},-?\d+,"(W|L/day)"\]')
_FLM02_COUNTER = re.compile(rb'\[\d{10},\d+(\.\d{1,3})?,"(Wh|L)"\]')
_FLM03_READING = re.compile(
    rb'\[\d{10}, -?\d+(\.\d{3})?, "(Wh|VARh|W|VAR|V|A|L|L/s|)"\]'
)
_KUBE_READING = re.compile('\\[\\d{10},\\d+(\\.\\d+)?,"(°C|%|Pa|lx|V|)"\\]')
_WAVEFORM = re.compile(rb'\[\[\d{10},500\],\[-?\d+(,-?\d+){31}\],"m[VA]"\]')
_CLOCK = re.compile(
    rb"\{flm:\{time:\[\d{10},\d+\],update:false\},"
    rb"flx:\{time:\[\d{10},\d+\],update:false\}\}"
)


def _wired(sent: list[Sent], slots: dict[int, str]) -> list[Sent]:
    topics = {
        f"/sensor/{sensor_id}/{stream}"
        for sensor_id in slots.values()
        for stream in ("gauge", "counter")
    }
    return [one for one in sent if one.message.topic in topics]


def _published(model: str, seconds: int) -> tuple[list[Sent], dict[int, str], set[int]]:
    device = make_device(model, start=START)
    ids = {slot: sensor.id for slot, sensor in device.sensors.items()}
    kubes = {slot for slot, sensor in device.sensors.items() if sensor.kid}
    return drive(device, START, START + seconds), ids, kubes


@pytest.mark.parametrize("model", ["FLM02A", "FLM02B"])
def test_flm02_readings_have_no_blanks_and_are_retained(model: str) -> None:
    sent, ids, kubes = _published(model, 900)
    wired = _wired(sent, {slot: i for slot, i in ids.items() if slot not in kubes})
    gauges = payloads(wired, "/gauge")
    counters = payloads(wired, "/counter")
    assert all(_FLM02_GAUGE.fullmatch(payload) for payload in gauges)
    assert all(_FLM02_COUNTER.fullmatch(payload) for payload in counters)
    assert len(gauges) >= 3 * 899
    assert counters
    assert all(message.retain and message.qos == 0 for _, message in wired)


def test_flm03e_readings_have_blanks_and_are_not_retained() -> None:
    sent, ids, kubes = _published("FLM03E", 300)
    wired = _wired(sent, {slot: i for slot, i in ids.items() if slot not in kubes})
    assert all(_FLM03_READING.fullmatch(message.payload) for _, message in wired)
    assert not any(message.retain for _, message in wired)
    assert b'", 0.000, "' not in b"".join(message.payload for _, message in wired)


@pytest.mark.parametrize("model", ["FLM02B", "FLM03E"])
def test_kube_readings_are_compact_and_retained(model: str) -> None:
    sent, ids, kubes = _published(model, 200)
    readings_ = _wired(sent, {slot: ids[slot] for slot in kubes})
    assert all(_KUBE_READING.fullmatch(m.payload.decode()) for _, m in readings_)
    assert all(message.retain for _, message in readings_)
    assert len(payloads(readings_, "/gauge")) >= 18


def test_flm02_clamps_publish_power_every_second_and_energy_on_change() -> None:
    sent, ids, _ = _published("FLM02B", 900)
    for slot in (1, 2, 3):
        gauges = readings(sent, ids[slot], "gauge")
        assert [stamp for stamp, _ in gauges] == list(range(START + 1, START + 900))
        assert all(watts >= 0 for _, watts in gauges)
        counts = readings(sent, ids[slot], "counter")
        assert all(a < b for (_, a), (_, b) in pairwise(counts))


def test_flm02_publishes_the_first_change_not_the_first_count() -> None:
    device = make_device("FLM02A", start=START, counters={1: 1000})
    sent = drive(device, START, START + 300)
    assert readings(sent, device.sensors[1].id, "counter")[0][1] == 1001


def test_flm02_pulses_publish_flow_and_count_together() -> None:
    device = make_device("FLM02B", start=START)
    solar = device.sensors[4].id
    sent = drive(device, START, START + 300)
    counts, flows = (readings(sent, solar, s) for s in ("counter", "gauge"))
    assert [stamp for stamp, _ in counts] == [stamp for stamp, _ in flows]
    assert len({stamp for stamp, _ in counts}) == len(counts)
    assert any(value % 1 for _, value in counts)
    for stamp, watts in flows:
        assert watts == pytest.approx(device.household.at(stamp - 1).solar, rel=0.05)


def test_flm02a_water_is_counted_by_the_litre() -> None:
    device = make_device("FLM02A", start=START - 6 * 3600)
    sent = drive(device, START - 6 * 3600, START - 4 * 3600)
    water = device.sensors[4].id
    assert units(sent, water, "counter") == {"L"}
    assert units(sent, water, "gauge") == {"L/day"}
    flows = [value for _, value in readings(sent, water, "gauge")]
    moments = map(device.household.at, range(START - 6 * 3600, START - 4 * 3600))
    most = max(moment.water for moment in moments) * 86400
    assert most > 10_000
    assert max(flows) == pytest.approx(most, rel=0.02)
    assert min(flows) > 0


def test_p1_speaks_every_ten_seconds() -> None:
    sent, ids, _ = _published("FLM02B", 600)
    electricity = readings(sent, ids[7], "gauge")
    gas = readings(sent, ids[8], "gauge")
    expected = list(range(START + 10, START + 600, 10))
    assert [stamp for stamp, _ in electricity] == expected
    assert [stamp for stamp, _ in gas] == expected[1:]
    assert {value for _, value in gas} == {0}


def test_p1_is_negative_while_exporting() -> None:
    july = START + 180 * 86400
    device = make_device("FLM02B", start=july)
    sent = drive(device, july, july + 3600)
    powers = readings(sent, device.sensors[7].id, "gauge")
    assert min(value for _, value in powers) < -500
    for stamp, watts in powers:
        assert watts == int(device.household.at(stamp - 1).power)


def test_p1_gas_flow_is_a_spike_at_the_full_hour() -> None:
    evening = START + 6 * 3600 - 100
    device = make_device("FLM02B", start=evening, seed=2)
    sent = drive(device, evening, evening + 3800)
    flows = dict(readings(sent, device.sensors[8].id, "gauge"))
    spikes = {stamp: value for stamp, value in flows.items() if value}
    counts = dict(readings(sent, device.sensors[8].id, "counter"))
    assert set(spikes) == set(counts) == {evening + 3700}
    assert spikes[evening + 3700] % 8640 == 0


@pytest.mark.parametrize(("alpha", "gauges"), [(False, 11), (True, 12)])
def test_flm03e_clamps_publish_everything_every_second(
    alpha: bool, gauges: int
) -> None:
    device = make_device("FLM03E", start=START, alpha=alpha)
    ids = {n: s.id for n, s in device.sensors.items() if n <= 36}
    device.step(START)
    sent = _wired([Sent(START + 1, m) for m in device.step(START + 1)], ids)
    stamps = {message.payload[:11] for _, message in sent}
    assert stamps == {b"[%d" % START}
    assert len(payloads(sent, "/counter")) == 18
    assert len(payloads(sent, "/gauge")) == 3 * gauges


def test_flm03e_units_are_those_of_the_firmware() -> None:
    device = make_device("FLM03E", start=START, alpha=True)
    sent = drive(device, START, START + 60)
    gauges = [units(sent, device.sensors[slot].id, "gauge") for slot in range(1, 13)]
    counters = [units(sent, device.sensors[slot].id, "counter") for slot in range(1, 7)]
    power = [{"W"}, {"W"}, {"VAR"}, {"VAR"}, {"VAR"}, {"VAR"}]
    assert gauges == [*power, {"V"}, {"A"}, {""}, {""}, {""}, {"°"}]
    assert counters == [{"Wh"}, {"Wh"}, {"VARh"}, {"VARh"}, {"VARh"}, {"VARh"}]


def test_flm03e_publishes_each_pulse_with_the_stamp_of_its_second() -> None:
    device = make_device("FLM03E", start=START)
    solar = device.sensors[37].id
    sent = drive(device, START, START + 120)
    counts = readings(sent, solar, "counter")
    stamps = [stamp for stamp, _ in counts]
    assert stamps == sorted(stamps)
    assert max(stamps.count(stamp) for stamp in stamps) > 1
    assert all(round(b - a, 3) == 0.1 for (_, a), (_, b) in pairwise(counts))
    flows = readings(sent, solar, "gauge")
    assert len(flows) == len(counts) - 1
    # Steps of 3600/2048 W, and a millisecond of doubt in the gap.
    for stamp, watts in flows:
        assert watts == pytest.approx(device.household.at(stamp).solar, rel=0.05, abs=4)


def test_signed_values_show_the_remainder_bug() -> None:
    july = START + 180 * 86400
    device = make_device("FLM03E", start=july, alpha=True, signed_pf=True)
    sent = drive(device, july, july + 10)
    factors = [value for _, value in readings(sent, device.sensors[9].id, "gauge")]
    truth = [
        device.household.at(s).phases[0].power_factor for s in range(july, july + 9)
    ]
    assert all(value < -0.5 for value in truth)
    # A factor of -0.98 is printed as floor -1 and remainder .02.
    for printed, exact in zip(factors, truth, strict=True):
        assert -1 - (printed + 1) == pytest.approx(exact, abs=0.002)


def test_math_puts_the_sum_on_the_first_port() -> None:
    summed = make_device("FLM03E", start=START, math="p1+p2+p3")
    sent = drive(summed, START, START + 30)
    bought, sold = (dict(readings(sent, summed.sensors[n].id, "gauge")) for n in (1, 2))
    for stamp, value in bought.items():
        power = summed.household.at(stamp).power
        assert value - sold[stamp] == pytest.approx(power, abs=0.001)


def test_math_adds_the_first_port_to_the_second() -> None:
    device = make_device("FLM03E", start=START, math="p2+p1")
    sent = drive(device, START, START + 5)
    bought, sold = (
        dict(readings(sent, device.sensors[n].id, "gauge")) for n in (13, 14)
    )
    for stamp, value in bought.items():
        phases = device.household.at(stamp).phases
        power = phases[0].power + phases[1].power
        assert value - sold[stamp] == pytest.approx(power, abs=0.001)


def test_kube_gauges_come_together_every_64_seconds() -> None:
    device = make_device("FLM03E", start=START)
    kube = [s for s in device.sensors.values() if s.kid and s.stream == "gauge"]
    sent = drive(device, START, START + 400)
    stamps = [[stamp for stamp, _ in readings(sent, s.id, "gauge")] for s in kube]
    assert len(kube) == 6
    assert all(stamps[0] == other for other in stamps)
    assert {b - a for a, b in pairwise(stamps[0])} == {64}


def test_kube_values_are_those_of_the_room() -> None:
    device = make_device("FLM03E", start=START)
    sent = drive(device, START, START + 64)
    ids = {sensor.type: sensor.id for sensor in device.sensors.values() if sensor.kid}
    values = {name: readings(sent, i, "gauge")[:1] for name, i in ids.items()}
    stamp = values["temperature"][0][0]
    climate = device.household.climate(stamp)
    assert values["temperature"][0][1] == pytest.approx(climate.temperature, abs=0.02)
    assert values["humidity"][0][1] == pytest.approx(climate.humidity, abs=0.1)
    assert values["pressure"][0][1] == pytest.approx(climate.pressure, abs=0.25)
    assert values["light"][0][1] == pytest.approx(climate.light, abs=0.25)
    assert values["battery"][0][1] == 2.9
    assert values["error"][0][1] == 0
    assert values["proximity"] == []


@pytest.mark.slow
def test_movement_is_counted_only_when_somebody_moves() -> None:
    device = make_device("FLM02B", start=START)
    ids = {sensor.type: sensor.id for sensor in device.sensors.values() if sensor.kid}
    sent = drive(device, START, START + 12 * 3600)
    moves = readings(sent, ids["movement"], "counter")
    assert len(moves) > 100
    assert all(a < b for (_, a), (_, b) in pairwise(moves))
    assert {stamp % 8 for stamp, _ in moves} == {moves[0][0] % 8}
    home = device.household
    assert all(
        any(home.occupied(second) for second in range(stamp - 8, stamp))
        for stamp, _ in moves
    )
    assert readings(sent, ids["vibration"], "counter")


def test_waveforms_carry_the_power_of_their_second() -> None:
    device = make_device("FLM03E", start=START)
    sent = drive(device, START, START + 20)
    voltages = payloads(sent, "/flx/voltage/1")
    currents = payloads(sent, "/flx/current/1")
    assert all(_WAVEFORM.fullmatch(p) for p in voltages + currents)
    assert len(voltages) == len(currents) == 19
    assert len(payloads(sent, "/flx/current/")) == 3 * 19
    for index in range(19):
        volts, amperes = (
            [int(x) / 1000 for x in re.findall(rb"-?\d+", p)[2:]]
            for p in (voltages[index], currents[index])
        )
        phase = device.household.at(START + index).phases[0]
        power = sum(v * a for v, a in zip(volts, amperes, strict=True)) / 32
        # The harmonics carry current, but no power.
        assert power == pytest.approx(phase.power, rel=0.06, abs=1)
        rms = (sum(v * v for v in volts) / 32) ** 0.5
        assert rms == pytest.approx(phase.voltage, rel=0.001)


def test_the_clock_topic_is_not_json() -> None:
    device = make_device("FLM03E", start=START)
    sent = drive(device, START, START + 5)
    clocks = payloads(sent, "/flx/time")
    assert len(clocks) == 4
    assert all(_CLOCK.fullmatch(payload) for payload in clocks)


def test_waveforms_can_be_left_away() -> None:
    device = make_device("FLM03E", start=START, waveforms=False)
    assert not payloads(drive(device, START, START + 5), "/flx/")


@pytest.mark.parametrize(("cloud", "failures"), [(True, 0), (False, 5)])
def test_the_self_test_has_the_form_of_the_real_one(cloud: bool, failures: int) -> None:
    device = make_device("FLM03E", start=1_517_235_145, cloud=cloud)
    report = device.retained()[-1].payload.decode()
    head, *lines = report.splitlines()
    assert head == "1..12"
    assert lines[0] == "# date: Mon, 29 Jan 2018 14:12:25 +0000"
    assert re.fullmatch(r"# serial: FL\d{8}", lines[1])
    assert lines[2] == "# firmware: 382"
    assert lines[3] == "ok 1 - flxd daemon running"
    assert lines[-1] == "ok 12 - 0.openwrt.pool.ntp.org udp port 123 [ntp]"
    numbers = [int(re.findall(r"ok (\d+) - ", line)[0]) for line in lines[3:]]
    assert numbers == list(range(1, 13))
    assert sum(line.startswith("not ok") for line in lines) == failures


@pytest.mark.slow
def test_the_self_test_runs_daily() -> None:
    device = make_device("FLM03E", start=START, tmpo=False)
    first = START + 60
    found = [
        second
        for second in (first - 1, first, first + 1, first + 86_400)
        if any(m.topic.endswith("/test/tap") and m.retain for m in device.step(second))
    ]
    assert found == [first, first + 86_400]


@pytest.mark.parametrize("model", ["FLM02A", "FLM02B", "FLM03E"])
def test_equal_devices_publish_equally(model: str) -> None:
    one, other = (make_device(model, seed=9, start=START) for _ in range(2))
    stranger = make_device(model, seed=10, start=START)
    sent = drive(one, START, START + 300)
    assert drive(other, START, START + 300) == sent
    assert drive(stranger, START, START + 300) != sent


def test_time_does_not_go_back() -> None:
    device = make_device("FLM02A", start=START)
    device.step(START + 5)
    with pytest.raises(ValueError, match="is over"):
        device.step(START + 5)
