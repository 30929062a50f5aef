"""What can go wrong, and that it ends."""

from itertools import pairwise
import json

import pytest

from simulator import FAULTS, MODELS, Message, make_device

from .support import START, blocks, config, drive, payloads, readings

_ALL = [
    (model, name)
    for name, kind in FAULTS.items()
    for model in MODELS
    if model in kind.models
]


@pytest.mark.parametrize(("model", "name"), _ALL)
def test_a_fault_ends_when_it_is_stopped(model: str, name: str) -> None:
    device = make_device(model, start=START)
    drive(device, START, START + 30)
    device.faults.start(name)
    drive(device, START + 30, START + 60)
    device.faults.stop(name)
    device.step(START + 60)
    assert device.faults.since(name) is None
    after = [
        s for s in drive(device, START + 61, START + 90) if "/gauge" in s.message.topic
    ]
    whole = make_device(model, start=START)
    drive(whole, START, START + 61)
    usual = [
        s for s in drive(whole, START + 61, START + 90) if "/gauge" in s.message.topic
    ]
    assert len(after) == pytest.approx(len(usual), abs=12)


@pytest.mark.parametrize(("model", "name"), _ALL)
def test_a_planned_fault_lasts_as_long_as_it_was_told(model: str, name: str) -> None:
    device = make_device(model, start=START)
    device.faults.start(name, at=START + 20, duration=15)
    states = []
    for second in range(START, START + 60):
        device.step(second)
        states.append(device.faults.since(name))
    assert states == [None] * 20 + [START + 20] * 15 + [None] * 25


def test_unknown_and_impossible_faults_are_refused() -> None:
    device = make_device("FLM03E", start=START)
    with pytest.raises(ValueError, match="unknown fault"):
        device.faults.start("fire")
    with pytest.raises(ValueError, match="FLM03E cannot"):
        device.faults.start("no-wan")


def test_stopping_what_is_not_on_does_nothing() -> None:
    device = make_device("FLM03E", start=START)
    device.faults.start("silence", at=START + 5)
    device.faults.stop("silence")
    device.faults.stop("garbage")
    assert all(device.step(second) for second in range(START, START + 10))


@pytest.mark.parametrize("model", MODELS)
def test_silence_is_silent_and_the_device_measures_on(model: str) -> None:
    device = make_device(model, start=START)
    undisturbed = make_device(model, start=START)
    drive(device, START, START + 60)
    device.faults.start("silence")
    assert drive(device, START + 60, START + 600) == []
    device.faults.stop("silence")
    drive(undisturbed, START, START + 600)
    assert device.step(START + 600) == undisturbed.step(START + 600)


@pytest.mark.parametrize("model", MODELS)
def test_reboot_clears_what_was_retained_and_starts_afresh(model: str) -> None:
    device = make_device(model, start=START)
    before = drive(device, START, START + 120)
    retained = {m.topic for m in device.retained()} | {
        m.topic for _, m in before if m.retain
    }
    device.faults.start("reboot", duration=45)
    cleared = device.step(START + 120)
    assert {m.topic for m in cleared} == retained
    assert all(m.retain and m.payload == b"" for m in cleared)
    assert drive(device, START + 121, START + 165) == []
    back = device.step(START + 165)
    assert back[: len(device.retained())] == device.retained()
    assert any(m.topic.endswith("tmpo/sync") for m in back)


def test_reboot_loses_the_energy_of_the_gap() -> None:
    device = make_device("FLM03E", start=START, waveforms=False)
    sensor = device.sensors[13]
    before = readings(drive(device, START, START + 100), sensor.id, "counter")
    device.faults.start("reboot", duration=60)
    after = readings(drive(device, START + 100, START + 200), sensor.id, "counter")
    truth = (
        device.true_energy(START + 199)[sensor.id]
        - device.true_energy(START + 100)[sensor.id]
    )
    assert 0 < after[-1][1] - before[-1][1] < truth * 0.6
    assert all(a <= b for (_, a), (_, b) in pairwise(before + after))


def test_reboot_drops_the_fraction_of_an_flm02_pulse_counter() -> None:
    device = make_device("FLM02B", start=START, counters={4: 1000})
    solar = device.sensors[4].id
    drive(device, START, START + 101)
    device.faults.start("reboot", duration=1)
    sent = drive(device, START + 101, START + 140)
    assert readings(sent, solar, "counter")
    undisturbed = make_device("FLM02B", start=START, counters={4: 1000})
    usual = drive(undisturbed, START, START + 140)
    lost = (
        readings(usual, solar, "counter")[-1][1]
        - readings(sent, solar, "counter")[-1][1]
    )
    # The pulses of the gap, and the half that was lost.
    assert 0 < lost < 3


def test_reboot_loses_the_open_history() -> None:
    device = make_device("FLM03E", start=START // 256 * 256, waveforms=False)
    drive(device, device.start, device.start + 100)
    device.faults.start("reboot", duration=50)
    sent = drive(device, device.start + 100, device.start + 300)
    found = blocks(message for _, message in sent)
    assert found
    assert min(p[0] for block in found for p in block.points) >= device.start + 150


def test_reboot_leaves_the_grid_meter_running() -> None:
    device = make_device("FLM02B", start=START)
    net = device.sensors[7].id
    drive(device, START, START + 100)
    device.faults.start("reboot", duration=600)
    sent = drive(device, START + 100, START + 900)
    undisturbed = make_device("FLM02B", start=START)
    usual = readings(drive(undisturbed, START, START + 900), net, "counter")
    assert readings(sent, net, "counter")[-1] == usual[-1]


def test_flm03e_stamps_count_from_1970_while_its_clock_is_unset() -> None:
    device = make_device("FLM03E", start=START)
    drive(device, START, START + 30)
    device.faults.start("clock-1970")
    sent = drive(device, START + 30, START + 400)
    stamps = [stamp for stamp, _ in readings(sent, device.sensors[1].id, "gauge")]
    assert stamps == list(range(370))
    kubes = {sensor.id for sensor in device.sensors.values() if sensor.kid}
    assert not any(m.topic.split("/")[2] in kubes for _, m in sent)
    assert blocks(message for _, message in sent) == []


@pytest.mark.parametrize("model", ["FLM02A", "FLM02B"])
def test_flm02_publishes_no_reading_while_its_clock_is_unset(model: str) -> None:
    device = make_device(model, start=START)
    device.faults.start("clock-1970")
    sent = drive(device, START, START + 100)
    assert not payloads(sent, "/sensor/")


@pytest.mark.parametrize(
    ("model", "slot"), [("FLM02A", 1), ("FLM02B", 4), ("FLM03E", 13)]
)
def test_counters_start_again_at_zero(model: str, slot: int) -> None:
    device = make_device(model, start=START, counters={slot: 5000})
    sensor_id = device.sensors[slot].id
    before = readings(drive(device, START, START + 200), sensor_id, "counter")
    device.faults.start("counter-reset")
    after = readings(drive(device, START + 200, START + 800), sensor_id, "counter")
    assert before[-1][1] >= 5000
    assert after[0][1] <= 2
    assert all(a <= b for (_, a), (_, b) in pairwise(after))


def test_configuration_changes_and_comes_back() -> None:
    device = make_device("FLM02B", start=START)
    original = device.retained()
    drive(device, START, START + 10)
    kube = [sensor.id for sensor in device.sensors.values() if sensor.kid]
    device.faults.start("config-change")
    changed = device.step(START + 10)
    slots = config(changed, "sensor")
    assert slots["1"]["function"] == "meter cupboard"
    assert slots["4"]["function"] == 4
    assert slots["3"]["enable"] == 0
    assert slots["5"]["enable"] == 1
    assert [set(slots[str(n)]) for n in range(9, 18)] == [{"id", "rid"}] * 9
    assert set(config(changed, "kube")) == {"main"}
    silent = drive(device, START + 11, START + 200)
    assert not any(m.topic.split("/")[2] in kube for _, m in silent)
    device.faults.stop("config-change")
    assert device.step(START + 200)[: len(original)] == original


@pytest.mark.slow
def test_flm03e_configuration_change_moves_a_pulse_port() -> None:
    device = make_device("FLM03E", start=START - 6 * 3600, waveforms=False)
    device.faults.start("config-change")
    changed = device.step(device.start)
    slots, ports = config(changed, "sensor"), config(changed, "flx")
    assert (slots["38"]["enable"], slots["39"]["enable"]) == (0, 1)
    assert (ports["5"]["enable"], ports["6"]["enable"]) == (0, 1)
    assert (ports["1"]["name"], ports["4"]["name"]) == ("meter cupboard", 4)
    sent = drive(device, device.start + 1, device.start + 2 * 3600)
    assert readings(sent, slots["39"]["id"], "counter")
    assert not readings(sent, slots["38"]["id"], "counter")


@pytest.mark.parametrize("model", MODELS)
def test_garbage_comes_among_unharmed_good_messages(model: str) -> None:
    device = make_device(model, start=START)
    clean = drive(make_device(model, start=START), START, START + 120)
    device.faults.start("garbage")
    dirty = drive(device, START, START + 120)
    rest = iter(dirty)
    assert all(one in rest for one in clean)
    bad = len(dirty) - len(clean)
    assert bad == 6 * len({second for second, _ in clean})


def test_garbage_is_of_every_kind_and_never_retained() -> None:
    device = make_device("FLM03E", start=START, waveforms=False, tmpo=False)
    clean = {
        m for _, m in drive(make_device("FLM03E", start=START), START, START + 400)
    }
    device.faults.start("garbage")
    bad = [m for _, m in drive(device, START, START + 400) if m not in clean]
    assert not any(message.retain for message in bad)
    assert any(len(message.payload) > 65_536 for message in bad)
    assert any(b"NaN" in message.payload for message in bad)
    assert any(message.payload == b"" for message in bad)
    assert any(message.topic.startswith("sensor/") for message in bad)
    assert any(_is_half_json(message) for message in bad)
    assert any("tmpo/" in message.topic for message in bad)
    assert any(message.topic.endswith("/config/sensor") for message in bad)


def _is_half_json(message: Message) -> bool:
    try:
        json.loads(message.payload)
    except ValueError, RecursionError:
        return message.payload.startswith((b"[", b"{"))
    return False


def test_without_the_wan_branch_no_wired_counters_are_sent() -> None:
    device = make_device("FLM02B", start=START + 4 * 3600)
    kubes = {sensor.id for sensor in device.sensors.values() if sensor.kid}
    device.faults.start("no-wan")
    first = device.step(device.start)
    assert config(first, "sensor")["daemon"]["enable_wan_branch"] == 0
    sent = drive(device, device.start + 1, device.start + 3600)
    counters = {m.topic.split("/")[2] for _, m in sent if m.topic.endswith("/counter")}
    assert counters
    assert counters <= kubes
    assert readings(sent, device.sensors[1].id, "gauge")
