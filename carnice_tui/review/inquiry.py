"""What a message to the bug finder is about: pasted code, or the files and folders it names.

It is read from the message as it was recorded, so that a conversation taken up again can ask
on about its findings.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from carnice_tui.core.events import UserMessage
from carnice_tui.core.finding import Finding
from carnice_tui.core.messages import Attachment, Message
from carnice_tui.review import prompt
from carnice_tui.review.contract import Verdict
from carnice_tui.review.errors import ReviewError, Unreadable
from carnice_tui.review.finder import Found
from carnice_tui.review.finding import Failure, Skipped
from carnice_tui.review.jobs import (
    Job,
    Reading,
    diff_jobs,
    file_jobs,
    has_changes,
    text_jobs,
)
from carnice_tui.review.language import is_diff, language_of
from carnice_tui.review.passage import Passage, code_passages
from carnice_tui.review.sources import is_folder

PASTED = ""
"""The path of code that was pasted: it has none."""

_NAMED = re.compile(r'(?:^|(?<=\s))@(?:"([^"\n]+)"|(\S+))')
_SENTENCE_ENDS = ".,;:!?)]}\"'"
_FENCE = re.compile(r"\A\s*(`{3,}|~{3,})([^\n`]*)\n(.*?)\n?\1\s*\Z", re.S)


@dataclass(frozen=True)
class Inquiry:
    """What is to be reviewed. `allow_ok`: the model may say that there is no bug."""

    jobs: Sequence[Job | Skipped | Failure]
    allow_ok: bool = False


def named_paths(text: str) -> list[str]:
    """The files and folders that a message names with `@`; a word that is neither is none."""
    return [str(path) for path in named_files(text, Path()).values()]


def named_files(text: str, folder: Path) -> dict[str, Path]:
    """The files and folders that `text` names with `@`, by their names as they stand there.

    `@"a name"` may have blanks in it, and what ends a sentence is no part of a name. Relative
    names lie in `folder`.
    """
    found: dict[str, Path] = {}
    for quoted, bare in _NAMED.findall(text):
        for name in filter(None, (quoted or bare, bare.rstrip(_SENTENCE_ENDS))):
            if (path := _existing(folder, name)) is not None:
                found[name] = path
                break
    return found


def _existing(folder: Path, name: str) -> Path | None:
    try:
        path = folder / Path(name).expanduser()
        return path if path.exists() else None
    except (OSError, RuntimeError, ValueError):  # too long for a name, or nobody's home
        return None


def as_question(typed: str) -> str:
    """Pasted code as the question of the contract; the marks of a fence around it go."""
    if match := _FENCE.match(typed):
        return prompt.question(match[3], match[2].strip() or language_of("", match[3]))
    code = typed.strip("\n")
    return prompt.question(code, language_of("", code))


def inquiry(message: UserMessage) -> Inquiry:
    """What `message` asks about; relative names lie in the present folder.

    Raises:
        ReviewError: nothing in it can be reviewed, or a diff cannot be read.
    """
    if asked := prompt.asked_code(message.text):
        code, language = asked
        if is_diff(code):
            return Inquiry(diff_jobs(code), allow_ok=True)
        return Inquiry([_pasted(code, language)])
    if message.attachments:
        jobs = [job for file in message.attachments for job in _attached(file)]
        return Inquiry(jobs, allow_ok=has_changes(jobs))
    names = named_paths(message.text)
    found = list(file_jobs(names))
    if not found:
        raise ReviewError("There is no code in it: paste some, or name files or folders with @.")
    folders = any(is_folder(Path(name)) for name in names)
    return Inquiry(found, allow_ok=folders or has_changes(found))


def found_again(finding: Finding, message: UserMessage, budget: int) -> Found:
    """A recorded finding with the words that led to it, as if it was just found.

    `budget` is the longest passage in characters.

    Raises:
        ReviewError: the code is no longer there, or its lines have moved.
    """
    about = inquiry(message)
    for job in about.jobs:
        if isinstance(job, Job) and job.path == finding.path:
            for passage in _read(job, budget):
                if _holds(passage, finding):
                    return Found(finding, passage, _words(passage, finding, about))
    where = finding.path or "the pasted code"
    raise ReviewError(f"{where} has changed since it was reviewed: review it again.")


def _words(passage: Passage, finding: Finding, about: Inquiry) -> tuple[Message, ...]:
    return (
        Message("system", prompt.system_prompt(allow_ok=about.allow_ok)),
        Message("user", prompt.question(passage.code, passage.fence)),
        Message("assistant", Verdict(finding.bug, finding.fix).lines()),
    )


def _read(job: Job, budget: int) -> list[Passage]:
    try:
        return job.read(budget).passages
    except Unreadable:
        return []


def _holds(passage: Passage, finding: Finding) -> bool:
    inside = passage.first_line <= finding.first_line and finding.last_line <= passage.last_line
    return inside and (not finding.code or passage.text_of(finding.first_line) == finding.code)


def _pasted(code: str, language: str) -> Job:
    def read(budget: int) -> Reading:
        return Reading(code_passages(PASTED, language, code, budget))

    return Job(PASTED, read)


def _attached(file: Attachment) -> list[Job | Skipped]:
    return text_jobs(file.text, file.name)
