"""Opening a session and leaving it: its end at once, then all of it, as it was left."""

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from carnice_tui.core.errors import CarniceError
from carnice_tui.core.events import Notice, PinChanged, TitleChanged
from carnice_tui.core.paths import state_dir
from carnice_tui.sessions.errors import SessionError, SessionLocked
from carnice_tui.sessions.fork import fork
from carnice_tui.sessions.resume import Resumed, resume
from carnice_tui.sessions.tail import read_tail
from carnice_tui.sessions.view import load_view
from carnice_tui.ui.beginning import Opening
from carnice_tui.ui.doing.keeping import keep_view
from carnice_tui.ui.doing.playing import play
from carnice_tui.ui.doing.waiting import is_answering
from carnice_tui.ui.keys import key_of
from carnice_tui.ui.reading_place import go_to_place, place_of, unfold
from carnice_tui.ui.screens.asking import ask
from carnice_tui.ui.screens.picker import Choice, Picker
from carnice_tui.ui.screens.sessions import Present, SessionsScreen
from carnice_tui.ui.session import Reading
from carnice_tui.ui.setup import SessionSink
from carnice_tui.ui.transcript.thread import Thread

if TYPE_CHECKING:
    from carnice_tui.engine.conversation import Conversation
    from carnice_tui.ui.screens.chat import ChatScreen


async def show_sessions(screen: "ChatScreen") -> None:
    """Choose another conversation."""
    if is_answering(screen):
        return
    chosen = await _choose(screen)
    if chosen is not None:
        await open_session(screen, Opening(chosen))


async def _choose(screen: "ChatScreen") -> Path | None:
    """The session to open; those that are played meanwhile come back to the list."""
    while True:
        present = Present(screen.session.file, partial(_change_present, screen))
        sessions = SessionsScreen(screen.sessions_folder, present)
        chosen = await ask(screen, sessions)
        if chosen is None or chosen.to == "open":
            return chosen.path if chosen is not None else None
        await play(screen, chosen.path)


async def _change_present(screen: "ChatScreen", change: TitleChanged | PinChanged) -> None:
    """Rename or pin the conversation that is open here, as any other."""
    conversation = screen.session.conversation
    match change:
        case TitleChanged(title=title):
            conversation.rename(title)
        case PinChanged(pinned=pinned):
            conversation.pin(pinned=pinned)
    await screen.session.saved.flush()


async def open_first(screen: "ChatScreen", opening: Opening) -> None:
    """What the app was started with; the model comes once it is known which."""
    if opening.path is None:
        opening = Opening(await _choose(screen), None, opening.given)
    if opening.path is None or not await open_session(screen, opening):
        screen.start_anew()
    elif not screen.session.has_model_coming and not screen.session.lacks_model:
        screen.session.load()


async def open_session(screen: "ChatScreen", opening: Opening) -> bool:
    """Go on with another conversation; whether it could be opened."""
    session, path = screen.session, opening.path
    if path is None or path == session.file:
        return path is not None
    try:
        tail = await asyncio.to_thread(read_tail, path)
    except CarniceError as error:
        screen.refused(error)
        return False
    keep_view(screen)
    await session.saved.close()
    session.preview(tail.records)
    screen.conversation_replaced()
    view = await asyncio.to_thread(load_view, state_dir(), path.stem)
    go_to_place(screen.transcript, view.node, view.line)
    try:
        resumed = await asyncio.to_thread(resume, path, state_dir(), opening.turn)
    except CarniceError as error:
        screen.refused(error)
        session.new_conversation()
        screen.conversation_replaced()
        return False
    kept = await _kept_by(screen, resumed)
    if kept == "copy":
        return await _open_copy(screen, resumed)
    reading = kept if isinstance(kept, Reading) else None
    log = None if isinstance(kept, Reading) else kept
    await _take_up(screen, resumed, log, opening.given)
    await _take_model(screen, resumed.settings.model, opening.given)
    if reading is not None:
        session.only_read(reading)
        screen.tell(Notice("warning", reading.reason))
    return True


async def fork_session(screen: "ChatScreen") -> None:
    """Go on in a copy of this session, up to the message browsed."""
    await _go_on_in_copy(screen, _turn_of(screen, screen.transcript.browsed_node()))


async def edit_in_copy(screen: "ChatScreen") -> None:
    """Send the message that is written anew in a copy of this session, which stays as it is."""
    composing = screen.composing
    node, text = composing.edited, screen.composer.whole_text
    if not node:
        told = "Nothing is being edited: the key for that puts a message of yours in here."
        screen.notify(told)
        return
    composing.end_edit()
    is_copy = await _go_on_in_copy(screen, _turn_of(screen, node))
    composing.go_on_editing(node, text)
    if is_copy:
        composing.submit(text)


async def _go_on_in_copy(screen: "ChatScreen", turn: int | None) -> bool:
    session = screen.session
    if is_answering(screen):
        return False
    if session.opening:
        screen.notify("The session is still being read: wait a moment.")
        return False
    file = session.file
    if file is None:
        screen.notify("Nothing of this conversation is saved, so it has no copy.")
        return False
    try:
        await session.saved.flush()
        copy = await asyncio.to_thread(fork, file, screen.sessions_folder, turn)
    except CarniceError as error:
        screen.refused(error)
        return False
    if not await open_session(screen, Opening(copy)):
        return False
    screen.notify(f"This is a copy, {copy.stem}.")
    return True


async def _take_up(
    screen: "ChatScreen", resumed: Resumed, log: SessionSink | None, given: frozenset[str]
) -> None:
    session, view = screen.session, resumed.view
    settings = resumed.settings.over(screen.settings, given)
    mode = session.mode if "mode" in given else resumed.settings.mode
    shown = Thread(screen.thread.thinking, calm=screen.thread.calm)

    def make() -> "Conversation":
        conversation = session.taken_up(resumed, settings, mode)
        shown.show(conversation.tree)
        return conversation

    conversation = await asyncio.to_thread(make)
    reads_on = place_of(screen.transcript)
    typed, waiting = screen.composer.whole_text, list(session.queue)
    session.take_up(conversation, resumed.session.path, settings, mode, log)
    screen.conversation_replaced(shown)
    unfold(screen.transcript, view.unfolded)
    if not go_to_place(screen.transcript, *reads_on):
        go_to_place(screen.transcript, view.node, view.line)
    screen.composer.load("\n".join(filter(None, (view.draft, typed))))
    for message in waiting:
        session.send(message.text, message.attachments)
    if problems := resumed.session.problems.summary():
        screen.tell(Notice("warning", problems))


async def _kept_by(
    screen: "ChatScreen", resumed: Resumed
) -> SessionSink | Reading | Literal["copy"] | None:
    """What saves the session from now on (None: nothing is saved), why it is only read, or that
    a copy of it is wanted."""
    path = resumed.session.path
    if screen.session.private:
        return None
    if path.parent != screen.sessions_folder:
        return Reading("This is an example: /fork goes on in a copy of your own.", "copy")
    try:
        return await asyncio.to_thread(screen.setup.reopen_log, path, screen.tell)
    except SessionLocked:
        choices = [
            Choice("read", "Only read it here"),
            Choice("copy", "Go on in a copy", "both stay"),
        ]
        title = "This session is open in another carnice-chat"
        if await ask(screen, Picker(title, choices)) == "copy":
            return "copy"
        return Reading(
            "Open in another carnice-chat, so it is only read here: /fork goes on in a copy.",
            "copy",
        )
    except SessionError as error:
        return Reading(str(error), "copy")


async def _open_copy(screen: "ChatScreen", resumed: Resumed) -> bool:
    try:
        copy = await asyncio.to_thread(fork, resumed.session.path, screen.sessions_folder)
    except CarniceError as error:
        screen.refused(error)
        return False
    return await open_session(screen, Opening(copy))


async def _take_model(screen: "ChatScreen", model: str, given: frozenset[str]) -> None:
    """The model the session was held with, if it is here; else it is only read."""
    session = screen.session
    if not model or "model" in given or model == session.model:
        return
    if await asyncio.to_thread(screen.setup.is_here, model):
        session.load(model)
        return
    reason = (
        f"This conversation was held with {model}, which is not on this machine. "
        f"{key_of('model')} chooses another model to go on with; carnice-chat models pull {model} "
        "fetches it."
    )
    session.only_read(Reading(reason, "model"))
    screen.tell(Notice("warning", reason))


def _turn_of(screen: "ChatScreen", node: str) -> int | None:
    """The number of the turn that the message `node` is in, from 1."""
    path = screen.session.conversation.tree.path()
    ids = [one.id for one in path]
    if node not in ids:
        return None
    return sum(one.role == "user" for one in path[: ids.index(node) + 1]) or None
