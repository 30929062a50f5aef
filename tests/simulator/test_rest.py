"""The simulated REST API of an FLM02 answers as the firmware does."""

from collections.abc import Mapping
import json
from typing import Any

from aiohttp import ClientError, ClientSession
import pytest

from simulator import make_device
from simulator.rest import RestApi, serve_rest

START = 1_773_140_400
GOOD = {"version": "1.0", "interval": "minute", "unit": "watt"}


def lived(model: str = "flm02a", seconds: int = 100, **options: Any) -> RestApi:
    api = RestApi(make_device(model, start=START, tmpo=False), **options)
    for second in range(START + 1, START + seconds + 1):
        api.step(second)
    return api


def sensor(api: RestApi, slot: int) -> str:
    return api.device.sensors[slot].id


def file(api: RestApi, slot: int) -> list[list[Any]]:
    answer = api.answer(sensor(api, slot), GOOD)
    assert (answer.status, answer.told, answer.json) == (200, None, True)
    pairs: list[list[Any]] = json.loads(answer.body)
    return pairs


def test_a_clamp_has_a_whole_number_for_each_of_sixty_seconds() -> None:
    pairs = file(lived(), 1)
    assert [stamp for stamp, _ in pairs] == list(range(START + 41, START + 101))
    assert all(isinstance(value, int) for _, value in pairs)


def test_a_gap_is_filled_with_the_next_reading_and_the_end_with_nan() -> None:
    api = lived("flm02b", seconds=95)
    # The P1 port is read every ten seconds.
    pairs = file(api, 7)
    values = [value for _, value in pairs]
    assert values[-5:] == ["nan"] * 5
    steps = [values[index : index + 10] for index in range(5, 55, 10)]
    assert all(len(set(step)) == 1 for step in steps)
    assert len(set(values[5:55])) > 1


def test_old_firmware_ends_with_seconds_that_are_no_number() -> None:
    pairs = file(lived(lag=2), 1)
    assert pairs[-1] == [START + 102, "nan"]
    assert [value for _, value in pairs].count("nan") == 2


def test_the_sum_of_the_seconds_is_what_has_flowed() -> None:
    api = lived("flm02b", seconds=120)
    told = sum(value for _, value in file(api, 1)) / 3600
    end, begin = (
        api.device.true_energy(START + 120)[sensor(api, 1)],
        api.device.true_energy(START + 60)[sensor(api, 1)],
    )
    assert end - begin - 60 / 3600 <= told <= end - begin


def test_a_sensor_that_was_never_read_has_an_empty_list() -> None:
    api = lived("flm02b")
    kube = 9
    assert file(api, kube) == []
    # Without the wrapper.
    answer = api.answer(sensor(api, kube), {**GOOD, "callback": "f"})
    assert answer.body == "[]"


def test_a_file_ages_while_nothing_is_read() -> None:
    api = lived()
    before = file(api, 1)
    api.device.faults.start("silence")
    for second in range(START + 101, START + 200):
        api.step(second)
    assert file(api, 1) == before


def test_a_reboot_forgets_the_files() -> None:
    api = lived()
    api.device.faults.start("reboot", duration=5)
    for second in range(START + 101, START + 107):
        api.step(second)
    assert not api.device.faults.since("reboot")
    assert file(api, 1) == []


@pytest.mark.parametrize("callback", ["callback", "jsonp_callback"])
def test_a_callback_is_echoed(callback: str) -> None:
    api = lived()
    answer = api.answer(sensor(api, 1), {**GOOD, callback: "f"})
    assert answer.body.startswith("f([[")
    assert answer.body.endswith("]]);")


@pytest.mark.parametrize(
    "change", [{"version": "2"}, {"interval": "hour"}, {"unit": "kwh"}]
)
@pytest.mark.parametrize(("honours_status", "status"), [(False, 200), (True, 400)])
def test_another_question_is_refused_in_words(
    change: Mapping[str, str], honours_status: bool, status: int
) -> None:
    api = lived(honours_status=honours_status)
    answer = api.answer(sensor(api, 1), {**GOOD, **change})
    assert (answer.status, answer.told) == (status, "400 Bad Request")
    assert answer.body.startswith("Malformed query string: interval, unit and version")


def test_both_units_return_the_same_file() -> None:
    api = lived()
    flow = api.answer(sensor(api, 1), {**GOOD, "unit": "lperday"})
    assert flow == api.answer(sensor(api, 1), GOOD)


def test_what_is_disabled_is_not_found() -> None:
    api = lived()
    assert api.answer("0" * 32, GOOD).status == 404
    # Its serial port has an id, and no sensor.
    assert len(api.offered) == 4


async def test_it_is_served_over_http() -> None:
    api = lived()
    async with serve_rest(api) as port, ClientSession() as session:
        url = f"http://127.0.0.1:{port}"
        async with session.get(f"{url}/sensor/{sensor(api, 1)}", params=GOOD) as told:
            assert told.content_type == "application/json"
            assert await told.json() == file(api, 1)
        async with session.get(f"{url}/sensor/{sensor(api, 1)}") as told:
            assert told.headers["status"] == "400 Bad Request"
        async with session.get(url) as told:
            assert told.status == 200


async def test_there_is_no_answer_during_a_reboot() -> None:
    api = lived()
    api.device.faults.start("reboot")
    api.step(START + 101)
    async with serve_rest(api) as port, ClientSession() as session:
        with pytest.raises(ClientError):
            await session.get(f"http://127.0.0.1:{port}/")
