"""The lines of a telegram, family by family."""

from collections.abc import Callable, Iterable, Mapping

from .p1_belgium import fluvius_50213, fluvius_50217, fluvius_50221
from .p1_elsewhere import han, smarty
from .p1_netherlands import dsmr2, dsmr4, dsmr5
from .p1_page import Page

_BODIES: Mapping[str, Callable[[Page], Iterable[str]]] = {
    "be-50213": fluvius_50213,
    "be-50217": fluvius_50217,
    "be-50221": fluvius_50221,
    "nl-2.2": dsmr2,
    "nl-4.2": dsmr4,
    "nl-5.0": dsmr5,
    "lu": smarty,
    "se": han,
}


def lines(page: Page) -> list[str]:
    """Return the header and all lines of a telegram."""
    return [page.header, *_BODIES[page.family.name](page)]
