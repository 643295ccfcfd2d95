"""Speed over a turn in one line."""

from collections.abc import Sequence

_BARS = "▁▂▃▄▅▆▇█"


def sparkline(history: Sequence[tuple[float, int]], width: int) -> str:
    """Tokens a second over the turn, in `width` steps, with the lowest and highest."""
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
    bars = "".join(_BARS[round(speed / top * (len(_BARS) - 1))] for speed in speeds)
    return f"{bars} {min(speeds):.0f} to {top:.0f} tok/s over {span:.1f} s"
