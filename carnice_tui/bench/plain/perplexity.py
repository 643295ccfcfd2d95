"""Perplexity: mlx-lm's own, and ours on the same rows in chunks through the cache.

mlx-lm computes the logits of a whole row at once: at 27B and 1,024 tokens 1 GB in float32,
and as much again to make it. In chunks the memory is that of the chunk, and the figure the
same, which is shown by computing both.
"""
# MLX's types are partial, and mlx-lm has none.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportMissingTypeStubs=false

import math
import time
from pathlib import Path
from typing import Any, cast

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx_lm.models.cache import make_prompt_cache
from mlx_lm.perplexity import eval_ppl, load_data

from carnice_tui.bench.plain_wire import Perplexity, PerplexityFound

CHUNK = 256
"""Tokens whose logits are computed at once."""

SEED = 123
"""mlx_lm.perplexity's own default, which picks the rows."""

WIKITEXT = "Salesforce/wikitext"


def measure(model: Any, tokenizer: Any, asked: Perplexity) -> PerplexityFound:
    """Both figures on the same rows.

    Raises:
        ValueError: the text is too short for a single row.
    """
    data = _rows(tokenizer, asked)
    begun = time.perf_counter()
    losses = mx.concatenate([row_losses(model, data[i]) for i in range(len(data))])
    ours = perplexity_of(losses)
    seconds = time.perf_counter() - begun
    try:
        theirs = cast("tuple[float, float]", eval_ppl(model, data, batch_size=1))
    except RuntimeError:  # a single pass over a row did not fit
        theirs = None
    means = losses.reshape(len(data), -1).mean(axis=1)
    return PerplexityFound(
        ours, theirs, len(data), seconds, tuple(cast("list[float]", means.tolist()))
    )


def row_losses(model: Any, row: mx.array) -> mx.array:
    """The loss of each token of a row after the first, in nats."""
    cache = make_prompt_cache(model)
    inputs, targets = row[:-1], row[1:]
    losses: list[mx.array] = []
    for start in range(0, inputs.size, CHUNK):
        logits = model(inputs[None, start : start + CHUNK], cache=cache).astype(mx.float32)
        found = nn.losses.cross_entropy(
            logits, targets[None, start : start + CHUNK], reduction="none"
        )
        mx.eval(found)
        losses.append(found.flatten())
    return mx.concatenate(losses)


def perplexity_of(losses: mx.array) -> tuple[float, float]:
    """Perplexity and its standard error, by mlx-lm's formula."""
    mean = cast("float", losses.mean().item())
    deviation = cast("float", mx.sqrt(mx.var(losses, ddof=1)).item())
    perplexity = math.exp(mean)
    return perplexity, perplexity * deviation / math.sqrt(losses.size)


def _rows(tokenizer: Any, asked: Perplexity) -> mx.array:
    if not asked.text:
        np.random.seed(SEED)
        mx.random.seed(SEED)
        return load_data(tokenizer, WIKITEXT, asked.samples, asked.sequence)
    text = Path(asked.text).read_text(encoding="utf-8")
    ids = tokenizer.encode(text, add_special_tokens=False)
    count = min(asked.samples, len(ids) // asked.sequence)
    if count == 0:
        raise ValueError(
            f"the text is {len(ids):,} tokens long, and a row takes {asked.sequence:,}"
        )
    return mx.array(ids[: count * asked.sequence]).reshape(count, asked.sequence)
