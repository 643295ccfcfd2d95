"""What can be done about a finding: go to its line, copy its FIX, ask why, ask for a patch."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from carnice_tui.core import paths
from carnice_tui.core.errors import CarniceError
from carnice_tui.core.events import Notice, UserMessage
from carnice_tui.core.finding import Finding
from carnice_tui.core.messages import fenced
from carnice_tui.review import prompt
from carnice_tui.review.patch import apply_diff
from carnice_tui.ui.doing.copying import copy_text
from carnice_tui.ui.editor import at_line, editor, run_editor
from carnice_tui.ui.keys import with_keys
from carnice_tui.ui.screens.asking import ask
from carnice_tui.ui.screens.picker import Choice, Picker
from carnice_tui.ui.screens.sheet import show_sheet
from carnice_tui.ui.transcript.finding_card import FindingEntry, PatchEntry

if TYPE_CHECKING:
    from carnice_tui.ui.screens.chat import ChatScreen

_AROUND = 12
"""Lines of code shown on each side of the one that is wrong: half a small screen."""


async def list_findings(screen: "ChatScreen") -> None:
    """All findings of this conversation; choosing one goes to its card."""
    cards = [
        (index, entry.finding)
        for index, entry in enumerate(screen.thread.entries)
        if isinstance(entry, FindingEntry)
    ]
    if not cards:
        screen.notify(with_keys("Nothing was found here yet: {bugs} is the bug finder."))
        return
    choices = [Choice(str(index), _line(finding), _sure(finding)) for index, finding in cards]
    chosen = await ask(screen, Picker(f"Findings · {len(cards)}", choices))
    if chosen is not None:
        screen.transcript.focus()
        screen.transcript.browse(int(chosen))


def _line(finding: Finding) -> str:
    where = f"{finding.path}:{finding.lines}" if finding.path else f"line {finding.lines}"
    return f"{where} · {finding.bug}"


def _sure(finding: Finding) -> str:
    return "" if finding.confidence is None else f"{finding.confidence:.0%}"


async def open_at_line(screen: "ChatScreen") -> None:
    """The line in the editor, or on a sheet where there is no file."""
    finding = _finding(screen)
    if finding is None:
        return
    path = Path(finding.path)
    if not finding.path or not _is_file(path):
        await _show_code(screen, finding)
        return
    try:
        await run_editor(screen, at_line(editor(), path, finding.first_line))
    except CarniceError as error:
        screen.refused(error)
        await _show_code(screen, finding)


def _is_file(path: Path) -> bool:
    return path.is_file()


async def _show_code(screen: "ChatScreen", finding: Finding) -> None:
    source, begins = _source(screen, finding)
    first = max(0, finding.first_line - 1 - _AROUND)
    marked = [
        f"{'>' if finding.first_line <= number <= finding.last_line else ' '} {number:>4} {line}"
        for number, line in enumerate(source.split("\n"), begins)
        if first < number <= finding.last_line + _AROUND
    ]
    sheet = f"**BUG** {finding.bug}\n\n{fenced(chr(10).join(marked), finding.language)}\n"
    title = f"Line {finding.lines} · {finding.path or 'pasted code'}"
    await show_sheet(screen, title, sheet, screen.transcript.window.look)


def _source(screen: "ChatScreen", finding: Finding) -> tuple[str, int]:
    """The code that the finding is about, as it was sent, and the number of its first line."""
    for node in reversed(screen.session.conversation.tree.path()):
        opening = node.opening
        if not isinstance(opening, UserMessage) or opening.about is not None:
            continue
        if not finding.path and (asked := prompt.asked_code(opening.text)):
            return asked[0], 1
        for file in opening.attachments:
            if file.name == finding.path:
                return file.text, 1
    return finding.code, finding.first_line


async def copy_fix(screen: "ChatScreen") -> None:
    """The FIX line."""
    finding = _finding(screen)
    if finding is not None:
        await copy_text(screen, finding.fix)


def explain(screen: "ChatScreen") -> None:
    """Ask the model why it is wrong."""
    _ask(screen, screen.session.explain)


def suggest(screen: "ChatScreen") -> None:
    """Ask the model for a patch."""
    _ask(screen, screen.session.suggest)


def _ask(screen: "ChatScreen", question: Callable[[Finding], None]) -> None:
    finding = _finding(screen)
    if finding is not None:
        screen.transcript.go_to_end()
        question(finding)


async def apply(screen: "ChatScreen") -> None:
    """Apply the patch browsed, or the last one, after a question."""
    card = screen.transcript.browsed_entry()
    if not isinstance(card, PatchEntry):
        patches = [e for e in screen.thread.entries if isinstance(e, PatchEntry)]
        card = patches[-1] if patches else None
    if card is None or not card.path:
        screen.notify("There is no patch of a file here: ask for one first.")
        return
    choices = [
        Choice("yes", f"Change {card.path}", "an undo patch is kept"),
        Choice("no", "Leave it as it is"),
    ]
    if await ask(screen, Picker("Apply the patch?", choices, chosen="no")) != "yes":
        return
    try:
        undo = await asyncio.to_thread(
            apply_diff, card.diff, Path(card.path), paths.state_dir() / "undo"
        )
    except CarniceError as error:
        screen.notify(f"Not applied: {error}.", severity="warning", timeout=8)
        return
    screen.tell(Notice("info", f"{card.path} is patched. To undo it: git apply {undo}"))


def _finding(screen: "ChatScreen") -> Finding | None:
    """The finding browsed, else the newest."""
    card = screen.transcript.browsed_entry()
    if isinstance(card, FindingEntry):
        return card.finding
    for entry in reversed(screen.thread.entries):
        if isinstance(entry, FindingEntry):
            return entry.finding
    screen.notify(with_keys("Nothing was found here yet: {bugs} is the bug finder."))
    return None
