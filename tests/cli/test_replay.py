"""`carnice-chat replay`: a recorded conversation on a screen, or as plain text."""

import subprocess
from pathlib import Path

import pytest

from carnice_tui.core.paths import shipped
from carnice_tui.core.sanitize import is_safe
from carnice_tui.sessions.read import read_session
from tests.cli.conftest import COMMAND, Home
from tests.cli.pseudo import Terminal

EXAMPLE = "processitems"


def test_in_a_pipe_it_is_plain_text(home: Home):
    done = home.run("replay", EXAMPLE, "--instant")
    assert done.returncode == 0
    assert "> What's wrong?\n\nBUG: `await` is applied" in done.stdout
    assert done.stderr == ""


def test_a_file_and_a_pipe_play_the_same(home: Home):
    path = shipped("sessions") / f"{EXAMPLE}.jsonl"
    file = home.run("replay", str(path), "--instant")
    pipe = home.run("replay", "-", "--instant", stdin=path.read_bytes())
    assert file.stdout == pipe.stdout != ""


def test_it_takes_as_long_as_it_took_divided_by_the_speed(home: Home):
    duration = read_session(shipped("sessions") / f"{EXAMPLE}.jsonl").duration
    assert duration > 4
    done = home.run("replay", EXAMPLE, "--speed", "100")
    assert "FIX: Replace" in done.stdout


def test_a_torn_file_plays_what_can_be_read_and_says_what_could_not(home: Home, tmp_path: Path):
    whole = (shipped("sessions") / f"{EXAMPLE}.jsonl").read_bytes()
    torn = tmp_path / "torn.jsonl"
    torn.write_bytes(whole[: len(whole) - 40])
    done = home.run("replay", str(torn), "--instant")
    assert done.returncode == 0
    assert "BUG:" in done.stdout
    assert "could not be read" in done.stderr
    assert done.stderr.count("\n") == 1


def test_what_was_recorded_cannot_command_the_terminal(home: Home, tmp_path: Path):
    nasty = tmp_path / "nasty.jsonl"
    text = (shipped("sessions") / f"{EXAMPLE}.jsonl").read_text()
    nasty.write_text(text.replace("Promise", r"\u001b]52;c;aGk=\u0007\u202ePromise"))
    done = home.run("replay", str(nasty), "--instant")
    assert "␛]52;c;aGk=␇␦Promise" in done.stdout
    assert is_safe(done.stdout)


@pytest.mark.parametrize("wanted", ["", "nothing", "./no.jsonl"])
def test_what_is_not_there_is_one_line(home: Home, wanted: str):
    done = home.run("replay", *([wanted] if wanted else []))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_without_a_name_the_examples_are_named(home: Home):
    assert EXAMPLE in home.run("replay").stderr


def test_on_a_terminal_it_plays_in_the_app_and_leaves_no_trace(home: Home):
    with Terminal(
        [*COMMAND, "replay", EXAMPLE, "--instant"], env=home.env, cwd=str(home.folder)
    ) as terminal:
        terminal.wait_for("Promise.all")
        terminal.type("\x11")  # Ctrl+Q
        assert terminal.wait() == 0
        assert terminal.is_clean()


def test_a_piped_session_plays_on_the_terminal(home: Home):
    with (shipped("sessions") / f"{EXAMPLE}.jsonl").open() as file:
        terminal = Terminal(
            [*COMMAND, "replay", "-", "--instant"],
            env=home.env,
            cwd=str(home.folder),
            stdin=file.fileno(),
        )
    with terminal:
        terminal.wait_for("Promise.all")
        terminal.type("\x11")
        assert terminal.wait() == 0
        assert terminal.is_clean()


def test_a_closed_pipe_is_quiet(home: Home):
    command = " ".join(COMMAND)
    done = subprocess.run(
        [
            "bash",
            "-c",
            f"{command} replay {EXAMPLE} --speed 20 | head -c 1 >/dev/null; "
            'echo "${PIPESTATUS[0]}"',
        ],
        env=home.env,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == "141\n"
    assert done.stderr == ""
