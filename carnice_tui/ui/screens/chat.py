"""The chat: the transcript, what waits, the composer and the status line."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import ClassVar, cast

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from carnice_tui.core import paths
from carnice_tui.core.errors import CarniceError
from carnice_tui.core.events import (
    ApprovalAsked,
    EngineFailed,
    Event,
    ModelLoaded,
    Notice,
    Record,
    TitleChanged,
    TurnFinished,
)
from carnice_tui.core.settings import Settings
from carnice_tui.ui.commands import BY_NAME, bindings
from carnice_tui.ui.composing import Composing
from carnice_tui.ui.doing.registry import do, import_all
from carnice_tui.ui.enduring import Enduring
from carnice_tui.ui.feed import FASTEST, SLOWEST, Feed
from carnice_tui.ui.figures import Figures
from carnice_tui.ui.idle import why_idle
from carnice_tui.ui.screens.asking import app_of
from carnice_tui.ui.session import ChatSession
from carnice_tui.ui.setting_values import carried_over
from carnice_tui.ui.setup import AppSetup
from carnice_tui.ui.themed import ThemedApp
from carnice_tui.ui.transcript import cards
from carnice_tui.ui.transcript.entry import Entry
from carnice_tui.ui.transcript.look import Look
from carnice_tui.ui.transcript.thread import Thread
from carnice_tui.ui.transcript.view import Transcript
from carnice_tui.ui.transcript.welcome import welcome
from carnice_tui.ui.trouble import survives, told
from carnice_tui.ui.widgets.composer import Composer
from carnice_tui.ui.widgets.queue import QueueLine
from carnice_tui.ui.widgets.status import StatusLine
from carnice_tui.ui.widgets.suggestions import Suggestions
from carnice_tui.ui.words import placeholder

STATUS_EVERY = 0.25
"""Seconds between two looks at the live figures: faster numbers cannot be read."""

TYPED_WITHIN = 0.5
"""Seconds in which the composer has taken the keys that are on their way to it."""


class ChatScreen(Enduring, Screen[None]):
    """Shows a session, and hands what you do to it."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings()]

    def __init__(self, setup: AppSetup, look: Look) -> None:
        super().__init__()
        self.setup = setup
        self.settings: Settings = setup.settings
        self.sessions_folder: Path = paths.sessions_dir()
        self.figures = Figures()
        wishes = setup.settings.ui
        self.thread = Thread(wishes.show_thinking, calm=wishes.screen_reader)
        still = wishes.reduced_motion or wishes.screen_reader
        self.feed = Feed(self._apply, self._paint, SLOWEST if still else FASTEST)
        self.transcript = Transcript(self.thread, look)
        self.suggestions = Suggestions()
        self.composer = Composer()
        self.queue_line = QueueLine()
        self.status = StatusLine(calm=wishes.screen_reader)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._untold: list[Notice] = []
        self._welcome: list[Entry] = []
        self.session = ChatSession(setup, self.feed, self)
        self.composing = Composing(self, setup.attachments)

    @property
    def themed_app(self) -> ThemedApp:
        """The app, with its themes."""
        return cast("ThemedApp", app_of(self))

    def compose(self) -> ComposeResult:
        """Top to bottom."""
        yield self.transcript
        yield self.queue_line
        yield self.suggestions
        yield self.composer
        yield self.status

    def on_mount(self) -> None:
        """Show what there is, then let the model come."""
        self._loop = asyncio.get_running_loop()
        self.show_tree()
        for notice in self._untold:
            self._tell(notice)
        if self.setup.opening is None:
            self.composing.load_draft()
        self.composer.use_vim_keys(wanted=self.settings.ui.vim_keys)
        self.composer.cursor_blink = self.themed_app.animation_level != "none"
        self.composer.focus()
        self.session_changed()
        self.set_interval(STATUS_EVERY, self.show_status)
        self.call_after_refresh(self._begin)

    @work(group="commands")
    async def _begin(self) -> None:
        self._index_files()
        self._make_ready()
        if self.setup.opening is None:
            self.session.load()
        else:
            # Only here: reading sessions takes libraries that the first paint need not wait for.
            from carnice_tui.ui.doing.opening import open_first

            try:
                await open_first(self, self.setup.opening)
            except Exception as error:
                self._troubled("Opening the session", error)
                self.start_anew()

    def start_anew(self) -> None:
        """A conversation of its own, where none was taken up."""
        self.composing.load_draft()
        self.session.load()

    @work(group="ready")
    @survives("Getting the commands ready")
    async def _make_ready(self) -> None:
        await asyncio.to_thread(import_all)

    @work(exclusive=True, group="index")
    @survives("Looking which files there are")
    async def _index_files(self) -> None:
        await self.composing.files.build()

    async def leave(self) -> None:
        """Keep the draft, save, end the engine, and close the app."""
        from carnice_tui.ui.doing.keeping import keep_view

        await self.typed_so_far()
        try:
            keep_view(self)
            await self.session.close()
        finally:
            self.themed_app.exit()  # whatever breaks: one who leaves is not kept

    @work(group="draft")
    @survives("Keeping the draft")
    async def keep_unsent(self) -> None:
        """Write what is typed or waits to the disk."""
        await self.composing.keep_unsent()

    async def typed_so_far(self) -> None:
        """Wait until the composer has the keys that a command's own has overtaken."""
        typed = asyncio.Event()
        self.composer.call_later(typed.set)
        with suppress(TimeoutError):
            async with asyncio.timeout(TYPED_WITHIN):
                await typed.wait()

    # -- what the session tells

    def session_changed(self) -> None:
        """State, queue or load progress are different."""
        if self.is_mounted:
            self.composing.unsent_changed()
            self.queue_line.show(self.session.queue)
            self.show_status()

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
        self.notify(str(error), severity="warning")

    # -- showing

    def _apply(self, records: list[Record]) -> None:
        if self._welcome and any(record.parent is not None for record in records):
            kept = [entry for entry in self.thread.entries if entry not in self._welcome]
            self.thread.entries[:] = kept  # the window looks at this very list
            self._welcome = []
        for record in records:
            self.figures.take(record)
            if isinstance(record.event, TurnFinished):
                self.themed_app.attend(self.figures)
            elif isinstance(record.event, ApprovalAsked):
                self.themed_app.ask_back()
            elif isinstance(record.event, TitleChanged):
                self.themed_app.entitle(record.event.title)
        if not self.thread.follow(records):
            self.feed.clear()
            self.show_tree()

    def _paint(self) -> None:
        self.transcript.content_grew()

    def show_tree(self, shown: Thread | None = None) -> None:
        """Show the branch that the conversation is on, made anew or `shown` already elsewhere."""
        self.feed.clear()
        self.composer.placeholder = placeholder(self.session.mode)
        if shown is None:
            self.thread.show(self.session.conversation.tree)
        else:
            self.thread.adopt(shown)
        if not self.session.conversation.busy:
            self.thread.settle()
        self._welcome = []
        if not self.thread.entries:
            self._welcome = list(welcome(self.session.mode, self.settings.remote.base_url))
            self.thread.entries.extend(self._welcome)
        self.transcript.replaced()

    def show_mode(self) -> None:
        """The mode is another: the empty state and the composer say so."""
        self.composer.placeholder = placeholder(self.session.mode)
        if self._welcome:
            self.show_tree()

    def show_status(self) -> None:
        """The state and the live figures, as they are now."""
        editing = "editing" if self.composing.edited else ""
        self.status.show(self.session, self.figures, editing, self.composer.mode)

    # -- composing

    def on_composer_submitted(self, event: Composer.Submitted) -> None:
        """Enter was pressed."""
        self.composing.submit(event.text)

    def on_composer_left(self, event: Composer.Left) -> None:
        """Up or down at an edge of the text."""
        self.composing.step_out(event.step)

    async def on_text_area_changed(self) -> None:
        """Something was typed."""
        self.composing.unsent_changed()
        await self.composing.offer()

    def on_composer_steered(self, event: Composer.Steered) -> None:
        """A key for what is offered."""
        self.composing.steer(event.key)

    # -- commands

    def why_idle(self, action: str) -> str:
        """Why the action with that id would do nothing now; "" where it would do something."""
        return why_idle(self, action)

    @work(group="commands")
    async def action_do(self, name: str) -> None:
        """Do a command by its name."""
        if name == "interrupt" and self.composing.take_escape():
            return
        try:
            await do(self, name)
        except CarniceError as error:
            self.refused(error)
        except Exception as error:
            # Left to itself it would end the app, and with it what is typed and queued.
            self._troubled(BY_NAME[name].title, error)

    def _troubled(self, doing: str, error: Exception) -> None:
        """Something of ours went wrong: say it where it stays, and go on."""
        if self.session.opening:  # what is shown is no conversation one could go on with
            self.session.new_conversation()
            self.conversation_replaced()
        self.show_trouble(told(doing, error))

    def show_trouble(self, text: str) -> None:
        """A card in the transcript; the conversation goes on under it."""
        self.thread.note(cards.trouble("", text))
        self.transcript.content_grew()

    def on_transcript_wanted(self, event: Transcript.Wanted) -> None:
        """A command for the message that is browsed."""
        self.action_do(event.command)

    def apply_settings(self, settings: Settings) -> None:
        """Use other settings from the next turn on; what else this conversation has stays."""
        self.session.use(carried_over(self.session.settings, self.settings, settings))
        if settings.ui.show_thinking != self.settings.ui.show_thinking:
            self.thread.show_thinking(settings.ui.show_thinking)
            self.transcript.refolded()
        self.settings = settings
        self.composer.use_vim_keys(wanted=settings.ui.vim_keys)
        self.themed_app.use(settings)

    def conversation_replaced(self, shown: Thread | None = None) -> None:
        """Another conversation is the session's; `shown` are its entries, where made already."""
        self.figures = Figures()
        self.show_tree(shown)
        self.themed_app.entitle(self.session.conversation.tree.title)
