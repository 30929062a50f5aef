"""Months of real homes and days of the simulated one, by the minute."""

from collections.abc import Iterator
import csv
import gzip
from pathlib import Path

from simulator.household import Household

# REFIT, an electrical load measurements dataset of United Kingdom households
# (D. Murray, L. Stankovic, V. Stankovic, Scientific Data 4, 160122, 2017), CC BY 4.0.
REFIT = Path(__file__).parent / "refit"
MONTHS = {"house a": "house_a_october.csv.gz", "house b": "house_b_november.csv.gz"}
DAYS = 10
# Winter, autumn, and the dark weeks of another home: unix s by seed.
SIMULATED = {1: 1_759_269_600, 2: 1_768_000_000, 7: 1_764_000_000}
SAMPLES = (5, 20, 35, 50)


def real_home(name: str) -> list[float]:
    """Return the mean powers of the minutes of a month, kW."""
    with gzip.open(REFIT / MONTHS[name], "rt", encoding="utf-8") as file:
        return [float(row["aggregate"]) / 1000 for row in csv.DictReader(file)]


def simulated_home(seed: int, days: int = DAYS) -> list[float]:
    """Return the mean powers of the minutes of a simulated home without sun, kW."""
    home, start = Household(seed, solar_peak=0.0), SIMULATED[seed]
    return [_minute(home, start + 60 * minute) for minute in range(days * 1440)]


def _minute(home: Household, start: int) -> float:
    powers = [home.at(start + second).power for second in SAMPLES]
    return max(0.0, sum(powers) / len(powers)) / 1000


def homes() -> Iterator[tuple[str, list[float]]]:
    """Yield all of them with their names."""
    for name in MONTHS:
        yield name, real_home(name)
    for seed in SIMULATED:
        yield f"simulated {seed}", simulated_home(seed)
