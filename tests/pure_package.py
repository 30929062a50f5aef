"""Lets tests of the pure part import it without Home Assistant.

Importing ``custom_components.flukso.core`` runs the integration's ``__init__``,
which imports Home Assistant. A bare parent package leads past it. As a pytest
plug-in (``-p tests.pure_package``) this proves that a whole run did without.
"""

from collections.abc import Sequence
import gc
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
import sys
from types import ModuleType

import pytest

NAME = "custom_components.flukso"
FOLDER = Path(__file__).parents[1] / "custom_components" / "flukso"


class HomeAssistantRefused(ModuleNotFoundError):
    """Raised when code that must do without Home Assistant imports it."""


class _Refuser(MetaPathFinder):
    """Finds nothing, and refuses to let others find Home Assistant."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] == "homeassistant":
            raise HomeAssistantRefused(f"{fullname} must not be imported here")
        return None


def install() -> None:
    """Put the bare package in place and refuse Home Assistant from now on.

    Does nothing in a process that has already imported Home Assistant: there the
    integration's own ``__init__`` works.
    """
    if "homeassistant" in sys.modules or NAME in sys.modules:
        return
    bare = ModuleType(NAME)
    bare.__path__ = [str(FOLDER)]
    sys.modules[NAME] = bare
    sys.meta_path.insert(0, _Refuser())


def pytest_configure() -> None:
    """Refuse to start a pure run in a process that has Home Assistant."""
    install()
    if "homeassistant" in sys.modules:
        raise pytest.UsageError("a pure run needs -p no:homeassistant")


def pytest_collection_finish() -> None:
    """Let no collection of garbage look at modules and tests again and again."""
    gc.collect()
    gc.freeze()
