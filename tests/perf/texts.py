"""Answers to measure with: prose, a list, a fence and a table, as tokens."""

import random

WORDS = """
model cache token layer memory prompt kernel buffer stream thread weight vector attention
decoder sampler context window latency batch array state index value reads writes keeps
moves holds sends takes makes gives turns small large quick local steady single double
""".split()  # noqa: SIM905

MARK_EVERY = 50
SENTINEL = "ZQENDQZ"
"""Marks and end as the outside measurement looks for them."""


def tokens_of(kind: str, count: int, seed: int = 7) -> list[str]:
    """`count` tokens of `kind`, a mark among every fifty, and an end that can be found."""
    rng = random.Random(seed)
    tokens: list[str] = []
    lines = {"prose": _prose, "list": _list, "fence": _fence, "table": _table}[kind](rng)
    due = MARK_EVERY
    while len(tokens) < count:
        for token in next(lines):
            if len(tokens) + 1 >= due and token.startswith(" ") and token[1:].isalpha():
                token = f" mk{len(tokens) + 1:05d}x"
                due = (len(tokens) // MARK_EVERY + 2) * MARK_EVERY
            tokens.append(token)
    closing = "\n```\n\n" if kind == "fence" else "\n\n"
    return [*tokens[:count], closing, SENTINEL, "\n"]


def _words(rng: random.Random, count: int) -> list[str]:
    return [f" {rng.choice(WORDS)}" for _ in range(count)]


def _prose(rng: random.Random):
    while True:
        words = _words(rng, rng.randint(50, 90))
        words[0] = words[0].strip().capitalize()
        words[5] = f" **{words[5].strip()}**"
        for at in range(11, len(words), 13):
            words[at] += "," if at % 2 else "."
        yield [*words, ".", "\n\n"]


def _list(rng: random.Random):
    index = 0
    while True:
        index += 1
        yield ["-", " **item", f" {index}**:", *_words(rng, rng.randint(7, 12)), "\n"]


def _fence(rng: random.Random):
    yield ["```", "python", "\n"]
    index = 0
    while True:
        index += 1
        yield ["def", f" func_{index}", "(value,", " other=", "None", "):", "\n"]
        yield ["    #", *_words(rng, 6), "\n"]
        yield ["    ", f"x{index}", " =", " 'text'", " +", f" str({index})", "\n"]
        yield ["    ", "return", " value", "\n", "\n"]


def _table(rng: random.Random):
    yield ["|", " name", " |", " first", " |", " second", " |", "\n"]
    yield ["|", "---", "|", "---", "|", "---", "|", "\n"]
    index = 0
    while True:
        index += 1
        yield ["|", f" row{index}", " |", *_words(rng, 2), " |", *_words(rng, 2), " |", "\n"]
