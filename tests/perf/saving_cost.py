"""What saving costs the stream: decoding with and without a session log, interleaved.

    python -m tests.perf.saving_cost MODEL_FOLDER [--pairs 9] [--tokens 300]

One worker, one process: odd turns are saved (secrets masked, as the settings have it), even
ones are not. The goal is a ratio of at least 0.99. Also the CPU time of one record in the
caller's thread, which is all that the stream ever waits for.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from carnice_tui.cli.engines import local_engine
from carnice_tui.core.events import AnswerDelta, Record, TurnStarted, UserMessage
from carnice_tui.core.messages import Sampling
from carnice_tui.core.requests import TurnRequest
from carnice_tui.core.settings import Settings
from carnice_tui.engine.asking import TurnOptions
from carnice_tui.engine.base import Engine
from carnice_tui.engine.conversation import Conversation
from carnice_tui.sessions.log import SessionLog
from carnice_tui.sessions.secrets import Redactor

PROMPT = "Tell me everything you can do."


async def turn(engine: Engine, tokens: int, log: SessionLog | None) -> float:
    """Tokens per second of one turn, in a conversation of its own."""
    options = TurnOptions(
        request=TurnRequest(sampling=Sampling(temperature=0.0), max_tokens=tokens)
    )
    conversation = Conversation(engine, options, sinks=[log] if log else [])
    finished = await conversation.say(PROMPT)
    return finished.stats.decode_tps


async def measure(folder: Path, pairs: int, tokens: int) -> None:
    """Run the pairs and print what they gave."""
    engine = local_engine(Settings())
    async for _ in engine.load(str(folder)):
        pass
    ratios: list[float] = []
    with tempfile.TemporaryDirectory() as saved:
        await turn(engine, tokens, None)
        for pair in range(pairs):
            log = SessionLog.new(Path(saved), redactor=Redactor())
            with_log = await turn(engine, tokens, log)
            await asyncio.to_thread(log.close)
            without = await turn(engine, tokens, None)
            ratios.append(with_log / without)
            print(f"pair {pair + 1}: saved {with_log:7.1f} tok/s, not saved {without:7.1f},"
                  f" {ratios[-1]:.3f}")  # fmt: skip
    await engine.close()
    print(f"median {statistics.median(ratios):.3f}, from {min(ratios):.3f} to {max(ratios):.3f}")


def caller_cost(number: int = 100_000) -> None:
    """CPU time of a record: what the caller spends on it, and what all threads do."""
    with tempfile.TemporaryDirectory() as saved:
        log = SessionLog.new(Path(saved), redactor=Redactor())
        log(Record(0, UserMessage("count"), "m1", ""))
        log(Record(0, TurnStarted("demo"), "m2", "m1"))
        records = [Record(i / 100, AnswerDelta(" word"), "m2") for i in range(number)]
        before, all_before = time.thread_time(), time.process_time()
        for record in records:
            log(record)
        spent = time.thread_time() - before
        log.close()
        in_all = time.process_time() - all_before
    print(f"a record costs the caller {spent / number * 1e6:.2f} µs of CPU,"
          f" all threads {in_all / number * 1e6:.2f} µs")  # fmt: skip


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--tokens", type=int, default=300)
    arguments = parser.parse_args()
    caller_cost()
    asyncio.run(measure(arguments.folder, arguments.pairs, arguments.tokens))


if __name__ == "__main__":
    main()
