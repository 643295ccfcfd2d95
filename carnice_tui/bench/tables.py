"""Results for people: Markdown, aligned text, and bars for the terminal."""

from collections.abc import Sequence

from carnice_tui.bench.compare import Difference
from carnice_tui.bench.results import Measure, Result, Row
from carnice_tui.core.sanitize import sanitize

BAR = 40
"""Columns of the longest bar."""


def columns_of(result: Result) -> list[tuple[str, str]]:
    """Names and units of all measures, in the order they first appear."""
    seen: dict[str, str] = {}
    for row in result.rows:
        for measure in row.measures:
            seen.setdefault(measure.name, measure.unit)
    return list(seen.items())


def figure(measure: Measure | None) -> str:
    """A figure with its error: "4.949 ± 0.092"; empty where it was not measured."""
    if measure is None:
        return ""
    digits = _digits(measure)
    error = f" ± {measure.error:.{digits}f}" if measure.error is not None else ""
    return f"{measure.value:.{digits}f}{error}"


def _digits(measure: Measure) -> int:
    match measure.unit:
        case "":
            return 3  # perplexity, as mlx-lm prints it
        case "tokens":
            return 0
        case "x":
            return 2
        case "s" if measure.value < 10:
            return 3
        case _:
            return 1


def markdown(result: Result) -> str:
    """A table for documents; every figure in it was measured."""
    columns = columns_of(result)
    header = ["Model", *(f"{name} ({unit})" if unit else name for name, unit in columns)]
    lines = [
        "| " + " | ".join(header) + " |",
        "|" + "---|" * len(header),
        *(_markdown_row(row, columns) for row in result.rows),
        "",
        f"Measured with carnice-chat bench {result.suite} on {result.machine}, {result.created}: "
        f"{result.conditions}. {result.software}.",
    ]
    return sanitize("\n".join(lines))


def _markdown_row(row: Row, columns: Sequence[tuple[str, str]]) -> str:
    cells = [row.label, *(figure(row.measure(name)) for name, _ in columns)]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def chart(result: Result) -> str:
    """The table as aligned text, then a bar a row for the first measure."""
    columns = columns_of(result)
    header = ["", *(f"{name} {unit}".strip() for name, unit in columns)]
    rows = [[row.label, *(figure(row.measure(name)) for name, _ in columns)] for row in result.rows]
    widths = [max(len(line[i]) for line in (header, *rows)) for i in range(len(header))]
    lines = [_aligned(line, widths) for line in (header, *rows)]
    if columns:
        lines += ["", *_bars(result, columns[0][0], widths[0])]
    notes = [f"{row.label}: {row.note}" for row in result.rows if row.note]
    return sanitize("\n".join([*lines, "", result.conditions, *notes]))


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = cells
    padded = [first.ljust(widths[0]), *(c.rjust(w) for c, w in zip(rest, widths[1:], strict=True))]
    return "  ".join(padded).rstrip()


def _bars(result: Result, name: str, width: int) -> list[str]:
    found = [(row.label, row.measure(name)) for row in result.rows]
    longest = max((measure.value for _, measure in found if measure), default=0.0)
    return [
        f"{label.ljust(width)}  {'█' * round(BAR * measure.value / longest)} {figure(measure)}"
        for label, measure in found
        if measure is not None and longest > 0
    ]


def differences(found: Sequence[Difference]) -> str:
    """A comparison as aligned text."""
    rows = [
        [
            one.row,
            f"{one.measure} {one.unit}".strip(),
            f"{one.before:.3g}",
            f"{one.after:.3g}",
            f"{one.ratio:.3f}",
            f"{one.low:.3f} … {one.high:.3f}" if one.low is not None else "",
            "" if one.low is None else ("differs" if one.certain else "no difference shown"),
        ]
        for one in found
    ]
    header = ["", "measure", "before", "after", "ratio", "95 % interval", ""]
    widths = [max(len(line[i]) for line in (header, *rows)) for i in range(len(header))]
    return sanitize("\n".join(_aligned(line, widths) for line in (header, *rows)))
