"""Pictures of every screen in a dark, a light and a high-contrast theme, at two sizes.

One app is walked through all of them: a picture is a key, what is then on screen, and the
screen as soon as it stands still.
"""

from pathlib import Path
from typing import Any

import pytest
from pytest_textual_snapshot import SVGImageExtension
from syrupy.assertion import SnapshotAssertion

from carnice_tui.core import paths
from carnice_tui.core.events import AnswerDelta, Record, TitleChanged, TurnFinished, TurnStarted
from carnice_tui.core.events import UserMessage as Asked
from carnice_tui.core.settings import Screen, Settings
from carnice_tui.core.settings_schema import fields, key_fields
from carnice_tui.models.machine import Machine
from carnice_tui.sessions.log import SessionLog
from carnice_tui.ui import commands, session_line
from carnice_tui.ui.commands import BY_NAME
from carnice_tui.ui.doing import details, telling
from carnice_tui.ui.history import History
from carnice_tui.ui.reach import Reachable, reachable
from carnice_tui.ui.screens import settings as settings_screen
from tests.ui.conftest import MakeApp
from tests.ui.scripted_engine import answer
from tests.ui.test_models_screen import SMALL_MAC
from tests.ui.test_models_screen import on_a_small_mac as on_a_small_mac
from tests.ui.test_snapshots import SIZES, THEMES
from tests.ui.watching import say, sees, sees_no, still

SHOWN = (
    *("help", "bugs", "thinking", "model", "new", "sessions", "copy", "copy-code", "continue"),
    *("composer.newline", "transcript.branch"),
)
WALK = (
    ("bugs", ("f2",), "Bug finder", ("f2",)),
    ("keys", ("f1",), "Keys · Esc closes", ("escape",)),
    ("thinking", ("f3",), "as long as it likes", ("escape",)),
    ("models", ("f4",), "for a model", ("escape",)),
    ("themes", ("f5",), "Daylight", ("escape",)),
    ("settings", ("f8",), "Settings · Enter changes", ("escape",)),
    ("sessions", ("ctrl+o",), "whiskers of dogs", ("escape",)),
    ("found", ("ctrl+o", *"cats"), "1 found", ("escape",)),
    ("examples", ("alt+v",), "they play as they happened", ("escape",)),
    ("history", ("ctrl+r",), "Sent before", ("escape",)),
    ("palette", ("ctrl+p", *"think"), "Fold thinking", ("escape", "escape")),
    ("commands", ("/", "c"), "continue", ("escape", "backspace", "backspace")),
)
"""Name, keys that open it, what is then seen, keys that close it."""


@pytest.fixture(autouse=True)
def same_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing on the pictures comes from this machine or this moment."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(session_line, "_when", lambda _: "22 Nov 10:00")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(details, "this_machine", _small_mac)
    # Another command or setting makes no other picture.
    monkeypatch.setattr(telling, "reachable", _shown_of)
    monkeypatch.setattr(
        commands, "COMMANDS", [one for one in BY_NAME.values() if one.name in SHOWN]
    )
    monkeypatch.setattr(settings_screen, "fields", lambda: list(fields())[:12])
    monkeypatch.setattr(settings_screen, "key_fields", lambda: list(key_fields())[:2])
    for name in ("cats", "dogs"):
        log = SessionLog.new(paths.sessions_dir())
        log(Record(0, Asked(f"Tell me about {name}."), "m1", ""))
        log(Record(0, TitleChanged(f"All about {name}")))
        log(Record(0, TurnStarted("demo"), "m2", "m1"))
        log(Record(0, AnswerDelta(f"Well, the whiskers of {name} are long."), "m2"))
        log(Record(1, TurnFinished("stop"), "m2"))
        log.close()
    history = History()
    for text in ("What is wrong?", "def f(xs=[]): ..."):
        history.add(text)


def _shown_of(screen: Any) -> list[Reachable]:
    return [one for one in reachable(screen) if one.action.id in SHOWN]


async def _small_mac() -> Machine:
    return SMALL_MAC


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("theme", THEMES)
async def test_every_screen(
    theme: str, size: tuple[int, int], make_app: MakeApp, snapshot: SnapshotAssertion
) -> None:
    pictures: dict[str, str] = {}
    app = make_app(answer("An answer."), settings=Settings(ui=Screen(theme=theme)))
    async with app.run_test(size=size) as pilot:
        await sees(pilot, "Find a bug")
        pictures["empty"] = await still(pilot)
        for name, opens, seen, closes in WALK:
            await pilot.press(*opens)
            await sees(pilot, seen)
            pictures[name] = await still(pilot)
            await pilot.press(*closes)
            await sees_no(pilot, seen)
            await sees(pilot, "Find a bug")  # what the next screen is laid over
        await say(pilot, "go")
        await sees(pilot, "first token 0.25 s")
        await pilot.press("f7")
        await sees(pilot, "memory bandwidth")
        pictures["details"] = await still(pilot)

    stored = snapshot.use_extension(SVGImageExtension)
    assert [name for name, svg in pictures.items() if svg != stored(name=name)] == []
