"""Points of several parts come together in order."""

from custom_components.flukso.core.energy.series import Series, Silence


def points_of(series: Series) -> list[tuple[int, float]]:
    return list(zip(series.times, series.values, strict=True))


def test_points_are_put_in_order_and_the_first_of_a_second_wins() -> None:
    series = Series.of([(20, 2.0), (10, 1.0), (20, 3.0)])
    assert points_of(series) == [(10, 1.0), (20, 2.0)]
    assert len(series) == 2


def test_parts_one_after_another_are_joined() -> None:
    early, late = Series.of([(10, 1.0), (20, 2.0)]), Series.of([(30, 3.0)])
    joined = Series.joined(late, Series.of(()), early)
    assert points_of(joined) == [(10, 1.0), (20, 2.0), (30, 3.0)]
    assert len(early) == 2


def test_parts_that_overlap_are_joined_and_the_first_part_wins() -> None:
    first, second = Series.of([(10, 1.0), (30, 3.0)]), Series.of([(20, 2.0), (30, 9.0)])
    assert points_of(Series.joined(first, second)) == [(10, 1.0), (20, 2.0), (30, 3.0)]
    assert points_of(Series.joined(second, first)) == [(10, 1.0), (20, 2.0), (30, 9.0)]


def test_nothing_joined_is_nothing() -> None:
    assert len(Series.joined()) == 0


def test_a_part_of_the_time_keeps_the_points_next_to_it() -> None:
    series = Series.of((time, float(time)) for time in range(0, 100, 10))
    assert list(series.between(25, 45).times) == [20, 30, 40, 50]
    assert list(series.between(20, 40).times) == [20, 30, 40]
    assert list(series.between(-5, 5).times) == [0, 10]
    assert list(series.between(85, 200).times) == [80, 90]


def test_silences_are_the_gaps_between_points() -> None:
    series = Series.of([(0, 1.0), (10, 2.0), (25, 7.0), (35, 7.5)])
    assert series.silences(10) == [Silence(10, 25, 5.0)]
    assert series.silences(15) == []


def test_a_later_series_has_the_same_values() -> None:
    series = Series.of([(10, 1.0), (20, 2.0)])
    assert series.later(0) is series
    later = series.later(5)
    assert list(later.times) == [15, 25]
    assert later.values == series.values
