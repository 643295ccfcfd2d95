"""From what is typed to what is sent: files named with `@`, and the bug finder's question."""

import re
from pathlib import Path

from carnice_tui.core.messages import Attachment, Mode
from carnice_tui.review.prompt import question
from carnice_tui.ui.files import FileRefused, read_attachment

_NAMED = re.compile(r"(?:^|(?<=\s))@(\S+)")


def prepared(text: str, mode: Mode, root: Path) -> tuple[str, tuple[Attachment, ...]]:
    """The message and the files it names. An `@word` that is no file stays a word.

    Raises:
        FileRefused: a file that cannot be read as text.
    """
    files: list[Attachment] = []
    for name in dict.fromkeys(_NAMED.findall(text)):
        path = root / Path(name).expanduser()
        if path.is_dir():
            raise FileRefused(f"{name} is a folder: name the files in it.")
        if path.is_file():
            files.append(read_attachment(path, name))
    if mode == "bugs" and "```" not in text:
        text = question(text)
    return text, tuple(files)
