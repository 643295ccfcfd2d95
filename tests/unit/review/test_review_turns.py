"""The bug finder as turns of a conversation: what is recorded, and what can be asked on later."""

from pathlib import Path

import pytest

from carnice_tui.core.events import (
    AnswerDelta,
    BugFound,
    Event,
    GuideScore,
    Notice,
    PatchSuggested,
    Record,
    ReviewProgress,
    TurnFinished,
    UserMessage,
)
from carnice_tui.core.finding import Finding
from carnice_tui.core.messages import attachment
from carnice_tui.core.tree import MessageTree
from carnice_tui.engine.asking import TurnOptions
from carnice_tui.engine.conversation import Conversation
from carnice_tui.review import prompt
from carnice_tui.review.errors import ReviewError
from carnice_tui.review.finder import FinderOptions
from carnice_tui.review.inquiry import as_question, found_again, inquiry
from carnice_tui.review.split import PIECE_CHARACTERS
from carnice_tui.review.turns import Explanation, Search, Suggestion
from tests.unit.review.scripted import Say, ScriptedEngine, asked

CODE = "def first(xs):\n    return xs[1]"
FIXED = "def first(xs):\n    return xs[0]"
ONE = "BUG: first returns xs[1]\nFIX: return xs[0]"
PASTED = UserMessage(as_question(CODE), mode="bugs")


async def told(engine: ScriptedEngine, message: UserMessage) -> list[Event]:
    """The events of the turn that answers `message`."""
    records: list[Record] = []
    conversation = Conversation(engine, TurnOptions(mode="bugs"), sinks=[records.append])
    await conversation.ask(message, Search(engine, FinderOptions(), inquiry(message)))
    return [record.event for record in records]


def of(kind: type, events: list[Event]) -> list:
    return [event for event in events if isinstance(event, kind)]


def text_in(events: list[Event]) -> str:
    return "".join(event.text for event in of(AnswerDelta, events)).strip()


def steps(*answers: str | tuple[str, GuideScore]) -> Say:
    left = list(answers)
    return lambda _: left.pop(0)


async def test_pasted_code_is_asked_about_in_the_words_of_the_model_card() -> None:
    engine = ScriptedEngine(steps(ONE))
    events = await told(engine, PASTED)
    assert [m.content for m in engine.requests[0].messages] == [
        prompt.SYSTEM,
        f"```python\n{CODE}\n```\nWhat's wrong?",
    ]
    assert engine.requests[0].guide is not None
    assert text_in(events) == ONE
    (found,) = of(BugFound, events)
    assert (found.finding.path, found.finding.first_line) == ("", 2)
    assert isinstance(events[-1], TurnFinished)


async def test_the_question_about_the_line_is_no_part_of_the_answer_but_of_the_figures() -> None:
    engine = ScriptedEngine(steps("BUG: an index\nFIX: use 0", "return xs[1]"))
    events = await told(engine, PASTED)
    assert text_in(events) == "BUG: an index\nFIX: use 0"
    assert events[-1].stats.prompt_tokens == 20
    assert len(of(TurnFinished, events)) == 1


async def test_an_engine_that_cannot_be_guided_is_asked_again_and_only_the_form_is_told() -> None:
    engine = ScriptedEngine(steps("It is broken.", ONE), guides=False)
    events = await told(engine, PASTED)
    assert asked(engine.requests[1]) == prompt.REPAIR
    assert engine.requests[0].guide is None
    assert text_in(events) == ONE
    assert len(of(BugFound, events)) == 1


async def test_a_contract_that_stays_broken_is_a_failure_that_says_so() -> None:
    engine = ScriptedEngine(steps("It is broken.", "Still."), guides=False)
    events = await told(engine, PASTED)
    assert not of(BugFound, events)
    assert "not two lines" in of(Notice, events)[0].text
    assert events[-1].reason == "failed"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    source = tmp_path / "src"
    source.mkdir()
    (source / "a.py").write_text(f"{CODE}\n")
    (source / "b.py").write_text("def fine():\n    pass\n")
    (source / "c.py").write_bytes(b"\0")
    return source


async def test_a_folder_is_one_turn_with_progress_and_a_finding_for_each_bug(folder: Path) -> None:
    engine = ScriptedEngine(steps(ONE, "OK"))
    events = await told(engine, UserMessage("@src", mode="bugs"))
    assert text_in(events) == f"src/a.py:2\n{ONE}"
    assert [f.finding.path for f in of(BugFound, events)] == ["src/a.py"]
    begun = of(ReviewProgress, events)[0]
    assert (begun.done, begun.total, begun.path) == (0, 3, "src/a.py")
    notices = [notice.text for notice in of(Notice, events)]
    assert notices[0] == "Left out: src/c.py (binary)."
    assert notices[1].startswith("Reviewed 2 files in ")
    assert prompt.CLEAN_VERDICT in engine.requests[0].messages[0].content


async def test_a_stopped_review_keeps_what_was_found(folder: Path) -> None:
    engine = ScriptedEngine(steps(ONE, "OK"))
    message = UserMessage("@src", mode="bugs")
    work = Search(engine, FinderOptions(), inquiry(message))
    events: list[Event] = []

    def emit(event: Event) -> None:
        events.append(event)
        if isinstance(event, BugFound):
            work.stop()

    await work(emit)
    assert len(of(BugFound, events)) == 1
    assert events[-1].reason == "cancelled"


async def test_a_finding_is_explained_and_patched_after_the_session_was_read_again(
    folder: Path,
) -> None:
    records: list[Record] = []
    first = ScriptedEngine(steps(ONE, "OK"))
    message = UserMessage("@src", mode="bugs")
    conversation = Conversation(first, TurnOptions(mode="bugs"), sinks=[records.append])
    await conversation.ask(message, Search(first, FinderOptions(), inquiry(message)))

    path = MessageTree(records).path()
    (finding,) = [r.event.finding for r in path[1].records if isinstance(r.event, BugFound)]
    found = found_again(finding, path[0].opening, PIECE_CHARACTERS)
    engine = ScriptedEngine(steps("Lists begin at 0.", f"```python\n{FIXED}\n```"))
    events: list[Event] = []
    await Explanation(engine, FinderOptions(), found)(events.append)
    before = (folder / "a.py").read_text()
    await Suggestion(engine, FinderOptions(), found, before)(events.append)

    assert [asked(request) for request in engine.requests] == [prompt.EXPLAIN, prompt.CORRECTED]
    assert engine.requests[0].messages[:3] == (
        *first.requests[0].messages,
        engine.requests[1].messages[2],
    )
    assert text_in(events).startswith("Lists begin at 0.")
    (patch,) = of(PatchSuggested, events)
    assert patch.path == "src/a.py"
    assert "-    return xs[1]\n+    return xs[0]" in patch.diff
    assert (folder / "a.py").read_text() == before


async def test_what_is_no_patch_is_told_and_the_answer_kept() -> None:
    engine = ScriptedEngine(steps(ONE, f"```python\n{CODE}\n```"))
    events = await told(engine, PASTED)
    (bug,) = of(BugFound, events)
    more: list[Event] = []
    found = found_again(bug.finding, PASTED, PIECE_CHARACTERS)
    await Suggestion(engine, FinderOptions(), found, CODE)(more.append)
    assert of(Notice, more)[0].text == "There is no patch, for the model changed nothing."
    assert CODE in text_in(more)
    assert more[-1].reason == "stop"


def test_a_file_that_has_changed_is_not_asked_about_again(folder: Path) -> None:
    message = UserMessage("@src/a.py", (attachment("src/a.py", CODE),), "bugs")
    (folder / "a.py").write_text("x = 1\n")
    about = inquiry(message)
    assert [job.path for job in about.jobs] == ["src/a.py"]
    gone = UserMessage("@src", mode="bugs")
    finding = Finding("src/a.py", 2, 2, "b", "f", "quoted", code="    return xs[1]")
    with pytest.raises(ReviewError, match="has changed since"):
        found_again(finding, gone, PIECE_CHARACTERS)


@pytest.mark.parametrize(
    ("typed", "question"),
    [
        ("x = 1\n\n", "```\nx = 1\n```\nWhat's wrong?"),
        ("```js\nlet a\n```", "```js\nlet a\n```\nWhat's wrong?"),
        ("def f():\n    return `x`", "```python\ndef f():\n    return `x`\n```\nWhat's wrong?"),
        ("a\n```\nb", "````\na\n```\nb\n````\nWhat's wrong?"),
    ],
)
def test_what_is_pasted_becomes_the_question_and_can_be_read_back(
    typed: str, question: str
) -> None:
    assert as_question(typed) == question
    code = prompt.asked_code(question)
    assert code is not None
    assert prompt.question(*code) == question


def test_a_message_that_names_nothing_to_review_says_what_to_do() -> None:
    with pytest.raises(ReviewError, match="paste some"):
        inquiry(UserMessage("hello", mode="bugs"))
