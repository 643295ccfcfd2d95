"""`python -m carnice_tui.bench.plain FOLDER`: mlx-lm alone, asked by JSON lines on stdin."""
# MLX's types are partial, and mlx-lm has none.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportMissingTypeStubs=false

import os
import sys
import time
from typing import Any, cast

import mlx.core as mx
import mlx_lm
import msgspec

from carnice_tui.bench.plain.perplexity import measure
from carnice_tui.bench.plain_wire import (
    Answer,
    Ask,
    Failed,
    Generate,
    Generated,
    Perplexity,
    Ready,
)
from carnice_tui.bench.samples import Sample, decode_tps, gaps_of
from carnice_tui.core.messages import Message


def generate(model: Any, tokenizer: Any, asked: Generate) -> Sample:
    """One answer of `mlx_lm.stream_generate` from an empty cache."""
    begun = time.perf_counter()
    prompt = tokenizer.apply_chat_template(
        [_as_dict(message) for message in asked.messages],
        add_generation_prompt=True,
        tokenize=False,
        enable_thinking=asked.thinking,
    )
    ids = tokenizer.encode(prompt, add_special_tokens=False)
    text: list[str] = []
    times: list[float] = []
    for response in mlx_lm.stream_generate(model, tokenizer, ids, max_tokens=asked.max_tokens):
        times.append(time.perf_counter())
        text.append(response.text)
    first, last = (times[0], times[-1]) if times else (begun, begun)
    return Sample(
        wall=time.perf_counter() - begun,
        first=first - begun,
        tokens=len(times),
        decode_tps=decode_tps(len(times), first, last),
        text="".join(text),
        prompt_tokens=len(ids),
        prefilled_tokens=len(ids),
        gaps=gaps_of([(when, 1) for when in times]),
    )


def _as_dict(message: Message) -> dict[str, Any]:
    plain: dict[str, Any] = {"role": message.role, "content": message.content}
    return plain | ({"reasoning_content": message.reasoning} if message.reasoning else {})


def main() -> None:
    """Load the model and answer until standard input ends."""
    output = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what mlx-lm prints must not get between the lines

    def tell(answer: Answer) -> None:
        output.write(msgspec.json.encode(answer) + b"\n")

    decoder = msgspec.json.Decoder(cast("type[Ask]", Ask))
    try:
        loaded = cast("Any", mlx_lm.load(sys.argv[1]))
        model, tokenizer = loaded[0], loaded[1]
        if "--float32" in sys.argv:
            # As our own engine computes on CPU: half precision is slow there.
            model.set_dtype(mx.float32)
            mx.eval(model.parameters())
        tell(Ready())
        for line in sys.stdin.buffer:
            match decoder.decode(line):
                case Generate() as asked:
                    tell(Generated(generate(model, tokenizer, asked)))
                case Perplexity() as asked:
                    tell(measure(model, tokenizer, asked))
    except Exception as error:
        first = (str(error).strip().splitlines() or [""])[0]
        tell(Failed(f"{type(error).__name__}: {first}"))
    os._exit(0)  # without the teardown of native libraries, which may abort


if __name__ == "__main__":
    main()
