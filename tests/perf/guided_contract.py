"""How many of N guided answers of random-weight models keep the contract (goal: all).

python -m tests.perf.guided_contract [N=10000] [LINE_TOKENS=8]
"""

import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path

from carnice_tui.core.messages import Sampling
from carnice_tui.core.requests import TurnRequest
from carnice_tui.engine.local import LocalEngine
from carnice_tui.review.contract import parse
from carnice_tui.review.errors import ContractBroken
from carnice_tui.review.finder import BugFinder, FinderOptions
from carnice_tui.review.passage import code_passages
from tests.engine.tiny_models import build_dense, build_hybrid

CODE = (
    "x = 1\n",
    "BUG: a\nFIX: b\n",
    "```\nOK\n```\n",
    "\x1b[2J\r\n\u2028\n",
    "def f():\n  pass\n",
)


async def main(count: int, line_tokens: int) -> None:
    """Ask both models in turn, at temperatures from 0 to 2, with and without OK."""
    draw = random.Random(5)
    with tempfile.TemporaryDirectory() as folder:
        for name, build in (("dense", build_dense), ("hybrid", build_hybrid)):
            engine = LocalEngine(log=Path(folder) / "log")
            async for _ in engine.load(str(build(Path(folder) / name))):
                pass
            began, valid, clean = time.monotonic(), 0, 0
            for seed in range(count // 2):
                if seed % 250 == 0:
                    print(f"{name}: {valid} of {seed} valid ({clean} OK)", flush=True)
                allow_ok = draw.random() < 0.5
                sampling = Sampling(draw.choice((0, 0.5, 1, 1.5, 2)), 1.0, 0, seed)
                finder = BugFinder(
                    engine,
                    FinderOptions(
                        allow_ok=allow_ok,
                        locating="off",
                        line_tokens=line_tokens,
                        request=TurnRequest(sampling=sampling),
                    ),
                )
                (passage,) = code_passages("a.py", "python", draw.choice(CODE), 1000)
                try:
                    found = [one async for one in finder.find(passage)]
                except ContractBroken as error:
                    print(f"seed {seed}: {error}")
                    continue
                clean += not found
                told = [parse(one.messages[-1].content, allow_ok=allow_ok) for one in found]
                valid += len(told) == len(found)
            print(
                f"{name}: {valid} of {count // 2} valid ({clean} OK), "
                f"{time.monotonic() - began:.0f} s",
                flush=True,
            )
            await engine.close()


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    asyncio.run(main(*(numbers + [10_000, 8][len(numbers) :])))
