"""Writing elsewhere: the message in the person's own editor."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from carnice_tui.ui.editor import EditorFailed, editor, run_editor

if TYPE_CHECKING:
    from carnice_tui.ui.screens.chat import ChatScreen


async def open_editor(screen: "ChatScreen") -> None:
    """Put the message into $VISUAL or $EDITOR, and take back what was written."""
    await screen.typed_so_far()
    with tempfile.TemporaryDirectory(prefix="carnice-") as folder:
        file = Path(folder) / "message.md"
        before = screen.composer.whole_text
        file.write_text(before, "utf-8", errors="surrogateescape")
        try:
            command = editor()
            status = await run_editor(screen, [*command, str(file)])
        except EditorFailed as error:
            screen.refused(error)
            return
        text = _saved_in(file)
    if text is None:
        screen.notify(f"{command[0]} left no message: it is as before.")
        return
    if not status:
        screen.composer.load(text)
        return
    ended = f"ended with {status}" if status > 0 else f"was ended by signal {-status}"
    if status < 0 and text != before:
        # What was saved before a kill is wanted; one who lets an editor fail wants none of it.
        screen.composer.load(text)
        screen.notify(f"{command[0]} {ended}: this is what it had saved.")
        return
    screen.notify(f"{command[0]} {ended}: the message is unchanged.")


def _saved_in(file: Path) -> str | None:
    """What an editor left, without the newline that editors end a file with."""
    try:
        return file.read_text("utf-8", errors="replace").removesuffix("\n")
    except OSError:
        return None


def unfold(screen: "ChatScreen") -> None:
    """Open every folded paste in place."""
    if screen.composer.whole_text == screen.composer.text:
        screen.notify("There is no folded paste here.", timeout=3)
        return
    screen.composer.unfold()
