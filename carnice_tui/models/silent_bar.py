"""The progress bars of the hub's library, as counters: nothing is drawn."""

from collections.abc import Callable
from io import StringIO
from typing import Any

Progress = Callable[[int], None]
"""Takes how many more bytes are on the disk (fewer, where they had to be thrown away)."""


class _Nowhere(StringIO):
    """A file that keeps nothing of what is written to it."""

    def write(self, text: str, /) -> int:
        return len(text)


def silent_bar(progress: Progress, *, named: str = "") -> Any:
    """A tqdm class that draws nothing and tells `progress` of each portion; of the bars whose
    description begins with `named` alone."""
    from tqdm import auto

    tqdm: Any = auto.tqdm

    class Bar(tqdm):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            self._counts = str(kwargs.get("desc", "")).startswith(named)
            kwargs["file"] = _Nowhere()
            tqdm.__init__(self, *args, **kwargs)

        def update(self, n: float | None = 1) -> None:
            if self._counts and n:
                progress(int(n))
            tqdm.update(self, n)

    return Bar
