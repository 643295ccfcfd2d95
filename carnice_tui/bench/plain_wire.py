"""What is asked of the plain child and what it answers: one JSON line each."""

import msgspec

from carnice_tui.bench.samples import Sample
from carnice_tui.core.messages import Message


class _Line(msgspec.Struct, frozen=True, tag_field="type"):
    """Base: the tag says which kind a line is."""


class Generate(_Line, frozen=True, tag="generate"):
    """Answer greedily with at most `max_tokens`."""

    messages: tuple[Message, ...]
    max_tokens: int
    thinking: bool = False


class Perplexity(_Line, frozen=True, tag="perplexity"):
    """Perplexity of the text in the file `text` (or the hub's wikitext-2 where it is empty)."""

    sequence: int
    samples: int
    text: str = ""


class Ready(_Line, frozen=True, tag="ready"):
    """The model is loaded."""


class Generated(_Line, frozen=True, tag="generated"):
    """An answer, timed in the child; `wall` is replaced by the asker's own clock."""

    sample: Sample


class PerplexityFound(_Line, frozen=True, tag="perplexity_found"):
    """Our figures, chunk by chunk through the cache, and mlx-lm's on the same rows.

    `theirs` is None where its single pass over a whole row did not fit into memory.
    """

    ours: tuple[float, float]
    theirs: tuple[float, float] | None
    rows: int
    seconds: float
    losses: tuple[float, ...] = ()
    """Mean loss of each row."""


class Failed(_Line, frozen=True, tag="failed"):
    """It could not be done."""

    message: str


Ask = Generate | Perplexity
Answer = Ready | Generated | PerplexityFound | Failed
