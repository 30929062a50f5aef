"""The pause between attempts."""

from itertools import islice

from custom_components.flukso.transport.backoff import Backoff


def delays(backoff: Backoff, count: int) -> list[float]:
    return list(islice(iter(backoff.next, None), count))


def test_the_delay_doubles_up_to_the_cap() -> None:
    assert delays(Backoff(first=1, cap=10), 6) == [1, 2, 4, 8, 10, 10]


def test_a_reset_begins_with_the_first_delay_again() -> None:
    backoff = Backoff(first=2, cap=60)
    delays(backoff, 4)
    backoff.reset()
    assert delays(backoff, 2) == [2, 4]


def test_no_delay_exceeds_a_cap_below_the_first() -> None:
    assert delays(Backoff(first=5, cap=3), 2) == [3, 3]
