"""`compare`: two saved results side by side, with how sure the differences are."""

import msgspec

from carnice_tui.bench.results import BenchError, Measure, Result, Row
from carnice_tui.bench.samples import ratio_interval


class Difference(msgspec.Struct, frozen=True):
    """One measure of one row in both results: `ratio` is after over before. `low` and `high`
    bound it with 95 % confidence, where there are samples enough to say."""

    row: str
    measure: str
    unit: str
    before: float
    after: float
    ratio: float
    low: float | None = None
    high: float | None = None

    @property
    def certain(self) -> bool:
        """Whether the interval excludes that nothing changed."""
        return self.low is not None and self.high is not None and not self.low <= 1 <= self.high


def compare(before: Result, after: Result) -> list[Difference]:
    """Every measure that both results have.

    Raises:
        BenchError: they are of different suites, or have no row in common.
    """
    if before.suite != after.suite:
        raise BenchError(
            f"These results are of different suites, {before.suite} and {after.suite}: compare "
            "two of the same."
        )
    rows = {row.label: row for row in before.rows}
    found = [
        difference
        for row in after.rows
        if row.label in rows
        for difference in _differences(rows[row.label], row)
    ]
    if not found:
        raise BenchError("These results have no row in common: they measured other models.")
    return found


def _differences(before: Row, after: Row) -> list[Difference]:
    return [
        _difference(after.label, earlier, later)
        for later in after.measures
        if (earlier := before.measure(later.name)) is not None and earlier.value
    ]


def _difference(label: str, before: Measure, after: Measure) -> Difference:
    low = high = None
    if len(before.samples) > 1 and len(after.samples) > 1 and all(before.samples):
        low, high = ratio_interval(after.samples, before.samples)
    ratio = after.value / before.value
    return Difference(label, after.name, after.unit, before.value, after.value, ratio, low, high)
