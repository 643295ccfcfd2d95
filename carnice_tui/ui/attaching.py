"""From what is typed to what is sent: files named with `@`, and the bug finder's question."""

from pathlib import Path

from carnice_tui.core.events import UserMessage
from carnice_tui.core.messages import Attachment, Mode
from carnice_tui.review.inquiry import as_question, named_files, named_paths
from carnice_tui.review.prompt import asked_code
from carnice_tui.ui.files import FileRefused, read_attachment
from carnice_tui.ui.keys import key_of


def prepared(text: str, mode: Mode, root: Path) -> tuple[str, tuple[Attachment, ...]]:
    """The message and the files it names. An `@word` that is no file stays a word.

    Raises:
        FileRefused: a file that cannot be read as text.
    """
    if mode == "bugs":
        return _for_the_bug_finder(text)
    files: list[Attachment] = []
    for name, path in named_files(text, root).items():
        if path.is_dir():
            raise FileRefused(
                f"{name} is a folder: name the files in it, or {key_of('bugs')} reviews it."
            )
        if path.is_file():
            files.append(read_attachment(path, name))
    return text, tuple(files)


def _for_the_bug_finder(text: str) -> tuple[str, tuple[Attachment, ...]]:
    """Code as the contract's question; files are attached, folders are read when they are due."""
    paths = [Path(name) for name in named_paths(text)]
    if not paths:
        return (text if asked_code(text) else as_question(text)), ()
    if any(path.is_dir() for path in paths):
        return text, ()
    return text, tuple(read_attachment(path, str(path)) for path in paths)


def typed(message: UserMessage) -> str:
    """What was typed to send `message`: of the contract's question only the code."""
    asked = asked_code(message.text)
    return asked[0].rstrip("\n") if asked else message.text


def files_kept(message: UserMessage) -> tuple[Attachment, ...]:
    """The files of `message` that it does not name: those that were piped in."""
    text = message.text
    return tuple(
        file
        for file in message.attachments
        if f"@{file.name}" not in text and f'@"{file.name}"' not in text
    )
