"""`perplexity`: how well a model predicts a text, as the first model card measured.

Both figures are computed on the same rows: ours in chunks through the cache, and
`mlx_lm.perplexity`'s own in one pass over each row.
"""

from carnice_tui.bench.plain_wire import PerplexityFound
from carnice_tui.bench.results import Measure, Row

SEQUENCES = (256, 1024)
SAMPLES = 64

CONDITIONS = "{} rows, batch 1, text: {}"


def rows_of(model: str, found: dict[int, PerplexityFound]) -> list[Row]:
    """Our row and mlx-lm's, a column a sequence length."""
    ours = [
        Measure(f"at {sequence}", "", one.ours[0], one.ours[1], one.losses)
        for sequence, one in found.items()
    ]
    theirs = [
        Measure(f"at {sequence}", "", one.theirs[0], one.theirs[1])
        for sequence, one in found.items()
        if one.theirs is not None
    ]
    note = ", ".join(
        f"at {sequence}: {one.rows} rows in {one.seconds:.1f} s" for sequence, one in found.items()
    )
    missing = [str(sequence) for sequence, one in found.items() if one.theirs is None]
    left_out = f"no memory for a whole row at {', '.join(missing)}" if missing else ""
    return [
        Row(model, "carnice-chat", tuple(ours), note=note),
        Row(model, "mlx_lm", tuple(theirs), note=left_out),
    ]
