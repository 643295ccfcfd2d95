"""Whether answers can be held to a JSON schema: asked before a model reads anything."""

import json
from functools import cache
from typing import cast

from llguidance import LLMatcher, LLParserLimits, LLTokenizer

WHITESPACE = r"[ \t\n\r]{1,80}"
"""Between JSON's parts: enough for deep indentation, and an end for a model that only pads."""

LIMITS = LLParserLimits(max_items_in_row=20_000, step_max_items=500_000)
"""Each property that may be left out is four items of a row: with the library's own 2,000, answers
with more than 500 of them broke off in the middle. The most takes 25 ms a token."""


LONGEST = 100_000
"""Items or characters that a schema may demand at least: no answer is longer than that."""

_DATA = frozenset(("const", "default", "enum", "examples"))
"""Keywords whose value is data and no schema."""


def grammar_of(schema: dict[str, object]) -> str:
    """The grammar of the JSON values that satisfy `schema`, as llguidance reads it."""
    return LLMatcher.grammar_from_json_schema(
        json.dumps(schema),
        # Said here so that the schema itself cannot say otherwise (`x-guidance`).
        overrides={
            "whitespace_flexible": True,
            "whitespace_pattern": WHITESPACE,
            "coerce_one_of": False,
            "lenient": False,
            "json_allow_general_unicode_escapes": True,
        },
    )


def schema_problem(schema: dict[str, object]) -> str:
    """Why answers cannot be held to `schema`; "" where they can."""
    try:
        grammar = grammar_of(schema)
        problem = (
            LLMatcher.validate_grammar(grammar, limits=LIMITS)
            or _beginning(grammar)
            or _length(schema)
        )
    except (ValueError, RecursionError) as error:
        problem = str(error)
    return " ".join(problem.split("\n<")[0].split())[:500]


def _beginning(grammar: str) -> str:
    """Why no value can even begin: a reference to itself passes for a grammar until then."""
    matcher = LLMatcher(_bytes(), grammar, log_level=0, limits=LIMITS)
    matcher.compute_bitmask()
    problem = matcher.get_error()
    return f"it allows no value ({problem})" if problem else ""


def _length(schema: dict[str, object]) -> str:
    """Which part demands more than any answer has room for: a model would write until its limit."""
    waiting: list[object] = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += cast("list[object]", part)
        elif isinstance(part, dict):
            for key, value in cast("dict[str, object]", part).items():
                if key in ("minItems", "minLength") and isinstance(value, int) and value > LONGEST:
                    return f"{key} is {value}, and no answer has room for more than {LONGEST}"
                if key not in _DATA:
                    waiting.append(value)
    return ""


@cache
def _bytes() -> LLTokenizer:
    """A vocabulary of the 256 bytes: enough to see how a value may begin, and no model's."""
    return LLTokenizer("byte")
