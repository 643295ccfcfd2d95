"""Chat dialogues: small talk, the app's keys and commands, facts, small code requests, memory."""

import random
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from carnice_tui.models.demo_training.samples import (
    Conversation,
    Message,
    Sample,
    answer_starts,
    conversation_sample,
)
from carnice_tui.models.demo_training.words import words_of

CAPITALS = {
    "France": "Paris",
    "Germany": "Berlin",
    "Italy": "Rome",
    "Spain": "Madrid",
    "Japan": "Tokyo",
    "China": "Beijing",
    "India": "New Delhi",
    "Canada": "Ottawa",
    "Egypt": "Cairo",
    "Norway": "Oslo",
    "Sweden": "Stockholm",
    "Poland": "Warsaw",
    "Greece": "Athens",
    "Portugal": "Lisbon",
    "Austria": "Vienna",
    "Switzerland": "Bern",
    "Kenya": "Nairobi",
    "Australia": "Canberra",
    "Finland": "Helsinki",
    "Ireland": "Dublin",
    "the Netherlands": "Amsterdam",
    "Belgium": "Brussels",
    "Denmark": "Copenhagen",
}
NAMES = words_of(
    "Ada Alan Alice Anna Ben Bob Carla Dan Eva Finn Grace Hugo Ines Jan Kim Lea Linus Mara Max Mia "
    "Nina Noah Olga Paul Rosa Sam Tim Uwe Vera Zoe"
)
LANGUAGES = {
    "py": ("Python", "python"),
    "js": ("JavaScript", "js"),
    "go": ("Go", "go"),
    "c": ("C", "c"),
    "rust": ("Rust", "rust"),
}
_SYSTEMS = (
    "",
    "",
    "",
    "You are a helpful assistant.",
    "You are a helpful coding assistant.",
    "You are Carnice, a coding assistant in a terminal.",
    "Answer briefly.",
    "Be concise.",
)
OPENING_TOKENS, OPENING_WEIGHT = 7, 3.0
"""How many tokens tell which answer it is (`Press Ctrl+T` is six), and their loss weight."""
Turn = tuple[str, str, str]
"""A question, a thought about it, and the answer."""


@cache
def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def _loosely_typed(rng: random.Random, text: str) -> str:
    """As people type: at times without capitals or the question mark."""
    if rng.random() < 0.2:
        text = text[0].lower() + text[1:]
    if rng.random() < 0.2:
        text = text.rstrip("?.!")
    return text


def fact(rng: random.Random) -> list[Turn]:
    """A question from the table of facts."""
    entry = rng.choice(_table("chat_facts.toml")["entry"])
    asked = _loosely_typed(rng, rng.choice(entry["ask"]))
    return [(asked, "I know this one.", rng.choice(entry["answer"]))]


def known_questions() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every fact and key as it is most plainly asked for, and how a right answer begins."""
    for entry in _table("chat_facts.toml")["entry"]:
        for asked in entry["ask"]:
            yield asked, tuple(entry["answer"])
    for entry in _table("chat_keys.toml")["key"]:
        for do in entry["do"]:
            yield f"How do I {do}?", (f"Press {entry['key']}:",)


def key(rng: random.Random) -> list[Turn]:
    """A key of this app: what does it, or what it does."""
    entry = rng.choice(_table("chat_keys.toml")["key"])
    name, does = entry["key"], entry["does"]
    if rng.random() < 0.25:
        asked = rng.choice((f"What does {name} do?", f"What is {name} for?", f"{name}?"))
        return [(asked, f"The user asks about {name}.", f"{name} {does}.")]
    do = rng.choice(entry["do"])
    verb, _, rest = do.partition(" ")
    asked = rng.choice(
        (
            f"How do I {do}?",
            f"How can I {do}?",
            f"how to {do}?",
            f"Which key {verb}s {rest}?",
            f"Which key do I press to {do}?",
            f"What is the key to {do}?",
            f"I want to {do}",
            f"{do}?",
        )
    )
    return [(_loosely_typed(rng, asked), "There is a key for that.", f"Press {name}: it {does}.")]


def capital(rng: random.Random) -> list[Turn]:
    """Capitals, with a follow-up that leaves the question out."""
    first, second = rng.sample(sorted(CAPITALS), 2)
    asked = rng.choice(
        (
            f"What is the capital of {first}?",
            f"capital of {first}?",
            f"Which city is the capital of {first}?",
            f"Tell me the capital of {first}.",
        )
    )
    turns = [
        (asked, f"The user asks for the capital of {first}.",
         f"The capital of {first} is {CAPITALS[first]}.")
    ]  # fmt: skip
    if rng.random() < 0.5:
        again = rng.choice((f"And of {second}?", f"and {second}?", f"What about {second}?"))
        turns.append(
            (again, f"The same for {second}.", f"The capital of {second} is {CAPITALS[second]}.")
        )
    return turns


def _fenced(task: dict[str, Any], language: str) -> str:
    return f"```{LANGUAGES[language][1]}\n{task[language]}\n```"


def code_request(rng: random.Random) -> list[Turn]:
    """A small function, then the same in another language."""
    task = rng.choice(list(_table("chat_code.toml").values()))
    languages = rng.sample(sorted(LANGUAGES), 3)
    name = LANGUAGES[languages[0]][0]
    asked = rng.choice(
        (
            f"Write {rng.choice(task['ask'])} in {name}.",
            f"write {rng.choice(task['ask'])} in {name}",
            f"Can you write {rng.choice(task['ask'])} in {name}?",
            f"{name}: {rng.choice(task['ask'])}",
            f"Show me {rng.choice(task['ask'])} in {name}",
        )
    )
    turns = [(asked, f"The user wants {name} code.", _fenced(task, languages[0]))]
    for language in languages[1 : rng.choice((1, 2, 2, 3))]:
        name = LANGUAGES[language][0]
        again = rng.choice(
            (f"And in {name}?", f"and in {name}?", f"Now in {name}", f"in {name} please")
        )
        turns.append((again, f"The same in {name}.", _fenced(task, language)))
    return turns


def remembered_name(rng: random.Random) -> list[Turn]:
    """The user's name, asked for again later."""
    name = rng.choice(NAMES)
    if rng.random() < 0.3:
        name = "".join(rng.choices("abdefgiklmnoprstuvz", k=rng.randint(3, 6))).capitalize()
    asked = rng.choice(
        (f"My name is {name}.", f"I am {name}", f"Hi, I'm {name}!", f"Call me {name}.")
    )
    turns = [(asked, "The user tells me a name.", f"Nice to meet you, {name}!")]
    if rng.random() < 0.4:
        turns += fact(rng)
    question = rng.choice(
        ("What is my name?", "What was my name?", "Who am I?", "Do you know my name?")
    )
    turns.append((question, "The user told me.", f"Your name is {name}."))
    return turns


def arithmetic(rng: random.Random) -> list[Turn]:
    """Sums and products of small numbers."""
    a, b = rng.randint(0, 12), rng.randint(0, 12)
    sign, result = rng.choice((("+", a + b), ("*", a * b), ("-", a - b)))
    asked = rng.choice((f"What is {a} {sign} {b}?", f"{a} {sign} {b}", f"Compute {a} {sign} {b}."))
    return [(asked, "A small calculation.", f"{a} {sign} {b} = {result}")]


def shortened(rng: random.Random) -> list[Turn]:
    """An answer, then a shorter one."""
    entry = rng.choice(_table("chat_facts.toml")["entry"])
    answer = entry["answer"][0]
    short = answer.split("\n")[0]
    short = (
        short.split(". ")[0].rstrip(".:") + "."
        if not short.startswith(("|", "#", ">", "-"))
        else short
    )
    asked = rng.choice(("Shorter", "shorter please", "Shorter, please.", "In one sentence?"))
    return [
        (rng.choice(entry["ask"]), "I know this one.", answer),
        (asked, "The first sentence is enough.", short),
    ]


_KINDS: tuple[tuple[Callable[[random.Random], list[Turn]], int], ...] = (
    (fact, 40),
    (key, 30),
    (capital, 12),
    (code_request, 16),
    (remembered_name, 8),
    (arithmetic, 8),
    (shortened, 6),
)


def chat_conversation(rng: random.Random) -> Conversation:
    """A chat of a few turns about a few things."""
    kinds, weights = zip(*_KINDS, strict=True)
    thinking = rng.random() < 0.4
    messages: list[Message] = []
    system = rng.choice(_SYSTEMS)
    if system:
        messages.append({"role": "system", "content": system})
    for kind in rng.choices(kinds, weights, k=rng.choice((1, 2, 2, 3, 4))):
        for asked, thought, text in kind(rng):
            messages.append({"role": "user", "content": asked})
            reasoning = thought if thinking else ""
            messages.append({"role": "assistant", "content": text, "reasoning_content": reasoning})
    return Conversation(messages, thinking, preserve_thinking=rng.random() < 0.7)


def chat_sample(rng: random.Random) -> Sample:
    """A chat as a training sequence; the beginning of an answer, which decides it, counts more."""
    sample = conversation_sample(chat_conversation(rng))
    for begin in answer_starts(sample.ids):
        for at in range(begin, min(begin + OPENING_TOKENS, len(sample.ids))):
            sample.weights[at] *= OPENING_WEIGHT
    return sample
