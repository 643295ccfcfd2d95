"""What a run works off: one job a file, read when its turn comes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from carnice_tui.review.diffs import ChangedFile, changed_files, without_colours
from carnice_tui.review.errors import ReviewError, SourceRefused
from carnice_tui.review.finding import Failure, Skipped
from carnice_tui.review.language import is_diff, language_by_name, language_of
from carnice_tui.review.passage import Passage, code_passages
from carnice_tui.review.sources import FileSource, Text, find_files, read_file


@dataclass(frozen=True)
class Reading:
    """The passages of one source; `note` says what was done to read it."""

    passages: list[Passage]
    note: str = ""


@dataclass(frozen=True)
class Job:
    """One source. `read` takes the longest passage in characters and may raise `SourceRefused`.

    `named`: the user asked for exactly this, so leaving it out is a failure. `is_change`: it
    is a part of a diff, where most of the code is fine.
    """

    path: str
    read: Callable[[int], Reading]
    named: bool = True
    is_change: bool = False


def file_jobs(names: Iterable[str]) -> Iterator[Job | Skipped | Failure]:
    """The jobs of files and folders; those of a file that holds a diff are the files it changes."""
    for found in find_files(names):
        if not isinstance(found, FileSource):
            yield found
        elif found.named and not language_by_name(found.path.name):
            yield from _jobs_inside(found)
        else:
            yield _file_job(found)


def text_jobs(text: str, name: str = "") -> list[Job | Skipped]:
    """The jobs of text that was piped in: a diff, or one source called `name`.

    Raises:
        ReviewError: it is a diff that cannot be read.
    """
    if not is_diff(text) and is_diff(plain := without_colours(text)):
        text = plain
    language = language_of(name, text)
    if language == "diff" or (not name and is_diff(text)):
        return diff_jobs(text)
    path = name or "stdin"
    return [Job(path, lambda budget: Reading(code_passages(path, language, text, budget)))]


def has_changes(jobs: Iterable[Job | Skipped | Failure]) -> bool:
    """Whether some of `jobs` are parts of a diff."""
    return any(isinstance(job, Job) and job.is_change for job in jobs)


def diff_jobs(
    text: str, name: Callable[[str], str] = lambda path: path, note: str = ""
) -> list[Job | Skipped]:
    """The jobs of a diff: a file each; `name` makes a path as it is to be shown.

    `note` is told with each of them.

    Raises:
        ReviewError: it cannot be read.
    """
    return [
        Skipped(changed.path, changed.skip_reason)
        if changed.skip_reason
        else _diff_job(changed, note)
        for changed in changed_files(text, name)
    ]


def _jobs_inside(source: FileSource) -> Sequence[Job | Skipped | Failure]:
    """The jobs of a file whose name does not tell what it holds. It is read once: what the
    shell opened, as in `<(git diff)`, cannot be read again."""
    try:
        text = read_file(source)
        if text.language == "diff":
            return diff_jobs(text.text, note=text.note)
    except (SourceRefused, ReviewError) as error:
        return [Failure(source.shown, str(error))]
    return [Job(source.shown, lambda budget: _code(text, budget), source.named)]


def _file_job(source: FileSource) -> Job:
    return Job(source.shown, lambda budget: _code(read_file(source), budget), source.named)


def _code(text: Text, budget: int) -> Reading:
    return Reading(code_passages(text.path, text.language, text.text, budget), text.note)


def _diff_job(changed: ChangedFile, note: str) -> Job:
    def read(budget: int) -> Reading:
        parts = [part for one in changed.passages for part in one.parts(budget)]
        return Reading(parts, note)

    return Job(changed.path, read, is_change=True)
