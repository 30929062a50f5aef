"""Fit the weights of the projection anew.

    python -m bench.projection_fit [--write]

Needs numpy. The features come from the very classes that run in Home Assistant, fed
with the homes of `bench.homes` at three scales of power; those that are simulated count
for less. What is fitted is the logistic form of `core.projection.heading`. --write puts
the weights of all homes into `core.projection.table`, and into `bench.projection_tables`
those of one real home and the simulated ones, by which the other is judged.
"""

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from custom_components.flukso.core.projection import heading as form
from custom_components.flukso.core.projection.habits import Habits
from custom_components.flukso.core.projection.heading import Weights, asked, still
from custom_components.flukso.core.projection.trace import OFFSET, PowerTrace
from custom_components.flukso.core.running import Running

from .homes import MONTHS, SIMULATED, real_home, simulated_home

type Numbers = np.ndarray[Any, np.dtype[np.float64]]

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "custom_components/flukso/core/projection/table.py"
JUDGED = ROOT / "bench/projection_tables.py"
SCALES = (0.6, 1.0, 1.7)
BENDS = 12
EPOCHS = 12
BATCH = 2048
RATE = 0.01
DECAY = 1e-4
# Minutes to look ahead: some tariffs have windows of an hour.
QUARTER, HOUR, DAY = 15, 60, 1440
LONG_SHARE = 0.15
SAMPLED = 20_000
# Not at every minute: they are much alike.
STRIDE = 4
SIMULATED_WEIGHT = 0.3
ELECTRIFIED_WEIGHT = 0.7
# What these homes of 2013 do not have: kW of a car's charger, and of a heat pump that
# cycles for so many minutes.
CHARGERS = (2.3, 3.7, 7.4)
PUMP, PUMP_ON, PUMP_OFF = 1.6, 22, 17


def running(minute: int, powers: list[float]) -> Running:
    """Return the running quarter after so many minutes, kW by minute."""
    begun = (minute - 1) // QUARTER * QUARTER
    demand = sum(powers[begun:minute]) / QUARTER
    power = powers[minute - 1]
    rest = begun + QUARTER - minute
    return Running(
        start=begun * 60,
        end=(begun + QUARTER) * 60,
        elapsed=(minute - begun) * 60.0,
        remaining=rest * 60.0,
        demand=demand,
        power=power,
        projected=demand + power * rest / QUARTER,
        coverage=1.0,
    )


class Samples:
    """Features and outcomes of one home."""

    def __init__(self, powers: list[float], seed: int) -> None:
        """Follow a home minute by minute, kW."""
        self._random = np.random.default_rng(seed)
        self._powers = np.array(powers)
        self._sums = np.concatenate([[0.0], np.cumsum(self._powers)])
        self._ends = self._powers.reshape(-1, QUARTER).mean(1)
        self.rows: list[tuple[float, ...]] = []
        self.outcomes: list[bool] = []
        self._follow(powers)

    def _follow(self, powers: list[float]) -> None:
        """Ask at some of the minutes what was to come."""
        trace, habits = PowerTrace(), Habits()
        count = len(powers)
        often = 6 * SAMPLED / count * STRIDE
        for minute in range(1, count - HOUR):
            for power in trace.follow(running(minute, powers)):
                habits.learn(power)
            if minute <= HOUR or minute % STRIDE:
                continue
            shape = trace.shape()
            for _ in range(self._random.poisson(often)):
                rest, power = self._question(minute)
                if power > 0:
                    row = (*still(shape, rest * 60), *asked(shape, habits, power))
                    self.rows.append(relative(row))
                    self.outcomes.append(self._mean(minute, rest) > power)

    def _question(self, minute: int) -> tuple[float, float]:
        """Return for how many minutes a power is asked for, and that power."""
        chosen = self._random
        longest = HOUR if chosen.random() < LONG_SHARE else QUARTER - 1
        rest = float(chosen.uniform(0.5, longest))
        if chosen.random() < 1 / 3:
            # What would break a target that is broken now and then.
            target = np.quantile(self._ends, chosen.uniform(0.9, 0.997))
            rest = float(chosen.integers(1, QUARTER))
            since = int(minute - (QUARTER - rest))
            drawn = self._sums[minute] - self._sums[since]
            return rest, float((target * QUARTER - drawn) / rest)
        span = chosen.choice((1, 3, 7, 15, 60, 0, -1))
        if span > 0:
            base = (self._sums[minute] - self._sums[minute - span]) / span
        elif span == 0:
            base = chosen.choice(self._powers)
        else:
            base = self._mean(minute, rest)
        about = np.log(max(base, 0.0) + OFFSET) + chosen.normal(0, 0.4)
        return rest, max(0.005, float(np.exp(about)) - OFFSET)

    def _mean(self, minute: int, rest: float) -> float:
        """Return the mean power of so many minutes from one on, kW."""
        whole = int(rest)
        energy = self._sums[minute + whole] - self._sums[minute]
        energy += (rest - whole) * self._powers[minute + whole]
        return float(energy / rest)


def relative(row: tuple[float, ...]) -> tuple[float, ...]:
    """Return features with levels that count from that of the power asked for."""
    gauge = row[form.STILL]
    return tuple(
        value - gauge if place in form.RELATIVE else value
        for place, value in enumerate(row)
    )


class Fit:
    """The logistic form while it is fitted, by Adam."""

    def __init__(self, features: int, seed: int) -> None:
        """Begin with small random weights."""
        chosen = np.random.default_rng(seed)
        self._random = chosen
        self.weights: list[Numbers] = [
            chosen.normal(0, features**-0.5, (features, BENDS)),
            np.zeros(BENDS),
            chosen.normal(0, 0.3, BENDS),
            np.zeros(features),
            np.zeros(1),
        ]
        self._first = [np.zeros_like(weight) for weight in self.weights]
        self._second = [np.zeros_like(weight) for weight in self.weights]
        self._steps = 0

    def run(self, rows: Numbers, outcomes: Numbers, counts: Numbers) -> None:
        """Go through all samples some times, ever more slowly."""
        total = EPOCHS * -(-len(rows) // BATCH)
        for _ in range(EPOCHS):
            order = self._random.permutation(len(rows))
            for begin in range(0, len(rows), BATCH):
                some = order[begin : begin + BATCH]
                pace = RATE * (1 + np.cos(np.pi * self._steps / total)) / 2
                self._step(rows[some], outcomes[some], counts[some], pace)

    def _step(
        self, rows: Numbers, outcomes: Numbers, counts: Numbers, pace: float
    ) -> None:
        bends, constants, sums, linear, constant = self.weights
        bent = np.tanh(rows @ bends + constants)
        score = bent @ sums + rows @ linear + constant
        chance = 1 / (1 + np.exp(-np.clip(score, -30, 30)))
        off = (chance - outcomes) * counts / len(rows)
        back = off[:, None] * sums * (1 - bent * bent)
        slopes: list[Numbers] = [
            rows.T @ back,
            back.sum(0),
            bent.T @ off,
            rows.T @ off,
            np.array([off.sum()]),
        ]
        self._steps += 1
        for place, slope in enumerate(slopes):
            self._first[place] = 0.9 * self._first[place] + 0.1 * slope
            self._second[place] = 0.999 * self._second[place] + 0.001 * slope**2
            first = self._first[place] / (1 - 0.9**self._steps)
            second = self._second[place] / (1 - 0.999**self._steps)
            self.weights[place] -= pace * (
                first / (np.sqrt(second) + 1e-8) + DECAY * self.weights[place]
            )


def fitted(homes: Iterable[tuple[list[float], float]], seed: int = 0) -> Weights:
    """Return the weights for homes (kW by minute), each with how much it counts."""
    found = [(Samples(powers, seed), count) for powers, count in homes]
    rows = np.array([row for samples, _ in found for row in samples.rows])
    outcomes = np.concatenate([samples.outcomes for samples, _ in found]).astype(float)
    counts = np.concatenate([np.full(len(one.rows), count) for one, count in found])
    middle, spread = rows.mean(0), rows.std(0) + 1e-9
    fit = Fit(rows.shape[1], seed)
    fit.run((rows - middle) / spread, outcomes, counts / counts.mean())
    bends, constants, sums, linear, constant = fit.weights
    bends, linear = bends / spread[:, None], linear / spread
    constants, constant = constants - middle @ bends, constant - middle @ linear
    return Weights(
        tuple(
            _row((*column, added))
            for column, added in zip(bends.T, constants, strict=True)
        ),
        _row(sums),
        _row((*linear, constant[0])),
    )


def _row(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(round(float(value), 4) for value in values)


def variants(powers: list[float]) -> Iterator[tuple[list[float], float]]:
    """Yield a home as it would be with smaller and larger loads, and with newer ones."""
    for scale in SCALES:
        yield [power * scale for power in powers], 1.0
    yield electrified(powers, seed=5), ELECTRIFIED_WEIGHT


def electrified(powers: list[float], seed: int) -> list[float]:
    """Return a home with a car on one evening in two, and a heat pump on some days."""
    chosen = np.random.default_rng(seed)
    found = list(powers)
    for midnight in range(0, len(powers) - 2 * DAY, DAY):
        if chosen.random() < 1 / 2:
            begin = midnight + int(chosen.integers(17, 24)) * HOUR
            begin += int(chosen.integers(HOUR))
            charger = float(chosen.choice(CHARGERS))
            for minute in range(begin, begin + int(chosen.integers(40, 5 * HOUR))):
                found[minute] += charger
        if chosen.random() < 1 / 3:
            phase = int(chosen.integers(PUMP_ON))
            for minute in range(midnight, midnight + DAY):
                if (minute + phase) % (PUMP_ON + PUMP_OFF) < PUMP_ON:
                    found[minute] += PUMP
    return found


def source(name: str, weights: Weights) -> str:
    """Return weights as a line of Python."""
    return f"{name} = {weights!r}\n"


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    made_up = [(simulated_home(seed), SIMULATED_WEIGHT) for seed in SIMULATED]
    real = {name: list(variants(real_home(name))) for name in MONTHS}
    everything = fitted([*(home for some in real.values() for home in some), *made_up])
    text = PLAQUE + source("WEIGHTS", everything)
    if not args.write:
        print(text)
        return
    TABLE.write_text(text, encoding="utf-8")
    lines = [
        f'    "{name}": {fitted([*some, *made_up])!r},\n' for name, some in real.items()
    ]
    JUDGED.write_text(JUDGED_PLAQUE + "".join(lines) + "}\n", encoding="utf-8")


PLAQUE = '''"""The weights of the projection, fitted by `bench.projection_fit`.

The homes: two months by the minute of REFIT, an electrical load measurements dataset of
United Kingdom households (D. Murray, L. Stankovic, V. Stankovic, Scientific Data 4,
160122, 2017), CC BY 4.0, and days of three simulated households.
"""

from .heading import Weights

'''
JUDGED_PLAQUE = '''"""Weights that know only one of the real homes, by its name, and the simulated ones.

Made by `bench.projection_fit`.
"""

from custom_components.flukso.core.projection.heading import Weights

LEARNED_ON = {
'''


if __name__ == "__main__":
    main()
