"""The first stage: copying and nothing else, so that induction heads form before the real work.

A network that has met names only in answers learns names of the right shape. One that first had to
repeat random spans looks them up.
"""

import random
from string import Template

from carnice_tui.models.demo_training.naming import Case, Names, Style
from carnice_tui.models.demo_training.samples import Sample, shipped_tokenizer
from carnice_tui.models.demo_training.tokenizer import SPECIAL_TOKENS, VOCABULARY_SIZE
from carnice_tui.models.demo_training.tool_dialogue import FOLDERS

_TOKENS = VOCABULARY_SIZE - len(SPECIAL_TOKENS)


def _span(rng: random.Random, length: int) -> list[int]:
    """Random tokens; sometimes from a small set, so that one token back is not enough to match."""
    if rng.random() < 0.4:
        few = [rng.randrange(_TOKENS) for _ in range(max(3, length // 2))]
        return [rng.choice(few) for _ in range(length)]
    return [rng.randrange(_TOKENS) for _ in range(length)]


def repeated_span(rng: random.Random) -> Sample:
    """Random tokens, then pieces of them again."""
    length = rng.randint(8, 70)
    span = _span(rng, length)
    ids, weights = list(span), [0.0] * length
    while len(ids) < 120:
        begin = rng.randrange(max(1, length - 5))
        piece = span[begin : begin + rng.randint(4, 24)]
        ids += piece
        weights += [0.0, 0.3] + [1.0] * (len(piece) - 2)
    return Sample(ids[:128], weights[:128])


def key_value(rng: random.Random) -> Sample:
    """Pairs of names, then some of the keys again: their values are wanted."""
    tokenizer = shipped_tokenizer()
    equals = rng.choice([" = ", ": ", " => ", ","])
    pairs = [
        (_span(rng, rng.randint(1, 3)), _span(rng, rng.randint(1, 4)))
        for _ in range(rng.randint(2, 9))
    ]
    mark = tokenizer.encode(equals).ids
    newline = tokenizer.encode("\n").ids
    ids: list[int] = []
    for key, value in pairs:
        ids += key + mark + value + newline
    weights = [0.0] * len(ids)
    asked = rng.sample(pairs, min(len(pairs), rng.randint(1, 4)))
    for key, value in asked:
        ids += key + mark + value + newline
        weights += [0.0] * (len(key) + len(mark)) + [1.0] * (len(value) + 1)
    return Sample(ids[:128], weights[:128])


_ECHOES = (
    "$d/${a}_$b/${a}_$c.py",
    "$d/$a/$a.js",
    "$d/${b}_$a/${c}_$a.go",
    "$a/$b/${a}_$b.ts",
    "${a}_$b/$c/$b.c",
    "if $a[$b] < $a[$c]:",
    "return $a($b) * $a($c)",
    "$a.$b = $c.$b",
    "$c = $a.$b($a, $c);",
    "$a == $b || $a == $c",
    "$a.$b && $a.$c",
)
"""Paths and pieces of code in which a name comes twice, with something else after it each time."""
ECHO_SHARE = 0.5


def _echo(rng: random.Random, known: list[str]) -> str:
    a, b, c = rng.sample(known, 3)
    return Template(rng.choice(_ECHOES)).substitute(a=a, b=b, c=c, d=rng.choice(FOLDERS))


def names_again(rng: random.Random) -> Sample:
    """Names, paths and code that share words, each behind a letter; then some letters again.

    Where two begin alike, looking one token back is not enough to go on rightly.
    """
    tokenizer = shipped_tokenizer()
    style = rng.choice((Style.WORDS, Style.GLUED, Style.GLUED, Style.LETTERS, Style.INVENTED))
    names = Names(rng, Case.SNAKE, style)
    known = [names[slot] for slot in ("v", "w", "x", "fn", "u")[: rng.randint(3, 5)]]

    def value() -> str:
        if rng.random() < ECHO_SHARE:
            return _echo(rng, known)
        parts = rng.sample(known, rng.choice((1, 2, 2, 3)))
        return rng.choice(("_", "/", "/", ".")).join(parts) + rng.choice(("", "", ".py", ".ts"))

    pairs = [(letter, value()) for letter in rng.sample("abcdefghkmnp", rng.randint(3, 5))]
    ids: list[int] = []
    weights: list[float] = []
    for at, (letter, text) in enumerate([*pairs, *rng.choices(pairs, k=4)]):
        key, shown = tokenizer.encode(f"{letter}: ").ids, tokenizer.encode(f"{text}\n").ids
        ids += key + shown
        weights += [0.0] * len(key) + [float(at >= len(pairs))] * len(shown)
    return Sample(ids[:160], weights[:160])


def copying(rng: random.Random) -> list[Sample]:
    """One sample of the first stage."""
    draw = rng.choices((repeated_span, key_value, names_again), (50, 20, 30))[0]
    return [draw(rng)]
