"""The bug finder in the app: cards, what can be done about them, and that they come back."""

import subprocess
from pathlib import Path

import pytest

from carnice_tui.core.events import AnswerDelta, GuideScore, Record, TurnFinished, TurnStats
from carnice_tui.core.tree import MessageTree
from carnice_tui.review import prompt
from carnice_tui.ui.app import CarniceApp
from carnice_tui.ui.editor import at_line
from carnice_tui.ui.transcript.thread import Thread
from tests.ui.conftest import MakeApp
from tests.ui.scripted_engine import MODEL, Gate, Script, ScriptedEngine
from tests.ui.watching import screen_text, sees, sees_no, until

CODE = "def first(xs):\n    return xs[1]\n"
STATS = TurnStats(prompt_tokens=50, cached_tokens=20, prefilled_tokens=30, decode_tps=40.0)
WORDS = "BUG: first returns xs[1]\nFIX: return xs[0]"
PATCHED = "```python\ndef first(xs):\n    return xs[0]\n```"


def said(text: str, sure: float = 0.9) -> Script:
    """A guided answer with its score."""
    score = GuideScore("BUG:", sure, (0.0, 0.0))
    return [AnswerDelta(text, 12), score, TurnFinished("stop", STATS)]


def send(app: CarniceApp, text: str) -> None:
    """Send `text` at once, whatever the composer would offer for it."""
    app.chat.composer.load(text)
    app.chat.composer.action_submit()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two files, under git."""
    work = tmp_path / "work"
    (work / "src").mkdir(parents=True)
    (work / "src" / "a.py").write_text(CODE)
    (work / "src" / "b.py").write_text("def fine():\n    pass\n")
    git = ("git", "-c", "user.name=you", "-c", "user.email=you@example.invalid")
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "Begin")):
        subprocess.run([*git, *words], cwd=work, check=True)
    monkeypatch.chdir(work)
    return work


async def test_pasted_code_gives_a_card_with_its_line_and_what_the_model_was_sure_of(
    make_app: MakeApp,
) -> None:
    engine = ScriptedEngine([said(WORDS)])
    app = make_app(engine=engine, mode="bugs")
    async with app.run_test() as pilot:
        send(app, CODE)
        await sees(pilot, "line 2 · first · 90% sure")
        shown = screen_text(pilot)
        assert "BUG  first returns xs[1]" in shown
        assert "2 │     return xs[1]" in shown
        assert "FIX  return xs[0]" in shown
        assert "BUG: first" not in shown

    assert engine.requests[0].messages[0].content == prompt.SYSTEM
    assert engine.requests[0].messages[1].content == f"```python\n{CODE}```\nWhat's wrong?"


async def test_a_finding_can_be_explained_and_gets_a_patch_as_a_diff(make_app: MakeApp) -> None:
    engine = ScriptedEngine([said(WORDS), said("Lists begin at **0**."), said(PATCHED)])
    app = make_app(engine=engine, mode="bugs")
    async with app.run_test(size=(90, 50)) as pilot:
        send(app, CODE)
        await sees(pilot, "90% sure")
        await until(pilot, lambda: app.chat.session.state == "ready")
        await pilot.press("alt+x")
        await sees(pilot, "Lists begin at 0.")
        await until(pilot, lambda: app.chat.session.state == "ready")
        await pilot.press("ctrl+b", "up", "up", "s")
        await sees(pilot, "checked to apply, not applied")
        assert "-    return xs[1]" in screen_text(pilot)
        assert "+    return xs[0]" in screen_text(pilot)

    asked = [request.messages[-1].content for request in engine.requests[1:]]
    assert asked == [prompt.EXPLAIN, prompt.CORRECTED]


async def test_a_question_about_a_finding_waits_for_a_model_that_is_still_loading(
    make_app: MakeApp,
) -> None:
    gate = Gate()
    gate.set()
    engine = ScriptedEngine([said(WORDS), said("Lists begin at **0**.")], load=[gate, MODEL])
    app = make_app(engine=engine, mode="bugs")
    async with app.run_test(size=(90, 50)) as pilot:
        send(app, CODE)
        await sees(pilot, "90% sure")
        await until(pilot, lambda: app.chat.session.state == "ready")
        gate.clear()
        app.chat.session.load("another")
        await until(pilot, lambda: app.chat.session.state == "loading")
        await pilot.press("alt+x")
        await sees(pilot, "waiting · ")
        await pilot.press("alt+p", "up")
        await until(pilot, lambda: len(app.chat.session.queue) == 1)
        assert app.chat.composer.text == "", "the words are ours"
        gate.set()
        await sees(pilot, "Lists begin at 0.")
    assert engine.requests[1].messages[-1].content == prompt.EXPLAIN


async def test_a_folder_is_reviewed_and_its_findings_are_listed(
    make_app: MakeApp, folder: Path
) -> None:
    engine = ScriptedEngine([said(WORDS), said("OK")])
    app = make_app(engine=engine, mode="bugs")
    async with app.run_test() as pilot:
        send(app, "@src")
        await sees(pilot, "Reviewed 2 files")
        await pilot.press("f9")
        await sees(pilot, "Findings · 1")
        await sees(pilot, "src/a.py:2 · first returns xs[1]")
        await pilot.press("enter")
        await sees_no(pilot, "Findings · 1")
        card = app.chat.transcript.browsed_entry()
        assert card is not None
        assert card.source == WORDS


async def test_a_patch_is_applied_only_when_it_is_asked_for_and_can_be_undone(
    make_app: MakeApp, folder: Path
) -> None:
    app = make_app(said(WORDS), said(PATCHED), mode="bugs")
    async with app.run_test(size=(100, 50)) as pilot:
        send(app, "@src/a.py")
        await sees(pilot, "src/a.py:2")
        await until(pilot, lambda: app.chat.session.state == "ready")
        await pilot.press("alt+p")
        await sees(pilot, "not applied")
        assert (folder / "src" / "a.py").read_text() == CODE
        app.chat.action_do("apply")
        await sees(pilot, "Apply the patch?")
        await pilot.press("up", "enter")
        await sees(pilot, "To undo it: git apply")
    assert "xs[0]" in (folder / "src" / "a.py").read_text()


async def test_the_cards_of_a_saved_session_are_those_that_were_seen(
    make_app: MakeApp, folder: Path
) -> None:
    records: list[Record] = []
    app = make_app(said(WORDS), said("OK"), said(PATCHED), mode="bugs")
    app.chat.session.conversation.sinks.append(records.append)
    async with app.run_test(size=(100, 60)) as pilot:
        send(app, "@src")
        await sees(pilot, "Reviewed 2 files")
        await until(pilot, lambda: app.chat.session.state == "ready")
        await pilot.press("alt+p")
        await sees(pilot, "not applied")
        await until(pilot, lambda: app.chat.session.state == "ready")
        seen = [(type(e), e.source) for e in app.chat.thread.entries]

    again = Thread()
    again.show(MessageTree(records))
    assert [(type(e), e.source) for e in again.entries] == seen


async def test_an_interrupted_folder_review_keeps_its_findings(
    make_app: MakeApp, folder: Path
) -> None:
    gate = Gate()
    app = make_app(said(WORDS), [gate, *said("OK")], mode="bugs")
    async with app.run_test() as pilot:
        send(app, "@src")
        await sees(pilot, "1 of 2 · src/b.py")
        await pilot.press("escape")
        await sees(pilot, "Stopped after")
        assert "src/a.py:2" in screen_text(pilot)


def test_editors_are_told_the_line_in_their_own_way() -> None:
    file = Path("a.py")
    assert at_line(["vim"], file, 3) == ["vim", "+3", "a.py"]
    assert at_line(["code", "--wait"], file, 3) == ["code", "--wait", "--goto", "a.py:3"]
    assert at_line(["/usr/bin/hx"], file, 3) == ["/usr/bin/hx", "a.py:3"]
