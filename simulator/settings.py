"""What can be chosen about a simulated device."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypedDict

MODELS = ("FLM02A", "FLM02B", "FLM03E")
MATHS = ("none", "p2+p1", "p1+p2+p3")


class Options(TypedDict, total=False):
    """Keyword arguments of `make_device`; `Settings` tells what they mean."""

    phases: int
    math: str
    alpha: bool
    signed_pf: bool
    names: Mapping[int, str]
    counters: Mapping[int, int]
    cloud: bool
    waveforms: bool
    tmpo: bool
    tmpo_decimation: int
    tmpo_answers: bool
    tmpo_pages: int


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of a device.

    phases: 1 or 3; an FLM02 with 3 sums its clamps in slot 1.
    math: FLM03E only, "none", "p2+p1" or "p1+p2+p3".
    alpha: enable the FLM03E's phase angle sensors, which are signed.
    signed_pf: let the FLM03E report a negative power factor while exporting.
    names: names by port (FLM03E) or slot (FLM02).
    counters: first value of a wired slot's counter, in whole Wh or L.
    cloud: whether the bridge to the cloud is up.
    waveforms: publish the FLM03E's captured periods and clock.
    tmpo: keep and publish the history blocks; without, an FLM03E's slots say so.
    tmpo_decimation: record only stamps that are a multiple of it.
    tmpo_answers: publish the blocks again that somebody asks for.
    tmpo_pages: flash for the blocks, in pages of 4 kB; the oldest 12 days give way.
    """

    model: str
    phases: int = 1
    math: str = "none"
    alpha: bool = False
    signed_pf: bool = False
    names: Mapping[int, str] = field(default_factory=dict)
    counters: Mapping[int, int] = field(default_factory=dict)
    cloud: bool = True
    waveforms: bool = True
    tmpo: bool = True
    tmpo_decimation: int = 1
    tmpo_answers: bool = True
    tmpo_pages: int = 900

    def __post_init__(self) -> None:
        """Refuse what no device can do."""
        if self.model not in MODELS:
            raise ValueError(f"unknown model {self.model}, known: {', '.join(MODELS)}")
        if self.math not in MATHS:
            raise ValueError(f"unknown math {self.math}, known: {', '.join(MATHS)}")
        if self.phases not in (1, 3):
            raise ValueError("phases must be 1 or 3")
        if self.model == "FLM03E" and self.phases != 1:
            raise ValueError("the FLM03E never merges its clamps; use math")
        if self.model != "FLM03E" and self.math != "none":
            raise ValueError(f"the {self.model} has no math")
