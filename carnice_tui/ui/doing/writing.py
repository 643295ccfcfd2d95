"""Writing elsewhere: the message in the person's own editor."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from carnice_tui.ui.editor import EditorFailed, editor, run_editor

if TYPE_CHECKING:
    from carnice_tui.ui.screens.chat import ChatScreen


def open_editor(screen: "ChatScreen") -> None:
    """Put the message into $VISUAL or $EDITOR, and take back what was written."""
    with tempfile.TemporaryDirectory(prefix="carnice-") as folder:
        file = Path(folder) / "message.md"
        file.write_text(screen.composer.whole_text, "utf-8", errors="surrogateescape")
        try:
            command = editor()
            status = run_editor(screen, [*command, str(file)])
        except EditorFailed as error:
            screen.refused(error)
            return
        if status:
            name = command[0]
            screen.notify(f"{name} ended with {status}: the message is unchanged.", markup=False)
            return
        text = file.read_text("utf-8", errors="surrogateescape")
    screen.composer.load(text.removesuffix("\n"))


def unfold(screen: "ChatScreen") -> None:
    """Open every folded paste in place."""
    if screen.composer.whole_text == screen.composer.text:
        screen.notify("There is no folded paste here.", markup=False, timeout=3)
        return
    screen.composer.unfold()
