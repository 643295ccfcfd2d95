"""What a turn costs to read: tokens prefilled after Enter for each token that was added.

    python -m tests.perf.prefix MODEL_FOLDER [--turns 8]

Counts, not times: they are the same on every machine. A turn adds the user's message in its
template wrapping; an answer cut at its limit is also closed, which costs up to four tokens.
Beside it stands what is read where
every turn begins from an empty cache, as `mlx_lm.generate` does.
"""

import argparse
import asyncio
import tempfile
from pathlib import Path

from tokenizers import Tokenizer

from carnice_tui.core.messages import Sampling, ThinkingMode
from carnice_tui.core.requests import TurnRequest
from carnice_tui.engine.asking import TurnOptions
from carnice_tui.engine.conversation import Conversation
from carnice_tui.engine.local import LocalEngine

MESSAGE = "Message {number}: what about the second loop, and the list it changes?"


async def measure(folder: Path, turns: int, thinking: ThinkingMode, *, preserve: bool) -> None:
    """One conversation of `turns` turns, and a line of figures."""
    with tempfile.TemporaryDirectory() as logs:
        engine = LocalEngine(log=Path(logs, "worker.log"))
        async for _ in engine.load(str(folder)):
            pass
        options = TurnOptions(
            system="You find bugs.",
            request=TurnRequest(
                thinking=thinking,
                preserve_thinking=preserve,
                max_tokens=48,
                sampling=Sampling(temperature=0),
            ),
        )
        conversation = Conversation(engine, options)
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        opening = "<think>\n" if thinking == "on" else "<think>\n\n</think>\n\n"
        read = added = cold = 0
        for number in range(turns):
            await conversation.warm()
            text = MESSAGE.format(number=number)
            stats = (await conversation.say(text)).stats
            if number:
                wrapped = f"\n<|im_start|>user\n{text}<|im_end|>\n<|im_start|>assistant\n{opening}"
                read += stats.prefilled_tokens
                added += len(tokenizer.encode(wrapped, add_special_tokens=False).ids)
                cold += stats.prompt_tokens
        await engine.close()
    print(
        f"thinking {thinking:4} preserve {preserve!s:5}: {read} read after Enter, {added} "
        f"added ({read / max(1, added):.2f}); from an empty cache {cold} ({cold / read:.1f}x)"
    )


def main() -> None:
    """Every combination of thinking and keeping it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--turns", type=int, default=8)
    arguments = parser.parse_args()
    for thinking in ("off", "on"):
        for preserve in (True, False):
            asyncio.run(measure(arguments.folder, arguments.turns, thinking, preserve=preserve))


if __name__ == "__main__":
    main()
