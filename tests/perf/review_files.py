"""Files a minute of a folder review, beside a loop of `mlx_lm.generate` over the same prompts.

python -m tests.perf.review_files MODEL [FILES=200]

Both run in a process of their own with the same libraries preloaded, one after the other; the
plain loop makes as many tokens for each file as ours did, with the weights as they are stored and
in float32, which is what our worker computes with on a CPU. Also shown: how many prompt tokens
were read, which must be the shared prefix once and each file's own.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from carnice_tui.bench.bugs.cases import own_pairs
from carnice_tui.core.events import TurnStats
from carnice_tui.engine.local import LocalEngine
from carnice_tui.engine.process import worker_environment
from carnice_tui.review.finder import BugFinder, FinderOptions
from carnice_tui.review.formats.base import Quiet
from carnice_tui.review.jobs import file_jobs
from carnice_tui.review.prompt import question, system_prompt
from carnice_tui.review.run import Review

PLAIN = """
import json, sys, time
import mlx.core as mx, mlx_lm
model, tokenizer = mlx_lm.load(sys.argv[1])
if sys.argv[2] == "float32":
    model.set_dtype(mx.float32)
work = json.load(sys.stdin)
began, read = time.perf_counter(), 0
for system, user, tokens in work:
    messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
    prompt = tokenizer.apply_chat_template(
        messages, add_generation_prompt=True, enable_thinking=False)
    read += len(prompt)
    mlx_lm.generate(model, tokenizer, prompt, max_tokens=max(1, tokens))
print(json.dumps([time.perf_counter() - began, read]))
"""


def main(model: str, count: int) -> None:
    """Write the files, review them, and do the same plainly."""
    texts = [text for pair in own_pairs() for text in (pair.buggy, pair.fixed)]
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            text = f"# {number}\n{texts[number % len(texts)]}"
            (Path(folder) / f"f{number:04}.py").write_text(text)
        seconds, stats = asyncio.run(reviewed(model, folder))
        asked = [question(path.read_text(), "python") for path in sorted(Path(folder).glob("*.py"))]
    shared = min(one.cached_tokens for one in stats[1:])
    own = sum(one.prompt_tokens - shared for one in stats)
    read = sum(one.prefilled_tokens for one in stats)
    print(f"ours: {count / seconds * 60:.0f} files a minute, {read:,} tokens read")
    print(f"  prefix once + own: {shared:,} + {own:,} = {shared + own:,}", flush=True)
    system = system_prompt(allow_ok=True)
    work = [(system, user, one.answer_tokens) for user, one in zip(asked, stats, strict=True)]
    for dtype in ("as stored", "float32"):
        plain, read = plainly(model, dtype, work)
        print(f"mlx_lm.generate, {dtype}: {count / plain * 60:.0f} files a minute, ", end="")
        print(f"{read:,} tokens read; ratio {plain / seconds:.2f}", flush=True)


def plainly(model: str, dtype: str, work: list[tuple[str, str, int]]) -> tuple[float, int]:
    """The plain loop: seconds without loading, and prompt tokens read."""
    done = subprocess.run(
        [sys.executable, "-c", PLAIN, model, dtype],
        input=json.dumps(work),
        env=worker_environment(),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return tuple(json.loads(done.stdout))


async def reviewed(model: str, folder: str) -> tuple[float, list[TurnStats]]:
    """Review the folder; gives the seconds it took, without loading, and each file's figures."""
    engine = LocalEngine(log=Path(folder) / "log")
    async for _ in engine.load(model):
        pass
    finder = BugFinder(engine, FinderOptions(allow_ok=True, locating="off"))
    jobs = list(file_jobs([folder]))
    began = time.perf_counter()
    await Review(finder, Quiet()).run(jobs)
    seconds = time.perf_counter() - began
    await engine.close()
    return seconds, finder.stats


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 200)
