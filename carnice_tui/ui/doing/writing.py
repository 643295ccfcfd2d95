"""Writing elsewhere: the message in the person's own editor."""

import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from carnice_tui.ui.screens.asking import app_of

if TYPE_CHECKING:
    from carnice_tui.ui.screens.chat import ChatScreen


def open_editor(screen: "ChatScreen") -> None:
    """Put the message into $VISUAL or $EDITOR, and take back what was written."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory(prefix="carnice-") as folder:
        file = Path(folder) / "message.md"
        file.write_text(screen.composer.whole_text, "utf-8", errors="surrogateescape")
        try:
            with app_of(screen).suspend():
                status = subprocess.run([*shlex.split(editor), str(file)], check=False).returncode
        except SuspendNotSupported:
            screen.notify("This terminal cannot be handed to an editor.", markup=False)
            return
        except (OSError, ValueError) as error:
            screen.notify(
                f"{editor} could not be started ({error}): set $EDITOR to yours.",
                markup=False,
                severity="warning",
            )
            return
        if status:
            screen.notify(f"{editor} ended with {status}: the message is unchanged.", markup=False)
            return
        text = file.read_text("utf-8", errors="surrogateescape")
    screen.composer.load(text.removesuffix("\n"))
