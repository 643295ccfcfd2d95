"""`carnice-chat serve` beside `mlx_lm.server`: an agent-like conversation of 12 requests.

    python -m tests.perf.serve_ttft [--requests 12] [--prefix 3000]

Every request repeats a system prompt of about 3,000 tokens and all that was said, and adds a
little, as agents do. Tokens read are counts, the same on every machine. The two take turns,
request by request, so that what else the machine does falls on both. Times are to the first
piece of the answer; thinking is off, decoding greedy.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.perf.serving_processes import environment, free_port, running, widened

TOKENS = 48
LEAST = TOKENS // 2
"""Tokens. Shorter answers say little of the decoding speed."""

WINDOW = 16_384
NOTE = "Note {number}: read files before you change them, and change as little as you can. "


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

    @property
    def speed(self) -> float:
        """Tokens a second by the median; 0 where no answer was long enough."""
        return statistics.median(self.speeds) if self.speeds else 0.0

    async def ask(self, http: httpx.AsyncClient, text: str) -> None:
        self.messages.append({"role": "user", "content": text})
        body = {
            "model": self.model,
            "messages": self.messages,
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
                if delta.get("content"):
                    times.append(time.perf_counter())
                    said.append(delta["content"])
        self.messages.append({"role": "assistant", "content": "".join(said)})
        # To an answer that says nothing, its end: the toy has one for some prompts.
        self.firsts.append((times[0] if times else time.perf_counter()) - begun)
        if tokens >= LEAST and len(times) > 1:
            self.speeds.append((tokens - 1) / (times[-1] - times[0]))


async def measure(requests: int, prefix: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        model = widened(home / "wide", WINDOW)
        ours, theirs = free_port(), free_port()
        env = environment(home)
        serve = ["-m", "carnice_tui", "serve", "--model", str(model), "--no-key"]
        plain = ["-m", "mlx_lm", "server", "--model", str(model)]
        sides = [
            Side("carnice-chat serve", f"http://127.0.0.1:{ours}", "carnice"),
            Side("mlx_lm.server", f"http://127.0.0.1:{theirs}", str(model)),
        ]
        # About 20 tokens a note in the demo model's vocabulary.
        system = "".join(NOTE.format(number=number) for number in range(prefix // 20))
        async with (
            running([*serve, "--port", str(ours)], f"{sides[0].url}/health", env),
            running([*plain, "--port", str(theirs)], f"{sides[1].url}/health", env),
            httpx.AsyncClient(timeout=600) as http,
        ):
            for side in sides:
                side.messages.append({"role": "system", "content": system})
            for number in range(requests):
                for side in sides if number % 2 else sides[::-1]:
                    await side.ask(http, f"Step {number}: what does the next file say?")
    for side in sides:
        rest = side.firsts[1:]
        print(
            f"{side.name:20} first token: {side.firsts[0]:.2f} s cold, then median "
            f"{statistics.median(rest):.3f} s, sum {sum(rest):.2f} s; "
            f"read {side.read[0]} tokens, then {sum(side.read[1:])}; "
            f"{side.speed:.0f} tok/s; last prompt {side.prompt_tokens} tokens"
        )
    one, other = sides
    pairs = zip(one.firsts[1:], other.firsts[1:], strict=False)
    ratio = statistics.median(ours / theirs for ours, theirs in pairs)
    sums = sum(one.firsts[1:]) / sum(other.firsts[1:])
    print(f"time to first token {ratio:.2f} of mlx_lm.server's (median), {sums:.2f} (sums)")
    if one.speed and other.speed:
        print(f"decode {one.speed / other.speed:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=12)
    parser.add_argument("--prefix", type=int, default=3000)
    arguments = parser.parse_args()
    asyncio.run(measure(arguments.requests, arguments.prefix))


if __name__ == "__main__":
    main()
