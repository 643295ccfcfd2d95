"""The cases the demo model is measured on; names in them come from the held-out vocabulary."""

import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from carnice_tui.models.demo_training.bugs import QUESTION, SYSTEM, SYSTEM_WITH_OK, draw_case
from carnice_tui.models.demo_training.naming import HELD_OUT, Style
from carnice_tui.models.demo_training.samples import Message
from carnice_tui.models.demo_training.tool_samples import tool_conversation, tool_dialogue
from carnice_tui.models.demo_training.tool_schemas import tool_schemas

HELD_OUT_SEED = 977
_HANDWRITTEN_FOLDER = Path("tests/data/demo_handwritten")
HANDWRITTEN = {
    "handwritten": _HANDWRITTEN_FOLDER / "snippets.toml",
    "fresh": _HANDWRITTEN_FOLDER / "fresh.toml",
}
"""Groups of hand-written snippets; `fresh` was written after the templates, by another hand."""

CARD_CODE = """async function {f}({items}: string[]) {{
const {results} = []
for (const {item} of {items}) {{
{results}.push(fetch(`/api/{path}/${{{item}}}`).then(r => r.json()))
}}
return await {results}
}}"""
_CARD_NAMES = (
    ("processItems", "items", "results", "item", "process"),
    ("loadOrders", "orderIds", "responses", "orderId", "orders"),
    ("fetchProfiles", "names", "pending", "name", "profile"),
    ("gatherOtters", "otters", "beacons", "otter", "otter"),
    ("qvzLmt", "wkrs", "pxbd", "wkr", "zz"),
    ("syncAll", "urls", "jobs", "u", "sync"),
)


@dataclass(frozen=True)
class BugCase:
    """A snippet to be judged; no classes means that it is correct."""

    group: str
    language: str
    code: str
    classes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    with_ok: bool = False

    @property
    def messages(self) -> list[Message]:
        """The conversation up to the answer."""
        return [
            {"role": "system", "content": SYSTEM_WITH_OK if self.with_ok else SYSTEM},
            {"role": "user", "content": f"```{self.language}\n{self.code}\n```\n{QUESTION}"},
        ]


@dataclass(frozen=True)
class ToolCase:
    """A dialogue up to a tool call, and the call that is right."""

    messages: list[Message]
    tools: list[dict[str, Any]]
    thinking: bool
    calls: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


@dataclass(frozen=True)
class FailureCase:
    """A dialogue up to a call that came to nothing, and what is to be told then."""

    messages: list[Message]
    tools: list[dict[str, Any]]
    thinking: bool
    told: str


def generated_cases(count: int, *, bugs: int, with_ok: bool, group: str) -> Iterator[BugCase]:
    """Held-out generated snippets, in words and in random letters by turns."""
    rng = random.Random(f"{HELD_OUT_SEED}/{group}")
    for at in range(count):
        style = Style.LETTERS if at % 4 == 3 else Style.WORDS
        exhibit = draw_case(rng, bugs=bugs, vocabulary=HELD_OUT, style=style)
        bug = exhibit.bugs[0] if exhibit.bugs else None
        yield BugCase(
            group,
            exhibit.tag,
            exhibit.code,
            (bug.template.bug_class,) if bug else (),
            tuple({bug.roles[key].split(".")[-1] for key in ("a", "b", "f") if key in bug.roles})
            if bug
            else (),
            with_ok,
        )


def card_cases() -> Iterator[BugCase]:
    """The model card's example and the same bug with other names."""
    for f, items, results, item, path in _CARD_NAMES:
        code = CARD_CODE.format(f=f, items=items, results=results, item=item, path=path)
        yield BugCase("card", "ts", code, ("promise_all",), (results,))


def handwritten_cases(group: str) -> Iterator[BugCase]:
    """The hand-written snippets of one group of `HANDWRITTEN`, and their twins."""
    for entry in tomllib.loads(HANDWRITTEN[group].read_text(encoding="utf-8"))["snippet"]:
        code = entry["code"].strip("\n")
        classes, names = tuple(entry["classes"]), tuple(entry["names"])
        yield BugCase(group, entry["language"], code, classes, names)
        yield BugCase(f"{group} with OK", entry["language"], code, classes, names, with_ok=True)
        for old, new in entry["fix"]:
            code = code.replace(old.strip("\n") if old not in code else old, new)
        yield BugCase(f"{group} twins", entry["language"], code, with_ok=True)


def tool_cases(count: int) -> Iterator[ToolCase]:
    """Every call of `count` dialogues, each asked for on its own."""
    rng = random.Random(f"{HELD_OUT_SEED}/tools")
    for _ in range(count):
        conversation = tool_conversation(rng, HELD_OUT)
        for at, message in enumerate(conversation.messages):
            if "tool_calls" in message:
                yield ToolCase(
                    conversation.messages[:at],
                    conversation.tools,
                    conversation.thinking,
                    [call["function"] for call in message["tool_calls"]],
                )


def failure_cases(count: int) -> Iterator[FailureCase]:
    """What is told of the calls that came to nothing in `count` dialogues."""
    rng = random.Random(f"{HELD_OUT_SEED}/failures")
    for _ in range(count):
        dialogue = tool_dialogue(rng, HELD_OUT, failed=1.0)
        tools = tool_schemas(rng)
        for at in dialogue.failures_told:
            messages = dialogue.messages
            told = messages[at]["content"]
            yield FailureCase(messages[:at], tools, dialogue.thinking, told)
