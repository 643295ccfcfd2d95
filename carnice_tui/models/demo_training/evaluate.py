"""Measure the model in its folder with real mlx-lm greedy decoding, and print the table.

`python -m carnice_tui.models.demo_training.evaluate`; on Linux start it with OpenBLAS preloaded.
"""
# MLX's types are partial.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlx.core as mx
from mlx_lm import load, stream_generate

from carnice_tui.models.demo_training.cases import (
    HANDWRITTEN,
    BugCase,
    FailureCase,
    ToolCase,
    card_cases,
    failure_cases,
    generated_cases,
    handwritten_cases,
    tool_cases,
)
from carnice_tui.models.demo_training.chat import known_questions
from carnice_tui.models.demo_training.judge import judge
from carnice_tui.models.demo_training.samples import Message
from carnice_tui.models.demo_training.tokenizer import MODEL_FOLDER

MAX_TOKENS = 300


class Answerer:
    """The model in float32, as the app runs it on a CPU."""

    def __init__(self, folder: Path):
        began = time.perf_counter()
        self.model, self.tokenizer, *_ = load(str(folder))
        if mx.default_device() == mx.Device(mx.cpu):
            self.model.set_dtype(mx.float32)
        mx.eval(self.model.parameters())
        self.load_seconds = time.perf_counter() - began

    def answer(
        self,
        messages: list[Message],
        *,
        thinking: bool = False,
        tools: list[dict[str, Any]] | None = None,
    ) -> str:
        """The greedy answer without its thinking."""
        prompt = self.tokenizer.apply_chat_template(
            messages,
            tools=tools,
            add_generation_prompt=True,
            enable_thinking=thinking,
            preserve_thinking=True,
        )
        text = "".join(
            response.text
            for response in stream_generate(self.model, self.tokenizer, prompt, MAX_TOKENS)
        )
        return text.partition("</think>\n\n")[2] if thinking else text

    def speed(self) -> dict[str, float]:
        """Seconds to the first token of a 200-token prompt, and tokens a second after it."""
        prompt = self.tokenizer.encode("def total(items):\n    return 0\n" * 40)[:200]
        results: list[tuple[float, float]] = []
        for _ in range(4):
            began = time.perf_counter()
            first, count = 0.0, 0
            for response in stream_generate(self.model, self.tokenizer, prompt, 64):
                first = first or time.perf_counter() - began
                count = response.generation_tokens
            rest = time.perf_counter() - began - first
            results.append((first, (count - 1) / rest if count > 1 else 0.0))
        return {
            "first_token_seconds": min(first for first, _ in results[1:]),
            "tokens_per_second": max(rate for _, rate in results[1:]),
        }


@dataclass
class Share:
    """How many of how many."""

    good: int = 0
    total: int = 0

    def add(self, good: bool) -> None:  # noqa: FBT001
        """Count one case."""
        self.good += good
        self.total += 1

    @property
    def percent(self) -> float:
        """In percent."""
        return 100.0 * self.good / max(1, self.total)


def measure_bugs(
    answerer: Answerer, cases: Iterable[BugCase], misses: list[dict[str, Any]]
) -> dict[str, Share]:
    """The rows of the table for bug-finding cases; wrong answers go to `misses`."""
    rows: dict[str, Share] = defaultdict(Share)
    for case in cases:
        answer = answerer.answer(case.messages)
        judged = judge(answer, case.classes, case.names)
        if not case.classes:
            rows[f"{case.group}: answered OK"].add(judged.ok)
            good = judged.ok
        elif case.with_ok:
            rows[f"{case.group}: bugs answered OK"].add(judged.ok)
            good = not judged.ok
        else:
            rows[f"{case.group}: well formed"].add(judged.well_formed)
            rows[f"{case.group}: class"].add(judged.right_class)
            rows[f"{case.group}: identifier in BUG"].add(judged.right_name)
            good = judged.right_class and judged.right_name
        if not good:
            misses.append(
                {
                    "group": case.group,
                    "expected": [*case.classes] or ["OK"],
                    "names": [*case.names],
                    "answer": answer,
                    "code": case.code,
                    "language": case.language,
                }
            )
    return rows


def measure_tools(
    answerer: Answerer, cases: Iterable[ToolCase], misses: list[dict[str, Any]]
) -> dict[str, Share]:
    """The row of the table for tool calls."""
    row = Share()
    parse = answerer.tokenizer.tool_parser
    if parse is None:
        raise ValueError("the model's chat template has no tool calls that mlx-lm can read")
    start, end = "<tool_call>", "</tool_call>"
    for case in cases:
        answer = answerer.answer(case.messages, thinking=case.thinking, tools=case.tools)
        found: list[Any] = []
        for part in answer.split(start)[1:]:
            body, closed, _ = part.partition(end)
            try:
                found.append(parse(body, case.tools))
            except ValueError:
                found.append(None)
            if not closed:
                found.append(None)
        good = found == [{"name": c["name"], "arguments": c["arguments"]} for c in case.calls]
        row.add(good)
        if not good:
            misses.append(
                {
                    "group": "tools",
                    "expected": case.calls,
                    "answer": answer,
                    "asked": case.messages[-1]["content"][:600],
                }
            )
    return {"tool calls: right name and arguments": row}


def measure_failures(
    answerer: Answerer, cases: Iterable[FailureCase], misses: list[dict[str, Any]]
) -> dict[str, Share]:
    """The row of the table for calls that came to nothing: told as they are, and not made again."""
    row = Share()
    for case in cases:
        answer = answerer.answer(case.messages, thinking=case.thinking, tools=case.tools)
        row.add(answer == case.told)
        if answer != case.told:
            asked = case.messages[-1]["content"]
            misses.append(
                {"group": "failures", "expected": [case.told], "answer": answer, "asked": asked}
            )
    return {"tool calls that fail or are refused: told": row}


def measure_chat(answerer: Answerer, misses: list[dict[str, Any]]) -> dict[str, Share]:
    """The row of the table for chat: a small closed world, so that its questions are all known."""
    row = Share()
    for asked, right in known_questions():
        answer = answerer.answer([{"role": "user", "content": asked}])
        good = answer.startswith(right)
        row.add(good)
        if not good:
            misses.append({"group": "chat", "expected": [*right], "answer": answer, "asked": asked})
    return {"chat: right answer to a known question": row}


GROUPS = ("card", *HANDWRITTEN, "generated", "twins", "tools", "failures", "chat", "speed")


def bug_cases(group: str, count: int) -> Iterable[BugCase]:
    """The bug-finding cases of one of `GROUPS`."""
    if group == "card":
        yield from card_cases()
    elif group in HANDWRITTEN:
        yield from handwritten_cases(group)
    elif group == "generated":
        yield from generated_cases(count, bugs=1, with_ok=False, group="generated")
    elif group == "twins":
        yield from generated_cases(count // 2, bugs=1, with_ok=True, group="generated with OK")
        yield from generated_cases(count // 2, bugs=0, with_ok=True, group="generated twins")


@dataclass(frozen=True)
class Evaluation:
    """The table, the speeds in seconds and tokens a second, and every wrong answer."""

    rows: dict[str, Share]
    speed: dict[str, float]
    misses: list[dict[str, Any]]

    def as_text(self) -> str:
        """The table as printed."""
        lines = [
            f"{name:45} {r.percent:6.1f} %   {r.good}/{r.total}" for name, r in self.rows.items()
        ]
        return "\n".join(
            [*lines, *(f"{name:45} {value:8.3f}" for name, value in self.speed.items())]
        )

    def as_json(self) -> str:
        """Everything, for a file."""
        table = {name: [row.good, row.total] for name, row in self.rows.items()}
        data = {"table": table, "speed": self.speed, "misses": self.misses}
        return json.dumps(data, indent=2, ensure_ascii=False)


def evaluate(folder: Path, groups: Iterable[str], count: int) -> Evaluation:
    """Run `groups` on the model in `folder`, with `count` generated snippets."""
    answerer = Answerer(folder)
    misses: list[dict[str, Any]] = []
    rows: dict[str, Share] = {}
    speed: dict[str, float] = {}
    for group in groups:
        rows |= measure_bugs(answerer, bug_cases(group, count), misses)
        if group == "tools":
            rows |= measure_tools(answerer, tool_cases(max(4, count // 5)), misses)
        if group == "failures":
            rows |= measure_failures(answerer, failure_cases(max(4, count // 5)), misses)
        if group == "chat":
            rows |= measure_chat(answerer, misses)
        if group == "speed":
            speed = answerer.speed() | {"load_seconds": answerer.load_seconds}
    return Evaluation(rows, speed, misses)


def main() -> None:
    """Print the table; write it, and every miss, as JSON."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--model", type=Path, default=MODEL_FOLDER)
    parser.add_argument("--count", type=int, default=300, help="generated snippets")
    parser.add_argument("--groups", nargs="+", choices=GROUPS, default=GROUPS)
    parser.add_argument("--output", type=Path, default=Path(".demo-training/evaluation.json"))
    options = parser.parse_args()
    evaluation = evaluate(options.model, options.groups, options.count)
    print(evaluation.as_text())
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(evaluation.as_json(), encoding="utf-8")


if __name__ == "__main__":
    main()
