from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import turn

from carnice_tui.core.events import (
    AnswerDelta,
    BugFound,
    Notice,
    PatchSuggested,
    ReasoningDelta,
    Record,
    TitleChanged,
    ToolCall,
    TurnFinished,
    TurnStarted,
    UserMessage,
)
from carnice_tui.core.finding import Finding
from carnice_tui.core.messages import Attachment
from carnice_tui.sessions.log import SessionLog
from carnice_tui.sessions.read import read_session
from carnice_tui.sessions.secrets import Found, Redactor, mask, told

# Put together here, so that no scanner takes this file for a leak.
GITHUB = "ghp_" + "a1B2" * 9
AWS = "AKIA" + "ABCDEFGH12345678"
PEM = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIB\nabc=\n-----END RSA PRIVATE KEY-----"
JWT = "eyJ" + "hbGciOiJIUzI1" + ".eyJ" + "zdWIiOiIxMjM0" + "." + "SflKxwRJSMeKKF2QT4"


@pytest.mark.parametrize(
    ("secret", "name"),
    [
        (GITHUB, "GitHub token"),
        (AWS, "AWS key id"),
        (PEM, "private key"),
        (JWT, "JSON web token"),
        ("sk-ant-" + "x" * 30, "Anthropic key"),
        ("sk-proj-" + "x" * 30, "OpenAI key"),
        ("hf_" + "x" * 34, "Hugging Face token"),
    ],
)
def test_a_secret_is_masked_and_what_is_around_it_stays(secret: str, name: str) -> None:
    found = Found()
    assert mask(f"key = '{secret}' # mine", found) == f"key = '[{name} masked]' # mine"
    assert found == {name: 1}


def test_a_password_in_an_address_is_masked_and_the_address_stays() -> None:
    masked = mask("git clone https://you:hunter2@example.org/x", Found())
    assert masked == "git clone https://[password masked]@example.org/x"


@pytest.mark.parametrize(
    "plain",
    [
        "a task-management-and-more-words-in-a-row",
        "sk-short",
        "https://example.org:8080/a@b",
        "const AKIA = 1",
        "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----",
        "ghp_tooshort",
    ],
)
def test_what_only_looks_a_little_like_a_secret_stays(plain: str) -> None:
    found = Found()
    assert mask(plain, found) == plain
    assert not found


def streamed(chunks: list[str]) -> tuple[str, list[Record]]:
    redactor = Redactor()
    out: list[Record] = []
    for i, chunk in enumerate(chunks):
        out += redactor.take(Record(i, AnswerDelta(chunk), "m1"))
    out += redactor.take(Record(99, TurnFinished("stop"), "m1"))
    texts = [record.event.text for record in out if isinstance(record.event, AnswerDelta)]
    return "".join(texts), out


fragments = st.sampled_from(
    [GITHUB, AWS, PEM, JWT, "sk-", "x" * 25, " ", "\n", "://", "you:pw@", ":", "-----BEGIN ", "s"]
) | st.text("aK-_. :/@\n", max_size=6)


@given(st.lists(fragments, max_size=6).map("".join), st.data())
def test_a_secret_is_masked_however_its_tokens_are_cut(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=12)))
    bounds = [0, *cuts, len(text)]
    chunks = [text[a:b] for a, b in pairwise(bounds)]
    assert streamed(chunks)[0] == mask(text, Found())


def test_times_and_token_counts_stay_where_a_secret_was_streamed() -> None:
    chunks = ["Use ", *GITHUB, " now"]
    text, out = streamed(chunks)
    assert text == "Use [GitHub token masked] now"
    assert [record.t for record in out[:-1]] == list(range(len(chunks)))


def test_text_without_secrets_passes_unchanged_and_at_once() -> None:
    redactor = Redactor()
    for record in turn(1, tokens=50):
        assert list(redactor.take(record)) == [record]


def test_another_message_lets_go_of_what_was_held_in_order() -> None:
    redactor = Redactor()
    first = Record(1, ReasoningDelta("sk-"), "m2")
    second = Record(2, AnswerDelta("hello"), "m2")
    assert list(redactor.take(first)) == []
    assert list(redactor.take(second)) == [first, second]


def test_titles_arguments_and_attachments_are_masked_too(tmp_path: Path) -> None:
    told_of: list[Notice] = []
    log = SessionLog.new(tmp_path, tell=told_of.append, redactor=Redactor())
    for record in [
        Record(0, UserMessage(f"use {GITHUB}", (Attachment("env", f"K={AWS}"),)), "m1", ""),
        Record(0, TitleChanged(f"use {GITHUB}")),
        Record(0, TurnStarted("demo"), "m2", "m1"),
        Record(1, ToolCall("1", "run", {"env": {"T": [GITHUB]}, "n": 1}), "m2"),
    ]:
        log(record)
    log.close()
    everything = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    assert GITHUB.encode() not in everything
    assert AWS.encode() not in everything
    assert "1 AWS key id, 2 GitHub tokens" in told_of[0].text
    session = read_session(log.path)
    assert session.header.title == "use [GitHub token masked]"
    asked = session.records[0].event
    assert isinstance(asked, UserMessage)
    assert asked.attachments[0].text == "K=[AWS key id masked]"


def test_what_was_masked_is_told_in_words() -> None:
    assert told(Found({"password": 2, "AWS key id": 1})) == "1 AWS key id, 2 passwords"


def test_what_the_bug_finder_found_and_suggested_is_masked_too():
    finding = Finding("a.py", 1, 1, "a key", "remove it", code=f"key = '{GITHUB}'")
    redactor = Redactor()
    (found,) = redactor.take(Record(1, BugFound(finding), "m2"))
    (patch,) = redactor.take(Record(2, PatchSuggested(f"-key = '{GITHUB}'\n"), "m2"))
    assert isinstance(found.event, BugFound)
    assert found.event.finding.code == "key = '[GitHub token masked]'"
    assert found.event.finding.bug == "a key"
    assert isinstance(patch.event, PatchSuggested)
    assert GITHUB not in patch.event.diff
