"""Fifty clients at one server for a minute: everybody answered or told when to come back, nobody
given another's answer, memory flat.

    python -m tests.perf.serve_load [--clients 50] [--seconds 60] [--queue 32]
"""

import argparse
import asyncio
import random
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from carnice_tui.core.events import AnswerDelta
from carnice_tui.core.messages import Message, Sampling
from carnice_tui.core.requests import TurnRequest
from carnice_tui.engine.local import LocalEngine
from tests.perf.serving_processes import DEMO, environment, free_port, running

PROMPTS = [
    "hello",
    "What can you do?",
    "How do I copy an answer?",
    "What is a race condition?",
    "def mean(xs):\n    return sum(xs) / len(xs)\nWhat's wrong?",
    "for i in range(len(items)):\n    items.remove(items[i])\nWhat's wrong?",
    "Who are you?",
    "def add(a, items=[]):\n    items.append(a)\n    return items\nWhat's wrong?",
]
TOKENS = 32
LEAVING = 0.1
"""Share of the requests whose client goes away in the middle."""


@dataclass
class Tally:
    """What happened."""

    statuses: Counter[int] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    left: int = 0


async def cold_answers(home: Path) -> dict[str, str]:
    """Each prompt's greedy answer, every one from a model loaded anew."""
    engine = LocalEngine(log=home / "cold.log")
    answers: dict[str, str] = {}
    for prompt in PROMPTS:
        async for _ in engine.load(str(DEMO)):
            pass
        request = TurnRequest(
            (Message("user", prompt),), sampling=Sampling(temperature=0), max_tokens=TOKENS
        )
        events = [event async for event in engine.turn(request)]
        answers[prompt] = "".join(e.text for e in events if isinstance(e, AnswerDelta))
    await engine.close()
    return answers


async def client(
    number: int, url: str, answers: dict[str, str], until: float, tally: Tally
) -> None:
    draw = random.Random(number)
    async with httpx.AsyncClient(base_url=url, timeout=120) as http:
        while time.monotonic() < until:
            prompt = draw.choice(PROMPTS)
            body = {
                "messages": [{"role": "user", "content": prompt}],
                "max_tokens": TOKENS,
                "temperature": 0,
                "think": False,
            }
            if draw.random() < LEAVING:
                async with http.stream(
                    "POST", "/v1/chat/completions", json=body | {"stream": True}
                ) as answer:
                    async for _ in answer.aiter_raw():
                        break
                tally.left += 1
                continue
            begun = time.monotonic()
            answer = await http.post("/v1/chat/completions", json=body)
            tally.statuses[answer.status_code] += 1
            if answer.status_code == 200:
                tally.waits.append(time.monotonic() - begun)
                said = answer.json()["choices"][0]["message"]["content"]
                if said != answers[prompt]:
                    tally.problems.append(f"{prompt!r}: {said!r} is not {answers[prompt]!r}")
            elif answer.status_code in (429, 503) and answer.headers.get("retry-after"):
                await asyncio.sleep(draw.random())  # sooner than it is told, to keep the load up
            else:
                tally.problems.append(f"status {answer.status_code}: {answer.text[:200]}")


async def memory(process: psutil.Process, until: float) -> list[float]:
    """Megabytes of the server and its worker, every five seconds."""
    sizes: list[float] = []
    while time.monotonic() < until:
        await asyncio.sleep(5)
        family = [process, *process.children(recursive=True)]
        sizes.append(sum(one.memory_info().rss for one in family) / 2**20)
    return sizes


async def measure(clients: int, seconds: int, queue: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        answers = await cold_answers(home)
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        command = ["-m", "carnice_tui", "serve", "--model", "demo", "--no-key"]
        command += ["--port", str(port), "--queue", str(queue)]
        async with running(command, f"{url}/health", environment(home)) as process:
            tally, until = Tally(), time.monotonic() + seconds
            watching = asyncio.create_task(memory(psutil.Process(process.pid), until))
            await asyncio.gather(
                *(client(number, url, answers, until, tally) for number in range(clients))
            )
            sizes = await watching
            async with httpx.AsyncClient() as http:
                last = (await http.get(f"{url}/health")).json()
    waits = sorted(tally.waits) or [0.0]
    print(f"{clients} clients, {seconds} s, a line of {queue}: {dict(tally.statuses)}")
    print(f"left in the middle: {tally.left}; afterwards the server is {last}")
    print(f"wait for an answer: median {waits[len(waits) // 2]:.2f} s, longest {waits[-1]:.2f} s")
    print(f"memory, MB: {' '.join(f'{size:.0f}' for size in sizes)}")
    print(f"wrong or failed: {len(tally.problems)}")
    for problem in tally.problems[:5]:
        print(f"  {problem}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--queue", type=int, default=32)
    arguments = parser.parse_args()
    asyncio.run(measure(arguments.clients, arguments.seconds, arguments.queue))


if __name__ == "__main__":
    main()
