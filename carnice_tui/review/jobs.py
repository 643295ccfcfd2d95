"""What a run works off: one job a file, read when its turn comes."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from carnice_tui.review.diffs import ChangedFile, changed_files
from carnice_tui.review.finding import Failure, Skipped
from carnice_tui.review.language import is_diff, language_of
from carnice_tui.review.passage import Passage, code_passages
from carnice_tui.review.sources import FileSource, find_files, read_file


@dataclass(frozen=True)
class Reading:
    """The passages of one source; `note` says what was done to read it."""

    passages: list[Passage]
    note: str = ""


@dataclass(frozen=True)
class Job:
    """One source. `read` takes the longest passage in characters and may raise `SourceRefused`.

    `named`: the user asked for exactly this, so leaving it out is a failure.
    """

    path: str
    read: Callable[[int], Reading]
    named: bool = True


def file_jobs(names: Iterable[str]) -> Iterator[Job | Skipped | Failure]:
    """The jobs of files and folders."""
    for found in find_files(names):
        if isinstance(found, FileSource):
            yield _file_job(found)
        else:
            yield found


def text_jobs(text: str, name: str = "") -> list[Job | Skipped]:
    """The jobs of text that was piped in: a diff, or one source called `name`.

    Raises:
        ReviewError: it is a diff that cannot be read.
    """
    language = language_of(name, text)
    if language == "diff" or (not name and is_diff(text)):
        return diff_jobs(text)
    path = name or "stdin"
    return [Job(path, lambda budget: Reading(code_passages(path, language, text, budget)))]


def diff_jobs(text: str, name: Callable[[str], str] = lambda path: path) -> list[Job | Skipped]:
    """The jobs of a diff: a file each; `name` makes a path as it is to be shown.

    Raises:
        ReviewError: it cannot be read.
    """
    return [
        Skipped(changed.path, changed.skip_reason) if changed.skip_reason else _diff_job(changed)
        for changed in changed_files(text, name)
    ]


def _file_job(source: FileSource) -> Job:
    def read(budget: int) -> Reading:
        text = read_file(source)
        if source.named and text.language == "diff":
            parts = [
                p for c in changed_files(text.text) for one in c.passages for p in one.parts(budget)
            ]
            return Reading(parts, text.note)
        return Reading(code_passages(text.path, text.language, text.text, budget), text.note)

    return Job(source.shown, read, source.named)


def _diff_job(changed: ChangedFile) -> Job:
    def read(budget: int) -> Reading:
        return Reading([part for one in changed.passages for part in one.parts(budget)])

    return Job(changed.path, read)
