"""Speed over a turn in one line."""

from collections.abc import Sequence


def sparkline(history: Sequence[tuple[float, int]], width: int, *, bars: str) -> str:
    """Tokens a second over the turn, in `width` steps, with the lowest and highest.

    Without `bars` (lowest first) the figures alone: a screen reader would read each bar out.
    """
    if len(history) < 2:
        return ""
    began, ended = history[0][0], history[-1][0]
    span = max(ended - began, 1e-6)
    width = max(1, min(width, len(history) // 2))
    buckets = [0] * width
    for t, tokens in history:
        buckets[min(width - 1, int((t - began) / span * width))] += tokens
    speeds = [count * width / span for count in buckets]
    top = max(speeds)
    drawn = "".join(bars[round(speed / top * (len(bars) - 1))] for speed in speeds) if bars else ""
    return f"{drawn} {min(speeds):.0f} to {top:.0f} tok/s over {span:.1f} s".strip()
