"""Another meter is told of when it answers instead of ours, and not beside it."""

from custom_components.flukso.core.p1.others import LATE, SHORTEST, OtherMeters


def test_another_meter_is_believed_after_a_while_and_once() -> None:
    heard = OtherMeters(shared=False)
    assert not heard.hear("new", 0.0)
    assert not heard.hear("new", SHORTEST)
    assert heard.hear("new", SHORTEST + 1)
    assert heard.answering == "new"
    assert not heard.hear("new", SHORTEST + 2)


def test_our_meter_takes_it_back() -> None:
    heard = OtherMeters(shared=False)
    assert not heard.hear_own()
    for second in (0.0, 10.0, SHORTEST):
        heard.hear("new", second)
    assert heard.hear_own()
    assert heard.answering is None
    assert not heard.hear("new", SHORTEST + 1)


def test_a_neighbour_on_the_same_topic_never_takes_the_place() -> None:
    heard = OtherMeters(shared=True)
    heard.hear("neighbour", 0.0)
    heard.hear_own()
    for second in range(100):
        assert not heard.hear("neighbour", float(second))
    for later in (100.0, 110.0, 100.0 + LATE - 1):
        assert not heard.hear("new", later)
    assert heard.hear("new", 100.0 + LATE)
