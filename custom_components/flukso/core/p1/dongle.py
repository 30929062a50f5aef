"""Name the topics of Flukso's P1 dongle.

The dongle puts what follows the backslash in a meter's header in its topic. Some meters
have their model there: two of a kind then share a topic.
"""

import re
from typing import Final

DONGLE_TOPICS: Final = "/p1/+/telegram"

# What a header may hold (IEC 62056-21) and a topic may not: none of / ! + #.
_TOPIC: Final = re.compile(r'/p1/[ "$-*,-.0-~]{1,32}/telegram')


def is_dongle_topic(topic: str) -> bool:
    """Tell whether this is a topic that a dongle publishes telegrams on."""
    return _TOPIC.fullmatch(topic) is not None
