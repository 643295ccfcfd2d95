import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnice_tui.core.events import (
    AnswerDelta,
    ReasoningDelta,
    Record,
    SystemMessage,
    TitleChanged,
    ToolCall,
    ToolResult,
    TurnFinished,
    TurnStarted,
    TurnStats,
    UserMessage,
)
from carnice_tui.core.messages import Attachment, Message
from carnice_tui.core.sanitize import is_safe
from carnice_tui.sessions.errors import SessionError
from carnice_tui.sessions.export.formats import FORMATS, format_of
from carnice_tui.sessions.format import new_header
from carnice_tui.sessions.imports.build import import_chat
from carnice_tui.sessions.imports.openai import read_openai
from carnice_tui.sessions.read import Problems, Session, read_session

EVIL = "\x1b]52;c;aGk=\x07<script>alert(1)</script> \u202e & ```\n</details> [x](javascript:1)"


def session(text: str = "plain", title: str = "A title") -> Session:
    records = [
        Record(0, SystemMessage(text), "m1", ""),
        Record(1, UserMessage(text, (Attachment("a.py", text, "python"),)), "m2", "m1"),
        Record(1, TitleChanged(title)),
        Record(1, TurnStarted("org/model-4bit", "on"), "m3", "m2"),
        Record(2, ReasoningDelta(text), "m3"),
        Record(3, AnswerDelta(text), "m3"),
        Record(3, ToolCall("c1", "look", {"path": text}), "m3"),
        Record(4, TurnFinished("tool-calls", TurnStats(answer_tokens=3, total_time=1.5)), "m3"),
        Record(5, ToolResult("c1", text), "m4", "m3"),
        Record(6, TurnStarted("org/model-4bit"), "m5", "m4"),
        Record(7, AnswerDelta(text), "m5"),
        Record(8, TurnFinished("cancelled"), "m5"),
    ]
    return Session(Path("s.jsonl"), new_header("s", 1_800_000_000), records, Problems())


def exported(name: str, of: Session) -> str:
    return "".join(FORMATS[name][0](of))


def test_the_figures_of_an_answer_that_was_continued_are_those_of_all_of_it() -> None:
    records = [
        Record(0, UserMessage("go"), "m1", ""),
        Record(0, TurnStarted("m"), "m2", "m1"),
        Record(1, AnswerDelta("One,"), "m2"),
        Record(2, TurnFinished("length", TurnStats(answer_tokens=3, total_time=1.5)), "m2"),
        Record(3, AnswerDelta(" two."), "m2"),
        Record(4, TurnFinished("stop", TurnStats(answer_tokens=4, total_time=0.5)), "m2"),
    ]
    cut = Session(Path("s.jsonl"), new_header("s", 1_800_000_000), records, Problems())
    assert "7 tokens, 2.0 s" in exported("markdown", cut)


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_that_a_terminal_obeys_gets_into_an_export(name: str) -> None:
    assert is_safe(exported(name, session(EVIL, EVIL)))


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_all_that_was_said(name: str) -> None:
    whole = exported(name, session("zebra", "Stripes"))
    assert "Stripes" in whole
    assert whole.count("zebra") >= (5 if name.startswith("ascii") else 7)


class Tags(HTMLParser):
    """Collects the elements of a page and what they refer to."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]


def test_the_page_runs_nothing_and_loads_nothing() -> None:
    page = exported("html", session(EVIL + " ![i](http://x/y.png) <img src=z onerror=w>", EVIL))
    tags = Tags()
    tags.feed(page)
    assert not {"script", "img", "link", "iframe", "svg", "object"} & set(tags.tags)
    assert not [link for link in tags.links if not link.startswith("http")]
    assert "default-src 'none'" in page
    assert not re.search(r"url\(|@import", page)


def test_the_page_has_both_colour_schemes_and_renders_markdown() -> None:
    page = exported("html", session("# Head\n\n* one\n\n| a |\n|---|\n| b |\n"))
    assert "prefers-color-scheme:dark" in page
    assert "<h1>Head</h1>" in page
    assert "<li>one</li>" in page
    assert "<td>b</td>" in page


def test_a_fence_in_what_was_said_does_not_end_the_fence_around_it() -> None:
    text = exported("markdown", session("```\ncode\n```"))
    assert "````python\n```\ncode\n```\n````" in text


def casts(name: str) -> Iterator[list[object]]:
    lines = exported(name, session("line\nline")).splitlines()
    yield from map(json.loads, lines[1:])


def test_a_recording_has_a_marker_at_each_turn_and_times_that_grow() -> None:
    header = json.loads(exported("asciicast-v2", session()).splitlines()[0])
    assert (header["version"], header["width"], header["height"]) == (2, 80, 24)
    events = list(casts("asciicast-v2"))
    times = [float(str(event[0])) for event in events]
    assert times == sorted(times)
    assert [event[2] for event in events if event[1] == "m"] == ["1: line line"]
    assert all("\n" not in str(e[2]).replace("\r\n", "") for e in events if e[1] == "o")


def test_version_3_counts_from_the_event_before() -> None:
    header = json.loads(exported("asciicast", session()).splitlines()[0])
    assert (header["version"], header["term"]) == (3, {"cols": 80, "rows": 24})
    second = [float(str(event[0])) for event in casts("asciicast-v2")]
    third = [float(str(event[0])) for event in casts("asciicast")]
    assert sum(third) == pytest.approx(second[-1])


texts = st.text(st.characters(codec="utf-8"), max_size=30)


@given(texts.filter(str.strip), texts, texts)
def test_what_was_exported_as_messages_comes_back_the_same(
    tmp_path_factory: pytest.TempPathFactory, text: str, reasoning: str, argument: str
) -> None:
    original = session(text)
    for i, record in enumerate(original.records):
        if isinstance(record.event, ReasoningDelta):
            original.records[i] = Record(record.t, ReasoningDelta(reasoning), "m3")
        if isinstance(record.event, ToolCall):
            call = ToolCall("c1", "look", {"path": argument, "deep": [{"n": 1}]})
            original.records[i] = Record(record.t, call, "m3")
    (chat,) = read_openai(exported("json", original).encode())
    made = read_session(import_chat(chat, tmp_path_factory.mktemp("sessions")))
    assert made.tree().messages() == original.tree().messages()
    assert made.problems == []


def test_the_format_is_known_by_the_files_suffix() -> None:
    assert format_of("", ".MD") == "markdown"
    assert format_of("asciicast-v2", ".txt") == "asciicast-v2"
    with pytest.raises(SessionError, match="--format markdown, html"):
        format_of("", ".doc")


def test_messages_as_programs_write_them_are_understood() -> None:
    data = json.dumps(
        [
            {"role": "developer", "content": [{"type": "text", "text": "be brief"}]},
            {"role": "user", "content": ["look", {"type": "image_url"}]},
            {"role": "assistant", "content": None, "reasoning": "hm", "tool_calls": [
                {"id": "1", "function": {"name": "f", "arguments": "not json"}}]},
            {"role": "tool", "tool_call_id": "1", "content": "out"},
            {"role": "assistant", "function_call": {"name": "g", "arguments": {"a": 1}}},
            {"role": "narrator", "content": "skipped"},
            7,
        ]
    )  # fmt: skip
    (chat,) = read_openai(data.encode())
    assert [m.role for m in chat.messages] == ["system", "user", "assistant", "tool", "assistant"]
    assert chat.messages[1] == Message("user", "look\n[image_url]")
    assert chat.messages[2].reasoning == "hm"
    assert chat.messages[2].calls[0].arguments == {"text": "not json"}
    assert chat.messages[4].calls[0].name == "g"


def test_a_chat_a_line_is_as_good_as_a_list_of_chats() -> None:
    one = {"messages": [{"role": "user", "content": "a"}], "title": "T", "model": "m"}
    by_line = read_openai(f"{json.dumps(one)}\nbroken\n{json.dumps(one)}\n".encode())
    listed = read_openai(json.dumps([one, one]).encode())
    assert by_line == listed
    assert [chat.title for chat in listed] == ["T", "T"]


odd_values = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.fixed_dictionaries({"role": st.just("tool"), "content": inner, "tool_calls": inner})
        | st.fixed_dictionaries({"messages": inner})
    ),
    max_leaves=6,
)


@given(st.binary(max_size=60) | odd_values.map(lambda value: json.dumps(value).encode()))
def test_whatever_the_file_holds_reading_it_does_not_fail(data: bytes) -> None:
    for chat in read_openai(data):
        assert chat.messages
