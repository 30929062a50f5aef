"""A meter on the M-Bus is the same one whatever it tells of itself."""

from hypothesis import given, strategies as st
import pytest

from custom_components.flukso.core.p1.identities import REPLACED, ChildMeter, Identities
from custom_components.flukso.core.p1.readings import Child, ChildKind

GAS = ChildKind.GAS
# What stands for an id has 16 digits.
FIRST, SECOND = "a" * 16, "b" * 16


def child(channel: int, meter: str | None, kind: ChildKind | None = GAS) -> Child:
    return Child(channel, kind, meter, None, None, None)


def names(known: Identities, now: float, *children: Child) -> list[str]:
    """Return which meters are heard in a telegram."""
    return [meter.identity for meter, _child in known.identified(children, now)]


def test_children_are_told_apart_whatever_they_tell() -> None:
    children = [child(1, FIRST), child(2, FIRST), child(3, None), child(4, None, None)]
    heard = Identities().identified(children, 0.0)
    assert [meter for meter, _child in heard] == [
        ChildMeter(f"gas_{FIRST}", GAS),
        ChildMeter(f"gas_{FIRST}_2", GAS),
        ChildMeter("gas_3", GAS),
        ChildMeter("other_4", None),
    ]


@pytest.mark.parametrize("restarts", [False, True])
def test_an_id_that_is_filled_in_later_is_of_the_same_meter(restarts: bool) -> None:
    known = Identities()
    assert names(known, 0.0, child(1, None)) == ["gas_1"]
    if restarts:
        known = Identities(known.names)
    assert names(known, 1.0, child(1, FIRST)) == ["gas_1"]
    assert names(known, 2.0, child(1, None)) == ["gas_1"]
    known = Identities(known.names)
    assert names(known, 3.0, child(2, FIRST)) == ["gas_1"]


@pytest.mark.parametrize("restarts", [False, True])
def test_an_id_that_is_missing_for_a_while_changes_nothing(restarts: bool) -> None:
    known = Identities()
    assert names(known, 0.0, child(1, FIRST)) == [f"gas_{FIRST}"]
    if restarts:
        known = Identities(known.names)
    assert names(known, 1.0, child(1, None)) == [f"gas_{FIRST}"]
    assert names(known, 2.0, child(1, FIRST)) == [f"gas_{FIRST}"]


def test_a_meter_without_id_is_not_taken_for_one_that_is_heard_beside_it() -> None:
    known = Identities({f"gas_{FIRST}": f"gas_{FIRST}"})
    assert names(known, 0.0, child(1, None), child(2, FIRST)) == [
        "gas_1",
        f"gas_{FIRST}",
    ]


def test_two_meters_that_are_missing_are_not_guessed_at() -> None:
    both = {f"gas_{each}": f"gas_{each}" for each in (FIRST, SECOND)}
    assert names(Identities(both), 0.0, child(1, None)) == ["gas_1"]


@pytest.mark.parametrize("restarts", [False, True])
def test_a_meter_in_the_place_of_another_goes_on_as_that_one(restarts: bool) -> None:
    known = Identities()
    names(known, 0.0, child(1, FIRST))
    if restarts:
        known = Identities(known.names)
    assert names(known, 10.0, child(1, SECOND)) == []
    assert names(known, 9.0 + REPLACED, child(1, SECOND)) == []
    assert names(known, 10.0 + REPLACED, child(1, SECOND)) == [f"gas_{FIRST}"]
    known = Identities(known.names)
    assert names(known, 11.0 + REPLACED, child(3, SECOND)) == [f"gas_{FIRST}"]


def test_a_meter_that_comes_back_in_time_was_not_replaced() -> None:
    known = Identities()
    names(known, 0.0, child(1, FIRST))
    assert names(known, 10.0, child(1, SECOND)) == []
    assert names(known, 20.0, child(1, FIRST)) == [f"gas_{FIRST}"]
    assert names(known, 10.0 + REPLACED, child(1, SECOND)) == []
    third = child(1, "c" * 16)
    assert names(known, 20.0 + REPLACED, third) == []
    assert names(known, 10.0 + 2 * REPLACED, third) == []
    assert names(known, 20.0 + 2 * REPLACED, third) == [f"gas_{FIRST}"]


def test_a_second_meter_beside_the_first_is_one_of_its_own() -> None:
    known = Identities()
    names(known, 0.0, child(1, FIRST))
    assert names(known, 1.0, child(1, FIRST), child(2, SECOND)) == [
        f"gas_{FIRST}",
        f"gas_{SECOND}",
    ]


def test_meters_of_other_kinds_are_not_taken_for_each_other() -> None:
    known = Identities()
    names(known, 0.0, child(1, FIRST))
    water = child(1, SECOND, ChildKind.WATER)
    assert names(known, 1.0, water) == [f"water_{SECOND}"]


def test_a_replaced_meter_that_never_told_an_id_goes_on_at_once_and_then_waits() -> (
    None
):
    known = Identities()
    names(known, 0.0, child(1, None))
    assert names(known, 1.0, child(1, FIRST)) == ["gas_1"]
    assert names(known, 2.0, child(1, SECOND)) == []
    assert names(known, 2.0 + REPLACED, child(1, SECOND)) == ["gas_1"]


@given(st.lists(st.booleans(), min_size=1), st.data())
def test_one_meter_is_one_meter_however_often_its_id_is_told(
    told: list[bool], data: st.DataObject
) -> None:
    known = Identities()
    heard: set[str] = set()
    for now, tells in enumerate(told):
        if data.draw(st.booleans()):
            known = Identities(known.names)
        heard.update(names(known, now, child(1, FIRST if tells else None)))
    assert len(heard) == 1
