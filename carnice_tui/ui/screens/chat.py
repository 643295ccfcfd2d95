"""The chat: the transcript, what waits, the composer and the status line."""

import asyncio
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from carnice_tui.core.errors import CarniceError
from carnice_tui.core.events import EngineFailed, Event, ModelLoaded, Notice, Record
from carnice_tui.core.settings import ThinkingView
from carnice_tui.review.prompt import question
from carnice_tui.ui.feed import Feed
from carnice_tui.ui.figures import Figures
from carnice_tui.ui.session import ChatSession
from carnice_tui.ui.setup import AppSetup
from carnice_tui.ui.transcript import cards
from carnice_tui.ui.transcript.look import Look
from carnice_tui.ui.transcript.thread import Thread, coalesced
from carnice_tui.ui.transcript.view import Transcript
from carnice_tui.ui.transcript.welcome import welcome
from carnice_tui.ui.widgets.composer import Composer
from carnice_tui.ui.widgets.queue import QueueLine
from carnice_tui.ui.widgets.status import StatusLine

VIEWS: tuple[ThinkingView, ...] = ("collapsed", "tail", "full")

STATUS_EVERY = 0.25
"""Seconds between two looks at the live figures: faster numbers cannot be read."""


class ChatScreen(Screen[None]):
    """Shows a session, and hands what you do to it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "interrupt", "Interrupt", priority=True),
        Binding("f2", "toggle_bugs", "Bug finder", priority=True),
        Binding("f6", "answer_now", "Answer now", priority=True),
        Binding("ctrl+t", "thinking_view", "Fold thinking", priority=True),
        Binding("ctrl+n", "new_conversation", "New conversation", priority=True),
        Binding("pageup", "page(-1)", "Page up", priority=True, show=False),
        Binding("pagedown", "page(1)", "Page down", priority=True, show=False),
        Binding("ctrl+up", "lines(-1)", "Line up", priority=True, show=False),
        Binding("ctrl+down", "lines(1)", "Line down", priority=True, show=False),
        Binding("ctrl+home", "go_to_start", "First message", priority=True, show=False),
        Binding("ctrl+end", "go_to_end", "Newest message", priority=True, show=False),
    ]

    def __init__(self, setup: AppSetup, look: Look) -> None:
        """Raises SessionError where the session cannot be written."""
        super().__init__()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._untold: list[Notice] = []
        self._welcomes = False
        self._setup = setup
        self.figures = Figures()
        self.thread = Thread(setup.settings.ui.show_thinking)
        self.feed = Feed(self._apply, self._paint)
        self.transcript = Transcript(self.thread, look)
        self.composer = Composer()
        self.queue_line = QueueLine()
        self.status = StatusLine()
        self.session = ChatSession(setup, self.feed, self, setup.open_log(self.tell))
        self._attachments = setup.attachments

    def compose(self) -> ComposeResult:
        """Top to bottom."""
        yield self.transcript
        yield self.queue_line
        yield self.composer
        yield self.status

    def on_mount(self) -> None:
        """Show what there is, then let the model come."""
        self._loop = asyncio.get_running_loop()
        for notice in self._untold:
            self._tell(notice)
        self._show_tree()
        self.composer.focus()
        self.session_changed()
        self.set_interval(STATUS_EVERY, self._show_status)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self.session.load()

    # -- what the session tells

    def session_changed(self) -> None:
        """State, queue or load progress are different."""
        if self.is_mounted:
            self.queue_line.show(self.session.queue)
            self._show_status()

    def load_event(self, event: Event) -> None:
        """A model came in, or did not."""
        if isinstance(event, EngineFailed):
            self.thread.note(cards.failure("", event))
            self.transcript.content_grew()
        elif isinstance(event, ModelLoaded):
            self.session_changed()

    def tell(self, notice: Notice) -> None:
        """Show a notice, from whatever thread it comes."""
        if self._loop is None:
            self._untold.append(notice)
        else:
            self._loop.call_soon_threadsafe(self._tell, notice)

    def _tell(self, notice: Notice) -> None:
        self.thread.note(cards.notice("", notice))
        self.transcript.content_grew()

    def refused(self, error: CarniceError) -> None:
        """Something cannot be done now."""
        self.notify(str(error), severity="warning", markup=False)

    def _apply(self, records: list[Record]) -> None:
        if self._welcomes:
            self._welcomes = False
            self.thread.entries.clear()
        for record in records:
            self.figures.take(record)
        for record in coalesced(records):
            if not self.thread.continues(record):
                self.feed.clear()
                self._show_tree()
                return
            self.thread.apply(record)

    def _paint(self) -> None:
        self.transcript.content_grew()

    def _show_tree(self) -> None:
        tree = self.session.conversation.tree
        self.thread.show(tree)
        self._welcomes = not self.thread.entries
        if self._welcomes:
            self.thread.entries.extend(welcome(self.session.mode))
        self.transcript.replaced()

    def _show_status(self) -> None:
        self.status.show(self.session, self.figures)

    # -- what you do

    def on_composer_submitted(self, event: Composer.Submitted) -> None:
        """Send it, or let it wait."""
        text = event.text
        if self.session.mode == "bugs" and "```" not in text:
            text = question(text)
        self.composer.clear()
        self.transcript.go_to_end()
        self.session.send(text, self._attachments)
        self._attachments = ()

    def action_interrupt(self) -> None:
        """Stop the answer; else back to the composer."""
        if not self.session.interrupt():
            self.composer.focus()

    def action_answer_now(self) -> None:
        """Let the model stop thinking."""
        self.session.answer_now()

    def action_toggle_bugs(self) -> None:
        """Chat, or find bugs."""
        self.session.set_mode("chat" if self.session.mode == "bugs" else "bugs")
        if self.session.conversation.tree.tip == "":
            self._show_tree()

    def action_thinking_view(self) -> None:
        """Collapsed, its end, all of it."""
        at = VIEWS.index(self.thread.thinking)
        self.thread.show_thinking(VIEWS[(at + 1) % len(VIEWS)])
        self.transcript.refolded()

    def action_new_conversation(self) -> None:
        """Begin anew."""
        self.session.new_conversation()
        self.figures = Figures()
        self._show_tree()

    def on_composer_left(self, event: Composer.Left) -> None:
        """Up from the empty composer: take back the last message that waits."""
        if event.step < 0 and self.session.queue and not self.composer.text:
            self.composer.text = self.session.queue.pop().text
            self.composer.move_cursor(self.composer.document.end)
            self.session_changed()

    def action_page(self, pages: int) -> None:
        """Scroll by screens."""
        self.transcript.scroll_pages(pages)

    def action_lines(self, lines: int) -> None:
        """Scroll by lines."""
        self.transcript.scroll_lines(lines)

    def action_go_to_start(self) -> None:
        """The first message."""
        self.transcript.go_to_start()

    def action_go_to_end(self) -> None:
        """The newest."""
        self.transcript.go_to_end()
