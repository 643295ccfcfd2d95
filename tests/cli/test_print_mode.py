"""`carnice-chat -p`: one answer, from a real engine, to real pipes."""

import json
import re
from pathlib import Path

import msgspec
import pytest

from carnice_tui.core.events import (
    AnswerDelta,
    BugFound,
    ReasoningDelta,
    Record,
    SystemMessage,
    TurnFinished,
    TurnStarted,
    UserMessage,
)
from carnice_tui.core.sanitize import is_safe
from carnice_tui.review.prompt import SYSTEM
from carnice_tui.sessions.read import read_session
from tests.cli.conftest import Home

SHORT = ("--thinking", "off", "--max-tokens", "8", "--seed", "3")


def records(text: str) -> list[Record]:
    return [msgspec.json.decode(line, type=Record) for line in text.splitlines()]


def events(text: str, kind: type) -> list:
    return [record.event for record in records(text) if isinstance(record.event, kind)]


def test_text_json_and_lines_tell_the_same_answer(home: Home, tiny: str):
    say = ("-m", tiny, "-p", "hello", *SHORT)
    text = home.run(*say)
    whole = json.loads(home.run(*say, "--output", "json").stdout)
    lines = home.run(*say, "--output", "jsonl")

    assert text.returncode == lines.returncode == 0
    assert text.stderr == lines.stderr == ""
    answer = "".join(event.text for event in events(lines.stdout, AnswerDelta))
    assert whole["answer"] == answer
    assert whole["reason"] == "length"
    assert whole["stats"]["answer_tokens"] == 8
    assert is_safe(text.stdout)
    assert text.stdout.endswith("\n")
    if is_safe(answer):
        assert text.stdout == answer.rstrip("\n") + "\n"


def test_json_lines_are_the_records_that_are_saved(home: Home, tiny: str):
    done = home.run("-m", tiny, "-p", "hello", "-o", "jsonl", *SHORT)
    saved = read_session(home.sessions()[0]).records
    printed = records(done.stdout)
    kinds = (UserMessage, TurnStarted, AnswerDelta, TurnFinished)
    assert [r for r in printed if isinstance(r.event, kinds)] == [
        r for r in saved if isinstance(r.event, kinds)
    ]


def test_piped_text_is_attached_exactly(home: Home, tiny: str):
    text = "\n\ttab\r\nünïcode 漢字 😀  no end"
    done = home.run("-m", tiny, "-p", "look", "-o", "jsonl", *SHORT, stdin=text.encode())
    (asked,) = events(done.stdout, UserMessage)
    assert asked.text == "look"
    assert [(file.name, file.text) for file in asked.attachments] == [("stdin", text)]


def test_a_dash_takes_the_prompt_itself_from_the_pipe(home: Home, tiny: str):
    done = home.run("-m", tiny, "-p", "-", "-o", "jsonl", *SHORT, stdin=b"say it\n")
    (asked,) = events(done.stdout, UserMessage)
    assert (asked.text, asked.attachments) == ("say it\n", ())


def test_a_file_as_standard_input_is_attached_too(home: Home, tiny: str, tmp_path: Path):
    (tmp_path / "a.txt").write_text("from a file")
    with (tmp_path / "a.txt").open() as file:
        done = home.run("-m", tiny, "-p", "x", "-o", "jsonl", *SHORT, stdin=file.fileno())
    assert events(done.stdout, UserMessage)[0].attachments[0].text == "from a file"


def test_thinking_goes_to_standard_error_and_only_when_asked(home: Home, tiny: str):
    think = ("-m", tiny, "-p", "hello", "--thinking", "on", "--max-tokens", "12", "--seed", "3")
    shown = home.run(*think, "--show-thinking", "-o", "jsonl")
    hidden = home.run(*think)
    thoughts = "".join(event.text for event in events(shown.stdout, ReasoningDelta))
    assert thoughts
    assert re.sub(r"\W", "", thoughts)[:5] in re.sub(r"\W", "", shown.stderr)
    assert is_safe(shown.stderr)
    assert "thinking" not in hidden.stdout
    assert hidden.stderr.count("\n") <= 1  # at most the line that says where the tokens went


def test_an_answer_that_is_all_thinking_says_so(home: Home, tiny: str):
    done = home.run("-m", tiny, "-p", "abc", "--thinking", "on", "--max-tokens", "3")
    assert done.returncode == 0
    assert done.stdout == ""
    assert "tokens went into thinking" in done.stderr
    assert "--max-tokens" in done.stderr


def test_flags_reach_the_engine(home: Home, tiny: str):
    done = home.run(
        *("-m", tiny, "-p", "hi", "-o", "jsonl", "--system", "Be brief.", "--thinking", "low"),
        *("--temperature", "0.25", "--top-p", "0.5", "--top-k", "7", "--seed", "11"),
        *("--max-tokens", "4", "--no-save"),
    )
    (started,) = events(done.stdout, TurnStarted)
    assert started.thinking == "low"
    assert started.max_tokens == 4
    sampling = started.sampling
    assert (sampling.temperature, sampling.top_p, sampling.top_k) == (0.25, 0.5, 7)
    assert sampling.seed == 11
    assert events(done.stdout, SystemMessage) == [SystemMessage("Be brief.")]
    assert home.sessions() == []


def test_bugs_asks_in_the_words_of_the_model_card(home: Home, tiny: str):
    done = home.run("-m", tiny, "--bugs", "-p", "", "-o", "jsonl", *SHORT, stdin=b"x = 1\n")
    assert events(done.stdout, SystemMessage) == [SystemMessage(SYSTEM)]
    assert events(done.stdout, UserMessage)[0].text == "```\nx = 1\n```\nWhat's wrong?"
    assert events(done.stdout, TurnStarted)[0].mode == "bugs"


def test_bugs_are_told_in_the_form_of_a_review(home: Home, tiny: str):
    done = home.run("-m", tiny, "--bugs", "-p", "", *SHORT, stdin=b"x = 1\ny = 2\n")
    assert done.returncode == 0, done.stderr
    bug, fix = done.stdout.split("\n", 1)
    assert bug.startswith("BUG: ")
    assert fix.startswith("FIX: ")
    (saved,) = home.sessions()
    (found,) = events(saved.read_text().partition("\n")[2], BugFound)
    assert found.finding.bug == bug.removeprefix("BUG: ").strip()


def test_continue_goes_on_with_the_last_session(home: Home, tiny: str):
    home.run("-m", tiny, "-p", "first", *SHORT)
    done = home.run("-m", tiny, "--continue", "-p", "second", "-o", "json", *SHORT)
    assert json.loads(done.stdout)["session"] == home.sessions()[0].stem
    asked = [node for node in read_session(home.sessions()[0]).tree().path() if node.role == "user"]
    assert [node.opening.text for node in asked] == ["first", "second"]


def test_fork_leaves_the_session_as_it_was(home: Home, tiny: str):
    home.run("-m", tiny, "-p", "first", *SHORT)
    (first,) = home.sessions()
    before = first.read_bytes()
    home.run("-m", tiny, "--fork", first.stem, "-p", "second", *SHORT)
    assert first.read_bytes() == before
    (fork,) = set(home.sessions()) - {first}
    asked = [node for node in read_session(fork).tree().path() if node.role == "user"]
    assert [node.opening.text for node in asked] == ["first", "second"]


def test_what_a_terminal_would_obey_is_escaped_in_json_and_means_the_same(home: Home, tiny: str):
    nasty = "\x1b]0;t\x07\u202e\x9b31m"
    done = home.run("-m", tiny, "-p", nasty, "-o", "jsonl", *SHORT)
    assert is_safe(done.stdout)
    assert events(done.stdout, UserMessage)[0].text == nasty


@pytest.mark.parametrize("word", ["--continue", "--fork"])
def test_a_session_that_is_not_there_is_one_line(home: Home, tiny: str, word: str):
    done = home.run("-m", tiny, word, "zzzzz", "-p", "hi")
    assert done.returncode == 2
    assert "zzzzz" in done.stderr
    assert done.stderr.count("\n") == 1
