"""Tool calls as models really write them: read where there is one reading, else explained."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnice_tui.core.requests import Tool
from carnice_tui.engine.worker.toolcalls import BrokenCall, parse

READ = Tool(
    "read_file",
    "Read lines of a file.",
    {
        "type": "object",
        "properties": {
            "path": {"type": "string"},
            "start": {"type": "integer"},
            "deep": {"type": "boolean"},
            "names": {"type": "array"},
        },
        "required": ["path"],
    },
)


def call(body: str) -> str:
    return f"\n<function=read_file>\n{body}</function>\n"


PATH = "<parameter=path>\nsrc/a.py\n</parameter>\n"


def test_the_form_of_the_template() -> None:
    text = call(PATH + "<parameter=start>\n12\n</parameter>\n")
    assert parse(text, [READ]) == ("read_file", {"path": "src/a.py", "start": 12})


@pytest.mark.parametrize(
    "text",
    [
        call("<parameter path>\nsrc/a.py\n</parameter>\n"),
        call("<parameter<path>>\nsrc/a.py\n</parameter>\n"),
        call('<parameter name="path">src/a.py</parameter>'),
        call("<parameter=path>\nsrc/a.py\n"),
        "<function=read_file>\n<parameter=path>\nsrc/a.py\n</parameter>\n",
        "<function=read_file>\n<parameter=path>\nsrc/a.py\n",
        "<function>\n<name>read_file\n<parameter=path>\nsrc/a.py\n</parameter>",
        '{"name": "read_file", "arguments": {"path": "src/a.py"}}',
        '[{"name": "read_file", "arguments": {"path": "src/a.py"}}]',
        '{"name": "read_file", "arguments": "{\\"path\\": \\"src/a.py\\"}"}',
        call(PATH) + "\n\n\n",
    ],
)
def test_variants_with_one_reading_are_accepted(text: str) -> None:
    assert parse(text, [READ]) == ("read_file", {"path": "src/a.py"})


def test_a_value_may_hold_the_closing_tag() -> None:
    value = "<p></parameter></p>\nand more"
    text = call(f"<parameter=path>\n{value}\n</parameter>\n")
    assert parse(text, [READ])[1]["path"] == value


def test_a_value_keeps_its_spaces_and_blank_lines() -> None:
    text = call("<parameter=path>\n\n  indented\n\n</parameter>\n")
    assert parse(text, [READ])[1]["path"] == "\n  indented\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty"),
        ("just words", "no <function=name>"),
        ('{"name="read_file"}', "JSON"),
        ('{"tool": "read_file"}', "name"),
        ('{"name": "read_file", "arguments": [1]}', "object"),
        ("<function=write>\n</function>", "read_file"),
        (call(""), "needs the parameter 'path'"),
        (call(PATH + PATH), "twice"),
        (call(PATH + "<parameter=line>\n1\n</parameter>\n"), "'line'"),
        (call(PATH + "<parameter=start>\nfirst\n</parameter>\n"), "integer"),
        (call(PATH + "<parameter=start>\n1.5\n</parameter>\n"), "integer"),
        (call(PATH + "<parameter=deep>\nyes\n</parameter>\n"), "true or false"),
        (call(PATH + "<parameter=names>\n{}\n</parameter>\n"), "array"),
        (call(PATH + "hello\n<parameter=start>\n1\n</parameter>"), "between parameters"),
        (call(PATH) + call(PATH), "two functions"),
        ("[" * 100_000, "JSON"),
        (call(PATH + "<parameter=start>\n" + "9" * 40 + "\n</parameter>\n"), "cannot be told"),
        (call(PATH + f"<parameter=names>\n{'[' * 90 + ']' * 90}\n</parameter>\n"), "64 levels"),
        (r'{"name": "read_file", "arguments": {"path": "\ud800"}}', "cannot be told"),
        ('{"name": "read_file", "arguments": {"path": "a", "names": [NaN]}}', "cannot be told"),
    ],
)
def test_what_has_no_reading_is_explained(text: str, problem: str) -> None:
    with pytest.raises(BrokenCall, match="(?s)" + problem.replace("(", r"\(")):
        parse(text, [READ])


def test_without_schemas_every_value_is_text() -> None:
    assert parse(call("<parameter=start>\n12\n</parameter>\n")) == ("read_file", {"start": "12"})


# What a model writes is decoded from bytes: it never holds half of a surrogate pair.
letters = st.characters(exclude_characters="\r", exclude_categories=["Cs"])
values = st.text(alphabet=letters, max_size=60).filter(
    lambda v: "<parameter" not in v and "</" not in v and "<tool" not in v
)


@given(values)
def test_any_plain_value_comes_back_as_it_was(value: str) -> None:
    text = f"<function=read_file>\n<parameter=path>\n{value}\n</parameter>\n</function>"
    assert parse(text, [READ]) == ("read_file", {"path": value})


@given(st.text(max_size=200))
def test_no_text_breaks_the_parser(text: str) -> None:
    with contextlib.suppress(BrokenCall):
        parse(text, [READ])
