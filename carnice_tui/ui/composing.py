"""What you write, until it is sent: commands, files named with `@`, edits, and the draft."""

import asyncio
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from carnice_tui.core.errors import CarniceError
from carnice_tui.core.events import UserMessage
from carnice_tui.core.messages import Attachment
from carnice_tui.ui.attaching import files_kept, prepared, typed
from carnice_tui.ui.commands import BY_NAME, command_named, matching
from carnice_tui.ui.files import FileIndex
from carnice_tui.ui.history import Draft, History
from carnice_tui.ui.keys import key_of, with_keys

if TYPE_CHECKING:
    from carnice_tui.ui.screens.chat import ChatScreen

KEPT_AFTER = 1.0
"""Seconds from a change of the draft until it is on the disk: all that a kill can take."""

OFFERED = 8
"""Commands or files offered at once."""


class Composing:
    """Between the composer and the session: what is typed becomes a command or a message."""

    def __init__(self, screen: "ChatScreen", attachments: tuple[Attachment, ...]) -> None:
        self._screen = screen
        self._attachments = attachments
        """Files for the next message, given at the start."""
        self.history = History()
        self.files = FileIndex(Path.cwd())
        self.draft = Draft()
        self.drafted_for = screen.session.conversation
        """The conversation whose beginning `draft` holds."""
        self._kept = (self.drafted_for, "")
        """Which draft of which conversation is on the disk."""
        self._keeps_soon = False
        self._edited = ""
        """The message that is written anew, by its node."""
        self.aside = ""
        """What was being written when that began; it comes back after it."""

    @property
    def edited(self) -> str:
        """The node of the message that is written anew; empty: none is."""
        return self._edited

    # -- sending

    def submit(self, text: str) -> None:
        """Send it, or let it wait; a `/` line is a command."""
        if (name := command_named(text)) is not None:
            self._submit_command(name)
        elif (reading := self._screen.session.reading) is not None:
            self._screen.refused(CarniceError(reading.reason))
        else:
            self._submit_message(text)

    def _submit_command(self, name: str) -> None:
        if name in BY_NAME and BY_NAME[name].slash:
            self._screen.composer.clear()
            self._screen.action_do(name)
            return
        told = "lists all. A space before it sends it."
        self._screen.refused(
            CarniceError(f"There is no command /{name}: {key_of('app.palette')} {told}")
        )

    def _submit_message(self, typed_text: str) -> None:
        session = self._screen.session
        old = self._edited_message()
        mode = old.mode if old else session.mode
        try:
            text, files = prepared(typed_text, mode, self.files.root)
        except CarniceError as error:
            self._screen.refused(error)
            return
        if not session.private:
            self.history.add(typed_text)
        self._screen.composer.clear()
        self._screen.transcript.go_to_end()
        if old is not None:
            node = self._edited
            self.end_edit()
            session.edit(node, UserMessage(text, (*files_kept(old), *files), mode))
            return
        session.send(text, (*self._attachments, *files))
        self._attachments = ()

    # -- writing a message anew

    def begin_edit(self, node: str, message: UserMessage) -> None:
        """Let a message be written anew; sending it makes a second branch."""
        self.go_on_editing(node, typed(message))
        self._screen.transcript.browse(None)
        self._screen.composer.focus()
        told = with_keys("Editing: {composer.send} sends it as a branch, {interrupt} gives up.")
        self._screen.notify(told, timeout=4)

    def go_on_editing(self, node: str, text: str) -> None:
        """Have the message of `node` written anew, with `text` so far."""
        if not self._edited:
            self.aside = self._screen.composer.whole_text
        self._edited = node
        self._screen.composer.load(text)
        self._screen.show_status()

    def end_edit(self) -> None:
        """Be done with an edit, sent or given up: go on with what was being written before it."""
        if self._edited:
            self._edited = ""
            aside, self.aside = self.aside, ""
            self._screen.composer.load(aside)
            self._screen.show_status()

    def _edited_message(self) -> UserMessage | None:
        node = self._screen.session.conversation.tree.nodes.get(self._edited)
        opening = node.opening if node else None
        return opening if isinstance(opening, UserMessage) else None

    def step_out(self, step: int) -> None:
        """Up (-1) and down (1) at the edges: what waits, then what was sent before."""
        session, composer = self._screen.session, self._screen.composer
        if step < 0 and session.queue and not composer.text:
            taken = session.queue.pop()
            if taken.about is None:
                composer.load(taken.text)
            self._screen.session_changed()
            return
        found = self.history.step(step, composer.whole_text)
        if found is not None:
            composer.load(found)

    # -- what is offered while you type

    async def offer(self) -> None:
        """Offer what fits the `/` or the `@` that is being typed."""
        sign, begun = self._screen.composer.word()
        lines: list[tuple[str, str]] = []
        if sign == "/":
            lines = [(command.name, command.title) for command in matching(begun)]
        elif sign == "@":
            lines = [(path, "") for path in await self.files.find(begun, OFFERED)]
            if self._screen.composer.word() != (sign, begun):
                return  # typed on meanwhile: what fits that is asked for next
        self._show_offer(lines[:OFFERED])

    def steer(self, key: str) -> None:
        """Do "up", "down", "take" or "close" with what is offered."""
        suggestions, composer = self._screen.suggestions, self._screen.composer
        match key:
            case "up" | "down":
                suggestions.move(-1 if key == "up" else 1)
            case "take" if (value := suggestions.chosen) is not None:
                sign, _ = composer.word()
                self._show_offer([])
                if sign == "/":
                    composer.clear()
                    self._screen.action_do(value)
                elif sign:
                    composer.complete(sign, value)
            case _:
                self._show_offer([])

    def take_escape(self) -> bool:
        """Whether Esc was for what is offered, or for vi's keys."""
        if self._screen.composer.offering:
            self._show_offer([])
            return True
        if self._screen.composer.take_escape():
            self._screen.show_status()
            return True
        return False

    def _show_offer(self, lines: list[tuple[str, str]]) -> None:
        self._screen.suggestions.offer(lines)
        self._screen.composer.offering = bool(lines)

    # -- what is not sent yet

    def load_draft(self) -> None:
        """Take up what was written for a new conversation and not sent."""
        self.drafted_for = self._screen.session.conversation
        draft = self.draft.read()
        self._kept = (self.drafted_for, draft)
        self._screen.composer.load(draft)

    def unsent_changed(self) -> None:
        """What is typed or waits is different: it will be kept, should the app be killed."""
        if not self._keeps_soon:
            self._keeps_soon = True
            self._screen.set_timer(KEPT_AFTER, self._screen.keep_unsent)

    async def keep_unsent(self) -> None:
        """Write what is typed or waits to the disk, if it is not what was written last."""
        # Only here: it takes libraries that the first paint need not wait for.
        keeping = await asyncio.to_thread(import_module, "carnice_tui.ui.doing.keeping")
        self._keeps_soon = False
        unsent = (self._screen.session.conversation, keeping.unsent(self._screen))
        if unsent != self._kept:
            self._kept = unsent
            place = keeping.message_at_top(self._screen)
            await asyncio.to_thread(keeping.saving(self._screen, place))
