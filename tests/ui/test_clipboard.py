"""The clipboard: a program that takes the text, the terminal otherwise, and what is said of it."""

from pathlib import Path

import psutil
import pytest

from carnice_tui.ui import clipboard


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder in which clipboard programs are looked for, as on a desktop."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-9")
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    return folder


def put(program: Path, script: str) -> None:
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o700)


async def test_a_program_takes_the_text_as_it_is_and_only_that_is_told(programs: Path) -> None:
    put(programs / "wl-copy", f"cat > {programs}/got")
    sent: list[str] = []

    copied = await clipboard.copy("one\n\ttwö", sent.append)

    assert (programs / "got").read_text() == "one\n\ttwö"
    assert copied.told == "Copied 8 characters."
    assert sent == ["\x1b]52;c;b25lCgl0d8O2\x07"]


async def test_where_the_program_fails_the_terminal_is_asked_and_that_is_told(
    programs: Path,
) -> None:
    put(programs / "wl-copy", "exit 1")

    copied = await clipboard.copy("x", lambda _: None)

    assert copied.told.startswith("Sent 1 character to the terminal's clipboard (OSC 52)")


async def test_a_program_that_does_not_end_is_ended(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(programs / "wl-copy", "exec sleep 61.5")
    monkeypatch.setattr(clipboard, "PATIENCE", 0.3)

    copied = await clipboard.copy("x", lambda _: None)

    assert copied.asked_terminal
    assert "61.5" not in str([child.cmdline() for child in psutil.Process().children()])


async def test_what_neither_takes_is_told_as_not_copied(programs: Path) -> None:
    put(programs / "wl-copy", "exit 1")
    sent: list[str] = []

    copied = await clipboard.copy("x" * 80_000, sent.append)

    assert copied.told.startswith("Not copied")
    assert sent == []
