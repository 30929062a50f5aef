"""The tariffs that are known, each with where its rule was read.

Prices come from the user, but for Flanders: every other grid company has its own.
"""

from collections.abc import Mapping
from typing import Final

from ..windows import HOUR
from . import flanders
from .price import Linear, Per
from .rule import WORKDAYS, Band, Period, Profile, Rule

HALF_HOUR: Final = 1800

_WINTER: Final = frozenset({11, 12, 1, 2, 3})
_WORKDAY: Final = (7, 19)
_NIGHT: Final = (22, 6)

PROFILES: Final[Mapping[str, Profile]] = {
    # The highest quarter of an hour of each month, 2.5 kW at least, and the mean of
    # twelve months: vlaamsenutsregulator.be and fluvius.be on the capacity tariff.
    "flanders": Profile(
        rolling=flanders.ROLLING,
        floor=flanders.FLOOR,
        since=flanders.SINCE,
        zone=flanders.ZONE,
        vat=6.0,
    ),
    # The three highest hours on different days, those of the night at half:
    # ellevio.se/abonnemang/ny-prismodell-baserad-pa-effekt.
    "sweden": Profile(
        rule=Rule(
            window=HOUR,
            bands=(Band(weight=0.5, hours=_NIGHT), Band()),
            top=3,
            different_days=True,
        ),
        price=Linear(0.0, Per.MONTH),
        vat=25.0,
    ),
    # The three highest hours on different workdays from 7 to 19, November to March:
    # dirkjanfaber/node-red-contrib-effekttariff; that holidays are no workdays:
    # telge.se, seom.se. Hours and months differ a little by company.
    "sweden_workdays": Profile(
        rule=Rule(
            window=HOUR,
            bands=(Band(months=_WINTER, days=WORKDAYS, hours=_WORKDAY),),
            top=3,
            different_days=True,
        ),
        price=Linear(0.0, Per.MONTH),
        vat=25.0,
    ),
    # The mean of the three highest hours on different days, priced in steps: lede.no,
    # hlk.no, elvia.no.
    "norway": Profile(
        rule=Rule(window=HOUR, top=3, different_days=True),
        price=Linear(0.0, Per.MONTH),
        vat=25.0,
    ),
    # The highest quarter of the calendar year, for connections with registering load
    # measurement (RLM): plan-energie.de, hager.com.
    "germany_rlm": Profile(period=Period.YEAR, price=Linear(0.0), vat=19.0),
    # The highest half hour of the month from 15 to 21 on working weekdays of summer
    # and winter, so much a day: Ausgrid's, help.ovoenergy.com.au on demand tariffs.
    "australia": Profile(
        rule=Rule(
            window=HALF_HOUR,
            bands=(
                Band(
                    months=frozenset({11, 12, 1, 2, 3, 6, 7, 8}),
                    days=WORKDAYS,
                    hours=(15, 21),
                ),
            ),
        ),
        price=Linear(0.0, Per.DAY),
        vat=10.0,
    ),
    # What is drawn above the reference power in a quarter of an hour: woxx.lu and
    # sudenergie.lu on the structure of 2025. Its price per kWh is on the bill.
    "luxembourg": Profile(rule=Rule(reference=3.0), vat=8.0),
    # The highest quarter of the month, at a price of one's own; the form changes the
    # rest.
    "custom": Profile(rolling=flanders.ROLLING, floor=flanders.FLOOR, vat=6.0),
}

# The price of these may rise in steps.
STEPPED: Final = frozenset({"norway", "custom"})

# Public holidays matter to these: the country whose they are.
HOLIDAYS_OF: Final[Mapping[str, str]] = {"sweden_workdays": "SE", "australia": "AU"}
