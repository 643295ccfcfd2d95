"""A JSON schema that answers cannot be held to is known before a model reads anything."""

import pytest

from carnice_tui.engine.schema import schema_problem


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object"},
        {"type": "array", "items": {"enum": ["a", 1, None]}, "maxItems": 3},
        {"$defs": {"n": {"type": "integer"}}, "properties": {"a": {"$ref": "#/$defs/n"}}},
        {"oneOf": [{"type": "string"}, {"type": "integer"}]},
        {"anyOf": [{"$ref": "#"}, {"type": "string"}]},
        {"properties": {"next": {"$ref": "#"}}},
        {"properties": {"minItems": {"const": {"minLength": 10**6}}}},
    ],
)
def test_what_can_be_held_to_has_no_problem(schema: dict):
    assert schema_problem(schema) == ""


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        ({"type": "foo"}, "Invalid type"),
        ({"not": {"type": "string"}}, "not"),
        ({"type": "array", "uniqueItems": True}, "uniqueItems"),
        ({"$ref": "http://example.org/schema"}, "example.org"),
        ({"enum": []}, "Unsatisfiable"),
        ({"$ref": "#"}, "no value"),
        ({"$defs": {"a": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}, "no value"),
        ({"not": {}, "x-guidance": {"lenient": True}}, "not"),
        ({"type": "array", "minItems": 1_000_000_000}, "no answer has room"),
        ({"properties": {"a": {"anyOf": [{"type": "string", "minLength": 10**6}]}}}, "minLength"),
    ],
)
def test_a_problem_is_named(schema: dict, says: str):
    assert says in schema_problem(schema)


def test_a_schema_of_a_thousand_levels_is_a_problem_and_no_crash():
    schema: dict = {"type": "string"}
    for _ in range(5000):
        schema = {"type": "array", "items": schema}
    assert schema_problem(schema)
