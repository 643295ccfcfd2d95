"""The agent in the app: what it asks, what the keys answer, and what a session shows of it."""

from pathlib import Path

import pytest

from carnice_tui.agent.options import agent_options
from carnice_tui.core.events import (
    AnswerDelta,
    ApprovalAsked,
    ApprovalGiven,
    Record,
    ToolCall,
    ToolResult,
    TurnFinished,
)
from carnice_tui.core.settings import Settings
from carnice_tui.core.tree import MessageTree
from carnice_tui.engine.asking import TurnOptions
from carnice_tui.engine.replay import Replay
from carnice_tui.sessions.listing import shipped_sessions
from carnice_tui.sessions.read import read_session
from carnice_tui.ui.app import CarniceApp
from carnice_tui.ui.replay import ReplayApp
from carnice_tui.ui.setup import AppSetup
from carnice_tui.ui.transcript.approval_card import ApprovalEntry
from carnice_tui.ui.transcript.thread import Thread
from tests.ui.scripted_engine import Script, ScriptedEngine, answer
from tests.ui.watching import say, screen_text, sees, sees_no, until

TALL = (100, 60)
CODE = "def total(items):\n    return sum(items)\n"
TWO_CALLS: Script = [
    AnswerDelta("I look, then I change it."),
    ToolCall("c1", "read_file", {"path": "cart.py"}),
    ToolCall("c2", "edit_file", {"path": "cart.py", "old": "total", "new": "count"}),
    TurnFinished("tool-calls"),
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "shop" / "cart.py"
    path.parent.mkdir()
    path.write_text(CODE)
    return path


def text_of(file: Path) -> str:
    return file.read_text()


def agent_app(file: Path, *scripts: Script) -> CarniceApp:
    settings = Settings()
    return CarniceApp(
        AppSetup(
            ScriptedEngine(scripts),
            settings,
            lambda mode: agent_options(settings) if mode == "agent" else TurnOptions(mode=mode),
            mode="agent",
            workspace=file.parent,
        )
    )


async def test_a_change_is_shown_as_a_diff_and_made_after_a_yes(file: Path) -> None:
    app = agent_app(file, TWO_CALLS, answer("It is renamed."))
    async with app.run_test(size=TALL) as pilot:
        await sees(pilot, "agent · in shop")
        await say(pilot, "Rename it.")
        await sees(pilot, "Change cart.py?")
        await sees(pilot, "+def count(items):")
        await sees(pilot, "waits for your yes or no")
        assert text_of(file) == CODE
        await pilot.press("alt+a")
        await sees(pilot, "It is renamed.")
        await sees(pilot, "Allowed once")
    assert "def count" in text_of(file)


async def test_a_no_goes_with_what_is_typed_as_its_reason(file: Path) -> None:
    app = agent_app(file, TWO_CALLS, answer("As you like."))
    async with app.run_test(size=TALL) as pilot:
        await say(pilot, "Rename it.")
        await sees(pilot, "Allow this?")
        await pilot.press(*"keep it", "alt+d")
        await sees(pilot, "error: not allowed (keep it)")
        await sees(pilot, "As you like.")
        assert app.chat.composer.text == ""
    assert text_of(file) == CODE


async def test_escape_ends_a_question_and_the_run(file: Path) -> None:
    app = agent_app(file, TWO_CALLS)
    async with app.run_test(size=TALL) as pilot:
        await say(pilot, "Rename it.")
        await sees(pilot, "Allow this?")
        await pilot.press("escape")
        await sees(pilot, "Interrupted by the user.")
        await until(pilot, lambda: app.chat.session.state == "ready")
        await pilot.press("alt+a")  # too late
        await sees(pilot, "Refused")
    assert text_of(file) == CODE


async def test_what_is_seen_live_is_what_the_session_shows_again(file: Path) -> None:
    again_edit: Script = [
        ToolCall("c3", "edit_file", {"path": "cart.py", "old": "count", "new": "amount"}),
        ToolCall("c4", "run_command", {"command": "true"}),
        TurnFinished("tool-calls"),
    ]
    records: list[Record] = []
    app = agent_app(file, TWO_CALLS, again_edit, answer("Done."))
    app.chat.session.conversation.sinks.append(records.append)
    async with app.run_test(size=TALL) as pilot:
        await say(pilot, "Rename it.")
        for card in ("Change cart.py?", "+def amount", "Run `true`?"):
            await sees(pilot, card)
            await pilot.press("alt+a")
        await sees(pilot, "Done.")
        await until(pilot, lambda: app.chat.session.state == "ready" and not app.chat.feed.waits)
        seen = [(type(entry), entry.source) for entry in app.chat.thread.entries]
        screen = screen_text(pilot)

    again = Thread()
    again.show(MessageTree(records))
    assert [(type(entry), entry.source) for entry in again.entries] == seen
    assert screen.index("called tools") < screen.index("Allowed once")
    kinds = (ApprovalAsked, ApprovalGiven, ToolResult)
    order = [type(r.event) for r in records if isinstance(r.event, kinds)]
    assert order == [ToolResult, *([ApprovalAsked, ApprovalGiven, ToolResult] * 3)]


async def test_a_key_switches_to_the_agent_and_back(file: Path) -> None:
    app = agent_app(file)
    async with app.run_test(size=TALL) as pilot:
        await sees(pilot, "agent · in shop")
        await pilot.press("alt+t")
        await sees_no(pilot, "agent · in shop")
        await pilot.press("alt+t")
        await sees(pilot, "agent · in shop")
        assert app.chat.session.conversation.options.request.tools


async def test_the_bundled_run_plays_to_the_cards_that_its_session_shows() -> None:
    (info,) = (info for info in shipped_sessions() if info.id == "agent-run")
    records = read_session(info.path).records
    player = ReplayApp(Replay(records, speed=100, waits_at_end=True), Settings())
    async with player.run_test(size=TALL) as pilot:
        player.player.replay.finish()
        played = player.player.thread
        shown = Thread()
        shown.show(MessageTree(records))
        wanted = [(type(entry), entry.source) for entry in shown.entries]
        await until(pilot, lambda: [(type(e), e.source) for e in played.entries] == wanted)
        cards = [entry for entry in played.entries if isinstance(entry, ApprovalEntry)]
    assert cards
    assert not any(card.waits for card in cards)
