"""Topics of P1 dongles are recognised by their grammar and nothing else."""

import pytest

from custom_components.flukso.core.p1.dongle import DONGLE_TOPICS, is_dongle_topic


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("253769484_A", True),
        ("2M550T-1012", True),
        ("T210-D ESMR5.0", True),
        ("\\2M550T-10111-", True),
        ("A" * 32, True),
        ("", False),
        ("A" * 33, False),
        ("A/B", False),
        ("+", False),
        ("#", False),
        ("A!", False),
        ("A\n", False),
        ("A\0", False),
        ("A\x7f", False),
        ("é", False),
    ],
)
def test_a_topic_holds_what_a_header_may_hold(name: str, is_one: bool) -> None:
    assert is_dongle_topic(f"/p1/{name}/telegram") is is_one


@pytest.mark.parametrize(
    "topic",
    [
        "p1/253769484_A/telegram",
        "/p1/253769484_A/telegrams",
        "/p1/253769484_A",
        "x/p1/253769484_A/telegram",
        "/p1/253769484_A/telegram\n",
        DONGLE_TOPICS,
        "",
    ],
)
def test_other_topics_are_none_of_a_dongle(topic: str) -> None:
    assert not is_dongle_topic(topic)
