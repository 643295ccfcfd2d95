"""`carnice-chat bench`: the measurements of the model cards, on this machine."""

import click

from carnice_tui.cli.lazy import LazyCommand, LazyGroup

SUITES = {
    "agent7": LazyCommand(
        "carnice_tui.cli.bench_suites", "agent7", "Seven agent prompts: time, speed, tokens."
    ),
    "decode": LazyCommand(
        "carnice_tui.cli.bench_suites", "decode", "Four-turn chat: decoding speed."
    ),
    "prefill": LazyCommand(
        "carnice_tui.cli.bench_suites", "prefill", "Time to the first token, cold and warm."
    ),
    "perplexity": LazyCommand(
        "carnice_tui.cli.bench_suites", "perplexity", "How well a model predicts a text."
    ),
    "compare": LazyCommand(
        "carnice_tui.cli.bench_suites", "compare", "Two saved results side by side."
    ),
    "bugs": LazyCommand(
        "carnice_tui.cli.bench_bugs", "bugs", "Bugs found in buggy programs and their twins."
    ),
}


@click.group(cls=LazyGroup, lazy=SUITES)
def bench() -> None:
    """Measure models on this machine, each beside plain mlx-lm in the same run."""
