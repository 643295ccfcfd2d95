"""What the trainer eats: token ids with a loss weight each, and conversations turned into them."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from tokenizers import Tokenizer

from carnice_tui.models.demo_training.tokenizer import MODEL_FOLDER, load_tokenizer

Message = dict[str, Any]
PROMPT_WEIGHT = 0.0
"""Loss weight of what a user or a tool wrote. Names there are noise that drowns the classes."""
REPEATED_WEIGHT = 0.4
"""Loss weight of the rest of a name begun again in a prompt, which can only be copied."""


@dataclass(frozen=True)
class Sample:
    """One training sequence."""

    ids: list[int]
    weights: list[float]
    labels: list[tuple[int, int, float]] = field(default_factory=list[tuple[int, int, float]])
    """Where the class of the bug is known: position, class (0 is no bug), weight."""


@dataclass(frozen=True)
class Conversation:
    """A dialogue with the choices the template takes."""

    messages: list[Message]
    thinking: bool = False
    preserve_thinking: bool = True
    tools: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


Source = Callable[[random.Random], list[Sample]]
"""Draws one sample, or samples that should meet in one batch, such as a bug and its twin."""


@cache
def shipped_tokenizer() -> Tokenizer:
    """The tokenizer in the model folder."""
    return load_tokenizer()


def mark_id(mark: str) -> int:
    """The token of one of the template's marks, such as `<|im_end|>`."""
    number = shipped_tokenizer().token_to_id(mark)
    if number is None:
        raise ValueError(f"the tokenizer of the demo model has no {mark}")
    return number


@cache
def _template(folder: Path = MODEL_FOLDER) -> jinja2.Template:
    import json

    def to_json(value: object) -> str:
        return json.dumps(value, ensure_ascii=False)

    # As transformers sets its environment up.
    environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True, autoescape=False)
    environment.filters["tojson"] = to_json  # pyright: ignore[reportUnknownMemberType]
    return environment.from_string((folder / "chat_template.jinja").read_text(encoding="utf-8"))


def render(conversation: Conversation, *, prompt_only: bool = False) -> str:
    """The conversation through the shipped chat template."""
    return _template().render(
        messages=conversation.messages,
        tools=conversation.tools or None,
        add_generation_prompt=prompt_only,
        enable_thinking=conversation.thinking,
        preserve_thinking=conversation.preserve_thinking,
    )


@cache
def _marks() -> tuple[int, int, int, int, list[int]]:
    marks = ("<|im_start|>", "<|im_end|>", "<think>", "</think>")
    start, end, think, end_think = map(mark_id, marks)
    return start, end, think, end_think, shipped_tokenizer().encode("assistant").ids


def _first_generated(ids: Sequence[int], at: int) -> int:
    """Where generation begins after the assistant's mark at `at`: behind what the prompt forces."""
    _, _, think, end_think, role = _marks()
    begin = at + 1 + len(role) + 1  # the mark, the role, its newline
    if ids[begin : begin + 1] != [think]:
        return begin
    blank = shipped_tokenizer().encode("\n\n").ids
    empty = [think, *blank, end_think, *blank]
    return begin + (len(empty) if ids[begin : begin + len(empty)] == empty else 2)


@cache
def _spelling_tokens() -> frozenset[int]:
    """Tokens of letters only: the pieces of names."""
    vocabulary = shipped_tokenizer().get_vocab()
    return frozenset(
        number for token, number in vocabulary.items() if token.isascii() and token.isalpha()
    )


def repeated_spelling(ids: Sequence[int]) -> Iterator[int]:
    """Positions in a name spelled in several tokens where the same pair was seen before."""
    spelling = _spelling_tokens()
    seen: set[tuple[int, int]] = set()
    for at in range(1, len(ids)):
        pair = (ids[at - 1], ids[at])
        if spelling.issuperset(pair):
            if pair in seen:
                yield at
            seen.add(pair)


def answer_weights(ids: list[int]) -> list[float]:
    """Weight 1 on what the assistant generates, little or none on the prompt and its marks."""
    start, end, _, _, role = _marks()
    weights = [PROMPT_WEIGHT] * len(ids)
    for at in repeated_spelling(ids):
        weights[at] = REPEATED_WEIGHT
    for at in range(len(ids)):
        if ids[at] != start or ids[at + 1 : at + 1 + len(role)] != role:
            continue
        begin = _first_generated(ids, at)
        stop = ids.index(end, begin) + 1
        weights[begin:stop] = [1.0] * (stop - begin)
    return weights


def answer_starts(ids: Sequence[int]) -> Iterator[int]:
    """Where the visible text of each answer begins, behind its thinking."""
    start, end, _, end_think, role = _marks()
    for at in range(len(ids)):
        if ids[at] != start or list(ids[at + 1 : at + 1 + len(role)]) != role:
            continue
        begin = _first_generated(ids, at)
        stop = ids.index(end, begin)
        if end_think in ids[begin:stop]:
            begin = ids.index(end_think, begin) + 1
        yield begin


def conversation_sample(conversation: Conversation) -> Sample:
    """A conversation as a training sequence."""
    ids = shipped_tokenizer().encode(render(conversation), add_special_tokens=False).ids
    return Sample(ids, answer_weights(ids))
