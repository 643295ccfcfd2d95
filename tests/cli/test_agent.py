"""`carnice-chat -p --agent` with the demo model: form, not wording, since it is a toy."""

from pathlib import Path

import pytest

from carnice_tui.core.events import ApprovalGiven, ToolCall, ToolResult, TurnFinished
from carnice_tui.sessions.read import read_session
from tests.cli.conftest import Home

CODE = "def get_total(items):\n    return sum(items)\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    root.mkdir()
    (root / "cart.py").write_text(CODE)
    return root


def test_the_demo_model_works_in_a_folder_and_asks_in_vain_where_nobody_is(
    home: Home, folder: Path
) -> None:
    asked = "Replace get_total with count_total in cart.py."
    done = home.run(
        "-m",
        "demo",
        "--thinking",
        "off",
        "--max-tokens",
        "120",
        "-p",
        asked,
        "--agent",
        str(folder),
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    (session,) = home.sessions()
    events = [record.event for record in read_session(session).records]
    called = [event for event in events if isinstance(event, ToolCall)]
    results = [event for event in events if isinstance(event, ToolResult)]
    assert called
    assert [result.call_id for result in results] == [call.id for call in called]
    assert isinstance(events[-1], TurnFinished)
    refused = [e for e in events if isinstance(e, ApprovalGiven)]
    assert all(given.answer == "no" for given in refused)
    assert ("--allow" in done.stderr) == bool(refused)
    assert (folder / "cart.py").read_text() == CODE


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--allow", "run"), "add --agent"),
        (("--agent", ".", "--allow", "all"), "edit, write, run"),
        (("--agent", "missing"), "missing"),
        (("--agent", ".", "--bugs"), "choose one"),
    ],
)
def test_flags_that_make_no_sense_are_told(flags: tuple[str, ...], told: str, home: Home) -> None:
    done = home.run("-p", "hello", *flags)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_bundled_run_reads_as_text_with_what_was_asked_and_answered(home: Home) -> None:
    done = home.run("replay", "agent-run", "--instant")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert any(line.startswith("→ edit_file") for line in lines)
    assert "[allowed once]" in lines
    assert any(line.startswith("[refused") for line in lines)
