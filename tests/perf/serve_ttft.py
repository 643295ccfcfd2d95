"""`carnice-chat serve` beside `mlx_lm.server`: a coding agent's conversation of 12 requests.

    python -m tests.perf.serve_ttft [--model demo|stored|hybrid] [--answers written|own] [--tasks 1]
        [--requests 12] [--prefix 3000]

A system prompt and eight tool schemas, about 3,000 tokens together, then the user's task; each
further request adds an assistant's message of one sentence and one call, and what the call gave
(`agent_course`). Every request sends everything again, as agents do. Thinking is off, decoding
greedy, answers are streamed. The two servers take turns, request by request, so that what else
the machine does falls on both. Times are to the first piece of the answer of a stream, whatever
it is made of; tokens read are counts, the same on every machine.

What goes back as the assistant's sentence: `written`, the same text for both servers, which the
model never said; or `own`, what the server has just said, as in real work. The call is written in
both, since toys make none that could be answered. With `--tasks 3` the user gives a new task after
every fourth request.

The demo model is dense; for both servers it is turned into float32, which is what a CPU computes
in best. `stored` is the same in the float16 that it has on the disk, as anyone would start the two
on it: ours turns it into float32 by itself. The hybrid is tiny and random, but of the family of the
models that people run; a recurrent cache has a way back only to where somebody kept it.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from mlx_lm.utils import load_tokenizer

from tests.perf import agent_course
from tests.perf.serving_processes import environment, free_port, hybrid, longer, running, widened

TOKENS = 32
"""Of an answer at most: enough to hear the first piece, and to take a speed from."""

LEAST = TOKENS // 2
"""Tokens. Shorter answers say little of the decoding speed."""

WINDOW = 16_384

MODELS: dict[str, Callable[[Path, int], Path]] = {
    "demo": widened,
    "stored": longer,
    "hybrid": hybrid,
}


@dataclass
class Side:
    """One server and its own course of the conversation."""

    name: str
    url: str
    model: str
    messages: list[dict[str, Any]] = field(default_factory=list)
    firsts: list[float] = field(default_factory=list)
    speeds: list[float] = field(default_factory=list)
    read: list[int] = field(default_factory=list)
    """Prompt tokens that were not in the cache, by the server's own count."""
    prompt_tokens: int = 0
    said: str = ""

    @property
    def speed(self) -> float:
        """Tokens a second by the median; 0 where no answer was long enough."""
        return statistics.median(self.speeds) if self.speeds else 0.0

    async def ask(self, http: httpx.AsyncClient) -> None:
        body = {
            "model": self.model,
            "messages": self.messages,
            "tools": agent_course.TOOLS,
            "max_tokens": TOKENS,
            "temperature": 0,
            "stream": True,
            "stream_options": {"include_usage": True},
            "chat_template_kwargs": {"enable_thinking": False},
        }
        begun, times, said, tokens = time.perf_counter(), [], [], 0
        url = f"{self.url}/v1/chat/completions"
        async with http.stream("POST", url, json=body) as answer:
            answer.raise_for_status()
            async for line in answer.aiter_lines():
                if not line.startswith("data: {"):
                    continue
                chunk = json.loads(line[6:])
                if usage := chunk.get("usage"):
                    tokens, self.prompt_tokens = usage["completion_tokens"], usage["prompt_tokens"]
                    kept = usage["prompt_tokens_details"]["cached_tokens"]
                    self.read.append(self.prompt_tokens - kept)
                delta = chunk["choices"][0]["delta"] if chunk["choices"] else {}
                if delta.get("content") or delta.get("tool_calls"):
                    times.append(time.perf_counter())
                    said.append(delta.get("content") or "")
        self.said = "".join(said)
        # To an answer that says nothing, its end: the toy has one for some prompts.
        self.firsts.append((times[0] if times else time.perf_counter()) - begun)
        if tokens >= LEAST and len(times) > 1:
            self.speeds.append((tokens - 1) / (times[-1] - times[0]))

    def go_on(self, number: int, arguments: argparse.Namespace) -> None:
        """Add what comes before request `number`."""
        said, message, call = agent_course.step(number, arguments.requests, arguments.tasks)
        if number:
            content = said if arguments.answers == "written" else self.said
            called = {"tool_calls": [call]} if call else {}
            self.messages.append({"role": "assistant", "content": content, **called})
        self.messages.append(message)


async def measure(arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        model = MODELS[arguments.model](home / "model", WINDOW)
        ours, theirs = free_port(), free_port()
        env = environment(home)
        serve = ["-m", "carnice_tui", "serve", "--model", str(model), "--no-key"]
        plain = ["-m", "mlx_lm", "server", "--model", str(model)]
        sides = [
            Side("carnice-chat serve", f"http://127.0.0.1:{ours}", "carnice"),
            Side("mlx_lm.server", f"http://127.0.0.1:{theirs}", str(model)),
        ]
        system = agent_course.opening(load_tokenizer(model), arguments.prefix)
        async with (
            running([*serve, "--port", str(ours)], f"{sides[0].url}/health", env),
            running([*plain, "--port", str(theirs)], f"{sides[1].url}/health", env),
            httpx.AsyncClient(timeout=600) as http,
        ):
            for side in sides:
                side.messages.append(system)
            for number in range(arguments.requests):
                for side in sides if number % 2 else sides[::-1]:
                    side.go_on(number, arguments)
                    await side.ask(http)
    report(sides)


def report(sides: list[Side]) -> None:
    for side in sides:
        rest = side.firsts[1:]
        print(
            f"{side.name:20} first token: {side.firsts[0]:.2f} s cold, then median "
            f"{statistics.median(rest):.3f} s, sum {sum(rest):.2f} s; "
            f"read {side.read[0]} tokens, then {sum(side.read[1:])}; "
            f"{side.speed:.0f} tok/s; last prompt {side.prompt_tokens} tokens"
        )
        print(f"{'':20} each, ms: {' '.join(f'{first * 1000:.0f}' for first in side.firsts)}")
        print(f"{'':20} read: {' '.join(map(str, side.read))}")
    one, other = sides
    pairs = zip(one.firsts[1:], other.firsts[1:], strict=False)
    ratio = statistics.median(ours / theirs for ours, theirs in pairs)
    sums = sum(one.firsts[1:]) / sum(other.firsts[1:])
    every = sum(one.firsts) / sum(other.firsts)
    print(
        f"time to first token {ratio:.2f} of mlx_lm.server's (median of the requests after the "
        f"first), {sums:.2f} (their sums), {every:.2f} (sums of all)"
    )
    if one.speed and other.speed:
        print(f"decode {one.speed / other.speed:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", choices=MODELS, default="demo")
    parser.add_argument("--answers", choices=("written", "own"), default="written")
    parser.add_argument("--tasks", type=int, default=1)
    parser.add_argument("--requests", type=int, default=12)
    parser.add_argument("--prefix", type=int, default=3000)
    asyncio.run(measure(parser.parse_args()))


if __name__ == "__main__":
    main()
