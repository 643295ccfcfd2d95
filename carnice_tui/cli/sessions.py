"""`carnice-chat sessions`: finding, reading, changing and moving what was said."""

import asyncio
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import click
import msgspec

from carnice_tui.cli import session_text
from carnice_tui.cli.boundary import say
from carnice_tui.cli.options import settings_of
from carnice_tui.cli.session_report import (
    Changed,
    each,
    json_text,
    print_lines,
    print_text,
    report,
    tell_problems,
)
from carnice_tui.cli.unwanted_words import UnwantedWords
from carnice_tui.core import paths
from carnice_tui.core.errors import UsageError
from carnice_tui.core.sanitize import sanitize
from carnice_tui.core.settings_file import load_settings
from carnice_tui.sessions import edit, trash
from carnice_tui.sessions.errors import SessionError
from carnice_tui.sessions.export.formats import FORMATS, format_of
from carnice_tui.sessions.export.openai import safe_json
from carnice_tui.sessions.imports.build import import_chat
from carnice_tui.sessions.imports.native import import_session, is_session
from carnice_tui.sessions.imports.read import read_chats
from carnice_tui.sessions.listing import find_session
from carnice_tui.sessions.query import moment
from carnice_tui.sessions.read import Session, read_messages, read_session
from carnice_tui.sessions.search import all_sessions, search
from carnice_tui.sessions.secrets import Redactor, told

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def sessions() -> None:
    """Find, read, change and move your conversations."""


@sessions.command("list")
@click.option("--trash", "from_trash", is_flag=True, help="Deleted ones.")
@click.option("-n", "--limit", type=click.IntRange(1), help="At most this many.")
@json_option
def list_(*, from_trash: bool, limit: int | None, as_json: bool) -> int:
    """List all sessions: pinned ones first, then newest first."""
    folder = paths.sessions_dir()
    found = trash.list_trash(folder) if from_trash else all_sessions(folder, progress())
    found = found[:limit]
    print_lines([json_text(found)] if as_json else session_text.table(found, _now()))
    if not found and not as_json:
        print_lines(["The trash is empty." if from_trash else "There are no sessions yet."])
    return 0


@sessions.command("search", cls=UnwantedWords)
@click.argument("words", nargs=-1, required=True)
@click.option("-n", "--limit", type=click.IntRange(1), default=20, show_default=True)
@json_option
def search_(*, words: tuple[str, ...], limit: int, as_json: bool) -> int:
    """Find sessions: words, "phrases", -without, begin*, title: model: mode: after: before:."""
    found = search(paths.sessions_dir(), " ".join(words), limit=limit, progress=progress())
    bold = sys.stdout.isatty()
    print_lines([json_text(found)] if as_json else session_text.hits(found, _now(), bold=bold))
    if not found and not as_json:
        print_lines(["Nothing was found."])
    return 0 if found else 1


@sessions.command()
@click.argument("wanted", metavar="ID")
@json_option
def show(*, wanted: str, as_json: bool) -> int:
    """Print a session: what was said on its present branch."""
    session = read_messages(_find(wanted))
    writer, _ = FORMATS["json" if as_json else "text"]
    print_text(writer(session))
    tell_problems(session)
    return 0


@sessions.command()
@click.argument("wanted", metavar="ID")
@click.argument("title", nargs=-1, required=True)
@json_option
def rename(*, wanted: str, title: tuple[str, ...], as_json: bool) -> int:
    """Give a session another title."""
    path = _own(wanted)
    edit.rename(path, " ".join(title))
    return report([_changed(path, "renamed")], as_json=as_json)


@sessions.command()
@click.argument("wanted", metavar="ID")
@click.option("--off", is_flag=True, help="Let it go again.")
@json_option
def pin(*, wanted: str, off: bool, as_json: bool) -> int:
    """Keep a session at the top of the list."""
    path = _own(wanted)
    (edit.unpin if off else edit.pin)(path)
    return report([_changed(path, "unpinned" if off else "pinned")], as_json=as_json)


@sessions.command()
@click.argument("wanted", metavar="[ID]...", nargs=-1)
@click.option("--older-than", metavar="AGE", help="All that were not written for 30d, 8w, 1y.")
@click.option("--forever", is_flag=True, help="Not to the trash: with no way back.")
@click.option("--empty-trash", is_flag=True, help="Remove what is in the trash, with no way back.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@json_option
def rm(
    *,
    wanted: tuple[str, ...],
    older_than: str | None,
    forever: bool,
    empty_trash: bool,
    yes: bool,
    as_json: bool,
) -> int:
    """Move sessions to the trash."""
    doomed = [_listed(one) for one in wanted] + (_older(older_than) if older_than else [])
    if not doomed and not empty_trash and older_than is None:
        raise UsageError("Which session? Give an id, --older-than AGE or --empty-trash.")
    if (forever or empty_trash) and not yes:
        many = f"{len(doomed)} sessions" if forever else "what is in the trash"
        click.confirm(f"Remove {many} with no way back?", abort=True, err=True)
    done, refused = each(dict.fromkeys(doomed), _removed if forever else _thrown_away)
    if empty_trash:
        number = trash.empty_trash(paths.sessions_dir())
        done.append(Changed("", str(trash.trash_folder(paths.sessions_dir())), f"{number} removed"))
    return report(done, as_json=as_json, refused=refused)


def _removed(path: Path) -> list[Changed]:
    trash.remove_for_good(path)
    return [_changed(path, "removed")]


def _thrown_away(path: Path) -> list[Changed]:
    return [_changed(trash.throw_away(path, _now().date()), "moved to the trash")]


@sessions.command()
@click.argument("wanted", metavar="ID")
@json_option
def restore(*, wanted: str, as_json: bool) -> int:
    """Bring a session back from the trash."""
    path = trash.restore(wanted, paths.sessions_dir())
    return report([_changed(path, "restored")], as_json=as_json)


@sessions.command()
@click.argument("wanted", metavar="ID")
@click.option("-f", "--format", "name", default="", help=f"One of {', '.join(FORMATS)}, svg.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="A file; else it is printed.")
@click.option("--name", "new_id", help="With --format jsonl: the id it gets, for an example.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@json_option
def export(
    *,
    wanted: str,
    name: str,
    output: Path | None,
    new_id: str | None,
    force: bool,
    as_json: bool,
) -> int:
    """Write a session in another format: Markdown unless the file's name says otherwise."""
    path = _find(wanted)
    session = read_session(path)
    tell_problems(session)
    if new_id:
        # Where it was recorded is nobody's business.
        header = msgspec.structs.replace(session.header, id=new_id, cwd="")
        session = replace(session, header=header)
    written = _written(session, name or ("json" if as_json and output is None else ""), output)
    if output is None:
        print_text(written)
        return 0
    try:
        with output.open("w" if force else "x", encoding="utf-8", newline="") as file:
            file.writelines(written)
    except FileExistsError:
        raise SessionError(f"{output} is there already: --force writes over it.") from None
    except OSError as error:
        raise SessionError(f"{output} can't be written: {error.strerror}.") from error
    return report([Changed(path.stem, str(output), "exported")], as_json=as_json)


def _written(session: Session, name: str, output: Path | None) -> Iterable[str]:
    """The session in the format called `name`, else the one that the file's name says."""
    suffix = output.suffix if output is not None else ".md"
    if name == "svg" or (not name and suffix.lower() == ".svg"):
        # A picture is painted by the app itself, which nothing else here needs.
        from carnice_tui.ui.pictures import last_screen

        return [asyncio.run(last_screen(session, load_settings().settings))]
    writer, _ = FORMATS[format_of(name, suffix)]
    return writer(session)


@sessions.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
@click.pass_context
def import_(ctx: click.Context, *, files: tuple[Path, ...], as_json: bool) -> int:
    """Take in chats: OpenAI-style JSON, logs of mlx_lm.server, llm's logs.db, Hermes' state.db."""
    folder = paths.sessions_dir()
    redactor = Redactor() if settings_of(ctx).settings.sessions.redact_secrets else None

    def take(file: Path) -> list[Changed]:
        def note(text: str) -> None:
            say(f"{file}: {text}.")

        if is_session(file):
            session = read_session(file)
            tell_problems(session)
            made = [import_session(session, folder)]
        else:
            made = [import_chat(chat, folder, redactor) for chat in read_chats(file, note)]
        return [_changed(path, f"imported from {file.name}") for path in made]

    done, refused = each(files, take)
    if redactor is not None and redactor.found:
        say(f"Masked before saving: {told(redactor.found)}.")
    return report(done, as_json=as_json, refused=refused)


@sessions.command()
@click.argument("wanted", metavar="[ID]", required=False)
@json_option
def path(*, wanted: str | None, as_json: bool) -> int:
    """Print where sessions lie, or the file of one."""
    found = _find(wanted) if wanted else paths.sessions_dir()
    print_lines([safe_json({"path": str(found)}) if as_json else _as_path(found)])
    return 0


@sessions.command()
@json_option
def stats(*, as_json: bool) -> int:
    """Sum up all sessions: turns, tokens, time, size, models."""
    found = all_sessions(paths.sessions_dir(), progress())
    print_lines([json_text(found)] if as_json else session_text.figures(found))
    return 0


def progress() -> Callable[[int, int], None] | None:
    """Says on a terminal how far the index is; nothing where nobody looks."""
    if not sys.stderr.isatty():
        return None

    def show(done: int, total: int) -> None:
        end = "\r\x1b[K" if done >= total else ""
        sys.stderr.write(f"\rReading sessions: {done * 100 // max(1, total)} %{end}")
        sys.stderr.flush()

    return show


def _find(wanted: str) -> Path:
    return find_session(wanted, paths.sessions_dir())


def _as_path(path: Path) -> str:
    """A path for a person, or exactly as it is for the program that reads the pipe."""
    return sanitize(str(path)) if sys.stdout.isatty() else str(path)


def _own(wanted: str) -> Path:
    """A session that may be changed: not one of the shipped examples."""
    found = _find(wanted)
    if found.parent == paths.shipped("sessions"):
        raise SessionError(f"{found.stem} is an example that came with the app: it stays as it is.")
    return found


def _listed(wanted: str) -> Path:
    """One of the sessions that are listed: what lies elsewhere could not be restored."""
    found = _own(wanted)
    folder = paths.sessions_dir()
    if found.parent.resolve() != folder.resolve():
        raise SessionError(f"{found} is not among your sessions in {folder}: remove it yourself.")
    return found


def _older(age: str) -> list[Path]:
    now = _now()
    limit = moment(age, now)
    if limit > now - timedelta(hours=1):
        raise UsageError(f"--older-than {age!r} would take everything: write 30d, 8w or 1y.")
    known = all_sessions(paths.sessions_dir(), progress())
    return [info.path for info in known if info.updated < limit.timestamp() and not info.pinned]


def _changed(path: Path, done: str) -> Changed:
    return Changed(path.stem, str(path), done)


def _now() -> datetime:
    return datetime.now().astimezone()
