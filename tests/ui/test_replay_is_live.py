"""A recording of a run paints, cell by cell, what the run had on screen at its end."""

import pytest
from rich.style import Style
from textual.geometry import Region
from textual.pilot import Pilot

from carnice_tui.core.events import (
    AnswerDelta,
    EngineFailed,
    Event,
    Notice,
    PrefillProgress,
    ReasoningDelta,
    Record,
    ToolCall,
    ToolResult,
    TurnFinished,
)
from carnice_tui.core.settings import Screen, Settings
from carnice_tui.engine.replay import Replay
from carnice_tui.sessions.format import decode_record, encode_line
from carnice_tui.ui.replay import ReplayApp
from carnice_tui.ui.transcript.view import Transcript
from tests.ui.conftest import MakeApp
from tests.ui.test_snapshots import ANSWER, STATS
from tests.ui.watching import say, sees, still, until

ROWS = 60
"""Enough for all of it: what is compared is the whole transcript."""

Cell = tuple[str, Style | None]

ANSWERED = [
    PrefillProgress(45, 45, 30),
    *(ReasoningDelta(f"thought {n}\n", 3) for n in range(4)),
    *(AnswerDelta(ANSWER[at : at + 7]) for at in range(0, len(ANSWER), 7)),
    TurnFinished("stop", STATS),
]
TROUBLED = [
    ToolCall("1", "read_file", {"path": "src/app.py"}),
    ToolResult("1", "import os\n"),
    Notice("warning", "The file is not saved."),
    EngineFailed("The worker died (signal 9).", "last line of its log"),
    TurnFinished("failed"),
]


def cells(transcript: Transcript) -> list[list[Cell]]:
    """Every cell of every line down to the last that holds anything."""
    size = transcript.size
    lines = [
        [(char, segment.style) for segment in strip for char in segment.text]
        for strip in transcript.render_lines(Region(0, 0, size.width, size.height))
    ]
    while lines and not "".join(char for char, _ in lines[-1]).strip():
        lines.pop()
    return lines


@pytest.mark.parametrize("view", ["collapsed", "tail", "full"])
@pytest.mark.parametrize("script", [ANSWERED, TROUBLED], ids=["answered", "troubled"])
async def test_the_end_of_a_replay_is_the_end_of_the_run(
    script: list[Event], view: str, make_app: MakeApp
) -> None:
    settings = Settings(ui=Screen(show_thinking=view, reduced_motion=True))
    app = make_app(script, settings=settings)
    records: list[Record] = []

    async def live(pilot: Pilot[None]) -> list[list[Cell]]:
        app.chat.session.conversation.sinks.append(records.append)
        await say(pilot, "What is wrong?")
        await sees(pilot, "first token 0.31 s" if script is ANSWERED else "The engine failed")
        await still(pilot)
        return cells(app.chat.transcript)

    async with app.run_test(size=(100, ROWS)) as pilot:
        wanted = await live(pilot)

    replayed = [decode_record(encode_line(record)) for record in records]
    player = ReplayApp(Replay(replayed, speed=1e6, waits_at_end=True), settings)
    async with player.run_test(size=(100, ROWS)) as pilot:
        await until(pilot, lambda: player.player.replay.finished)
        await until(pilot, lambda: len(cells(player.player.transcript)) >= len(wanted))
        assert cells(player.player.transcript) == wanted
    assert len(wanted) > 5
