"""The demo model's first impression beside bare mlx-lm on the same folder, interleaved.

    python -m tests.perf.demo_start [--pairs 5]

Load, first token of a 200-token prompt and decode speed through our engine and through
`mlx_lm.stream_generate` in a fresh process, by turns, with OpenBLAS and without. Load is timed in a
process that already runs and has MLX imported. Ratios are ours over bare; a ratio above 1 is better
for decode speed and worse for the other two.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import patch

from carnice_tui.core.events import TurnFinished
from carnice_tui.core.messages import Message, Sampling
from carnice_tui.core.requests import TurnRequest
from carnice_tui.engine import process
from carnice_tui.engine.local import LocalEngine
from carnice_tui.models.demo_training.samples import Conversation, render, shipped_tokenizer
from carnice_tui.models.demo_training.tokenizer import MODEL_FOLDER

PROMPT_TOKENS, ANSWER_TOKENS, ROUNDS = 200, 64, 3
Figures = tuple[float, float, float]
"""Seconds to load, seconds to the first token, tokens a second."""

BARE = """
import json, sys, time
import mlx.core as mx, mlx_lm
folder, prompts, tokens = sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3])
mlx_lm.load(folder)
began = time.perf_counter()
model, tokenizer = mlx_lm.load(folder)
model.set_dtype(mx.float32)
mx.eval(model.parameters())
load = time.perf_counter() - began
tokenizer.eos_token_ids = set()
firsts, rates = [], []
for prompt in prompts:
    text = tokenizer.apply_chat_template(
        [{"role": "user", "content": prompt}],
        add_generation_prompt=True, tokenize=False, enable_thinking=False)
    ids = tokenizer.encode(text, add_special_tokens=False)
    began, times = time.perf_counter(), []
    for response in mlx_lm.stream_generate(model, tokenizer, ids, max_tokens=tokens):
        times.append(time.perf_counter())
    times = times[:-1]  # the last response repeats the end
    firsts.append(times[0] - began)
    rates.append((len(times) - 1) / (times[-1] - times[0]))
print(json.dumps([load, min(firsts), max(rates)]))
"""


def prompts() -> list[str]:
    """Different from the first word on, so that no cache helps; each a prompt of 200 tokens."""
    made: list[str] = []
    for number in range(ROUNDS):
        text = f"{number} Tell me everything you can do, with a list, a table and an example. "
        while _tokens(text) < PROMPT_TOKENS:
            text += "x "
        made.append(text)
    return made


def _tokens(text: str) -> int:
    conversation = Conversation([{"role": "user", "content": text}])
    return len(shipped_tokenizer().encode(render(conversation, prompt_only=True)).ids)


def bare() -> Figures:
    """mlx-lm alone; the best of the rounds."""
    done = subprocess.run(
        [sys.executable, "-c", BARE, str(MODEL_FOLDER), json.dumps(prompts()), str(ANSWER_TOKENS)],
        env=process.worker_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    load, first, rate = json.loads(done.stdout)
    return load, first, rate


async def ours() -> Figures:
    """Our engine; the best of the rounds."""
    firsts: list[float] = []
    rates: list[float] = []
    with tempfile.TemporaryDirectory() as logs:
        engine = LocalEngine(log=Path(logs, "worker.log"))
        async for _ in engine.load(str(MODEL_FOLDER)):
            pass
        began = time.perf_counter()
        async for _ in engine.load(str(MODEL_FOLDER)):
            pass
        load = time.perf_counter() - began
        for prompt in prompts():
            request = TurnRequest(
                (Message("user", prompt),),
                sampling=Sampling(temperature=0),
                max_tokens=ANSWER_TOKENS,
            )
            async for event in engine.turn(request):
                if isinstance(event, TurnFinished) and event.stats:
                    firsts.append(event.stats.time_to_first_token)
                    rates.append(event.stats.decode_tps)
        await engine.close()
    return load, min(firsts), max(rates)


def shown(title: str, ours_all: Sequence[Figures], bare_all: Sequence[Figures]) -> None:
    """A line for each figure: medians, and the median of the pairs' ratios."""
    for at, name in enumerate(("load, s", "first token, s", "tokens a second")):
        mine, theirs = [row[at] for row in ours_all], [row[at] for row in bare_all]
        ratio = statistics.median(a / b for a, b in zip(mine, theirs, strict=True))
        print(
            f"{title:17} {name:16} ours {statistics.median(mine):8.3f}  "
            f"bare {statistics.median(theirs):8.3f}  ratio {ratio:.2f}"
        )


def measure(title: str, pairs: int) -> None:
    """The pairs, one after the other."""
    mine: list[Figures] = []
    theirs: list[Figures] = []
    for _ in range(pairs):
        mine.append(asyncio.run(ours()))
        theirs.append(bare())
    shown(title, mine, theirs)


def main() -> None:
    """With OpenBLAS, then without."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--pairs", type=int, default=5)
    pairs = parser.parse_args().pairs
    if process.openblas():
        measure("with OpenBLAS", pairs)
    with patch.object(process, "openblas", return_value=None):
        measure("without OpenBLAS", pairs)


if __name__ == "__main__":
    main()
