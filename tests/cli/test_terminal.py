"""What the command does about the terminal it finds, or does not find."""

import subprocess
from pathlib import Path

from carnice_tui.sessions.read import read_session
from tests.cli.conftest import COMMAND, Home
from tests.cli.pseudo import Terminal


def on_terminal(home: Home, *args: str, **options) -> Terminal:
    return Terminal([*COMMAND, *args], env=home.env, cwd=str(home.folder), **options)


def test_without_a_terminal_the_app_says_what_to_do_instead(home: Home):
    done = home.run()
    assert done.returncode == 2
    assert done.stderr == (
        "carnice-chat: The app needs a terminal, and standard input is none. "
        "For an answer without the app: carnice-chat -p 'your question'\n"
    )


def test_with_its_output_in_a_pipe_the_app_does_not_open(home: Home):
    with on_terminal(home, stdout=subprocess.DEVNULL) as terminal:
        assert terminal.wait() == 2
        assert "standard output is none" in terminal.text


def test_a_terminal_of_20_by_5_is_too_small(home: Home):
    with on_terminal(home, columns=20, lines=5) as terminal:
        assert terminal.wait() == 2
        said = "".join(terminal.raw.decode().split())
        assert "Thisterminalis20×5" in said
        assert terminal.is_clean()


def test_a_dumb_terminal_is_refused(home: Home):
    home.env["TERM"] = "dumb"
    with on_terminal(home) as terminal:
        assert terminal.wait() == 2
        assert "TERM=dumb" in terminal.text


def test_nul_bytes_for_the_app_are_refused_before_it_opens(home: Home, tmp_path: Path):
    (tmp_path / "binary").write_bytes(b"a\0")
    with (tmp_path / "binary").open() as file, on_terminal(home, stdin=file.fileno()) as terminal:
        assert terminal.wait() == 2
        assert "NUL byte at 1" in terminal.text
        assert terminal.is_clean()


def test_ctrl_c_while_the_model_loads_leaves_quietly(home: Home, tiny: str):
    with on_terminal(home, "-m", tiny, "-p", "hi") as terminal:
        terminal.wait_for("Starting the engine")
        terminal.interrupt()
        assert terminal.wait() == 130
        assert not terminal.text.strip()
        assert terminal.is_clean()


def test_the_progress_line_is_gone_when_the_answer_comes(home: Home, tiny: str):
    answer = ("--thinking", "off", "--max-tokens", "8", "--seed", "3")
    with on_terminal(home, "-m", tiny, "-p", "hi", *answer) as terminal:
        assert terminal.wait() == 0
        assert "Starting" not in terminal.text
        assert terminal.text.strip()


def test_the_app_opens_answers_and_leaves_the_terminal_as_it_was(home: Home, tiny: str):
    quick = ("--thinking", "off", "--max-tokens", "8", "--seed", "3")
    with on_terminal(home, "-m", tiny, *quick) as terminal:
        terminal.wait_for("tiny")
        terminal.type("hello there\r")
        terminal.wait_for("tok/s")
        terminal.type("\x11")
        assert terminal.wait() == 0
        assert terminal.is_clean()
    (session,) = home.sessions()
    assert "hello there" in session.read_text()


def test_what_was_piped_comes_with_the_first_message_and_the_keys_still_work(
    home: Home, tiny: str, tmp_path: Path
):
    (tmp_path / "piped.txt").write_text("the piped words\n")
    quick = ("--thinking", "off", "--max-tokens", "8", "--seed", "3")
    with (tmp_path / "piped.txt").open() as file:
        terminal = on_terminal(home, "-m", tiny, *quick, stdin=file.fileno())
    with terminal:
        terminal.wait_for("Enter sends")
        terminal.type("look at it\r")
        terminal.wait_for("stdin · 1 line")
        terminal.wait_for("tok/s")
        terminal.type("\x11")
        assert terminal.wait() == 0
        assert terminal.is_clean()
    (session,) = home.sessions()
    first = next(node for node in read_session(session).tree().path() if node.role == "user")
    assert "the piped words" in first.message().content
    assert "look at it" in first.message().content
