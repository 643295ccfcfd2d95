"""What agents beside each other cost to read: tokens prefilled over a fixed scenario.

    python -m tests.perf.conversations MODEL_FOLDER [--prefix 2500]

Three conversations share a system prompt of about that many tokens and take turns, four
requests each; then the engine starts again and one more begins. Counts, not times: they are
the same on every machine. Beside them stands what an engine reads that remembers one
conversation, and one that remembers none.
"""

import argparse
import asyncio
import tempfile
from pathlib import Path

from tokenizers import Tokenizer

from carnice_tui.core.events import TurnFinished, TurnStats
from carnice_tui.core.messages import Message, Sampling
from carnice_tui.core.requests import TurnRequest
from carnice_tui.engine.local import LocalEngine, PrefixFolder
from tests.engine.cold import message_of

AGENTS, REQUESTS = 3, 4


async def ask(engine: LocalEngine, messages: list[Message]) -> TurnStats:
    """One request; its answer joins the messages."""
    request = TurnRequest(tuple(messages), sampling=Sampling(temperature=0), max_tokens=24)
    events = [event async for event in engine.turn(request)]
    messages.append(message_of(events))
    finished = events[-1]
    assert isinstance(finished, TurnFinished)
    assert finished.reason in ("stop", "length"), finished
    return finished.stats


async def measure(folder: Path, prefix: int) -> None:
    """The scenario, and its figures line by line."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    rules = [f"Rule {n}: say what breaks." for n in range(prefix)]
    each = len(tokenizer.encode(" ".join(rules[:100])).ids) / 100
    system = Message("system", " ".join(rules[: int(prefix / each)]))
    with tempfile.TemporaryDirectory() as place:
        kept = PrefixFolder(Path(place, "prefixes"), 10**9)

        async def started() -> LocalEngine:
            engine = LocalEngine(prefixes=kept, log=Path(place, "worker.log"))
            async for _ in engine.load(str(folder)):
                pass
            return engine

        engine = await started()
        agents = [[system] for _ in range(AGENTS)]
        read: list[int] = []
        whole: list[int] = []
        for number in range(REQUESTS):
            for which, messages in enumerate(agents):
                messages.append(Message("user", f"File {which}, part {number}: is it right?"))
                stats = await ask(engine, messages)
                read.append(stats.prefilled_tokens)
                whole.append(stats.prompt_tokens)
        await engine.close()
        print(f"{len(read)} requests of {AGENTS} agents: {sum(read):,} tokens read {read}")
        print(f"remembering none: {sum(whole):,} tokens ({sum(whole) / sum(read):.1f}x)")
        engine = await started()
        stats = await ask(engine, [system, Message("user", "And this file?")])
        await engine.close()
        print(f"after a restart: {stats.prefilled_tokens} of {stats.prompt_tokens:,} tokens read")


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("--prefix", type=int, default=2500)
    arguments = parser.parse_args()
    asyncio.run(measure(arguments.model, arguments.prefix))


if __name__ == "__main__":
    main()
