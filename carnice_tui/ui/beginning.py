"""Which session the app begins with."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Opening:
    """The session to begin with: that in `path` (None: the person chooses), up to `turn`.

    It goes on as it was, except for what was `given` for this run: names of settings, "mode".
    """

    path: Path | None = None
    turn: int | None = None
    given: frozenset[str] = frozenset()
