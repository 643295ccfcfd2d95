"""A conversation as the app runs it: the model's loading, the turns, and what waits for them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from carnice_tui.core.errors import CarniceError
from carnice_tui.core.events import EngineFailed, Event, LoadProgress, ModelLoaded, Notice, Record
from carnice_tui.core.messages import Attachment, Mode
from carnice_tui.core.paths import state_dir
from carnice_tui.core.settings import Settings
from carnice_tui.core.tree import ROOT
from carnice_tui.engine.conversation import Conversation, TurnOptions
from carnice_tui.engine.options import turn_options
from carnice_tui.review.prompt import SYSTEM
from carnice_tui.ui.setup import AppSetup, SessionSink

_log = logging.getLogger(__name__)

State = Literal["loading", "ready", "busy", "failed"]


@dataclass
class Queued:
    """A message that waits until the model is free."""

    text: str
    attachments: tuple[Attachment, ...] = field(default=())


class Listener(Protocol):
    """Who is told what happens."""

    def session_changed(self) -> None:
        """State, queue or load progress are different now."""
        ...

    def load_event(self, event: Event) -> None:
        """Something about the model: it was loaded, or could not be."""
        ...

    def tell(self, notice: Notice) -> None:
        """The person should know something. May be called from any thread."""
        ...

    def refused(self, error: CarniceError) -> None:
        """What was asked cannot be done."""
        ...


class ChatSession:
    """Runs one turn after the other and keeps what is typed meanwhile."""

    def __init__(
        self,
        setup: AppSetup,
        feed: Callable[[Record], None],
        listener: Listener,
        log: SessionSink | None = None,
    ) -> None:
        """`log` saves the conversation that is opened first."""
        self._setup = setup
        self._feed = feed
        self._listener = listener
        self._log = log
        self.mode: Mode = setup.mode
        self.queue: list[Queued] = []
        self.state: State = "loading"
        self.progress: LoadProgress | None = None
        self.model = setup.settings.model
        self._tasks: set[asyncio.Task[None]] = set()
        self._options: Callable[[Mode], TurnOptions] = setup.options
        self._saves = setup.settings.sessions.save
        self._tips: dict[Mode, str] = {}
        self.conversation = Conversation(
            setup.engine, setup.options(setup.mode), records=setup.records, began=setup.began
        )
        self._connect()

    @property
    def loaded(self) -> ModelLoaded | None:
        """The model in memory."""
        return self._setup.engine.model

    def set_options(self, options: TurnOptions) -> None:
        """How the next turns are asked."""
        self.conversation.options = options
        self._listener.session_changed()

    def set_mode(self, mode: Mode) -> None:
        """Chat or find bugs from now on, each on its own branch: its system prompt opens it."""
        tree = self.conversation.tree
        self._tips[self.mode] = tree.tip
        self.mode = mode
        if tree.nodes:
            self.conversation.move_tip(self._tips.get(mode, ROOT))
        self.set_options(self._options(mode))

    def use(self, settings: Settings) -> None:
        """Ask the next turns with other settings."""

        def options(mode: Mode) -> TurnOptions:
            return turn_options(settings, mode, SYSTEM if mode == "bugs" else None)

        self._options = options
        self.set_options(self._options(self.mode))

    async def open(self, path: Path) -> None:
        """Go on with another conversation.

        Raises:
            SessionError: it cannot be read or written.
        """
        from carnice_tui.sessions.log import SessionLog
        from carnice_tui.sessions.resume import resume

        resumed = await asyncio.to_thread(resume, path, state_dir())
        log = SessionLog.reopen(path, tell=self._listener.tell) if self._saves else None
        self._close_log()
        self._log = log
        self.queue.clear()
        self._tips.clear()
        self.conversation = Conversation(
            self._setup.engine,
            self._options(self.mode),
            records=resumed.records,
            began=resumed.began,
        )
        self._connect()
        self._listener.session_changed()

    # -- the model

    def load(self, model: str | None = None) -> None:
        """Bring a model in; what is typed meanwhile waits."""
        self.model = model or self.model
        self._start(self._load())

    async def _load(self) -> None:
        self._set_state("loading")
        failed = False
        async for event in self._setup.engine.load(self.model):
            if isinstance(event, LoadProgress):
                self.progress = event
                self._listener.session_changed()
                continue
            failed = failed or isinstance(event, EngineFailed)
            self._listener.load_event(event)
        self.progress = None
        self._set_state("failed" if failed else "ready")
        if not failed:
            await self._answer_and_read_ahead()

    # -- turns

    def send(self, text: str, attachments: tuple[Attachment, ...] = ()) -> None:
        """Say something, now or when the model is free."""
        self.queue.append(Queued(text, attachments))
        self._listener.session_changed()
        if self.state == "failed":
            self.load()
        elif self.state == "ready":
            self._start(self._answer_and_read_ahead())

    def regenerate(self, node: str | None = None) -> None:
        """Answer again, beside the answer there is."""
        self._turn(lambda: self.conversation.regenerate(node))

    def edit(self, node: str, text: str) -> None:
        """Ask a message in other words, beside the old one."""
        self._turn(lambda: self.conversation.edit(node, text))

    def resume(self) -> None:
        """Go on with an answer that was cut."""
        self._turn(self.conversation.resume)

    def interrupt(self) -> bool:
        """Stop the answer; whether there was one. What waits stays waiting."""
        if self.state != "busy":
            return False
        self.conversation.interrupt()
        return True

    def answer_now(self) -> None:
        """Let the model stop thinking."""
        self.conversation.answer_now()

    def new_conversation(self) -> None:
        """Begin anew; the old one stays saved."""
        self._close_log()
        self._log = self._setup.new_log(self._listener.tell)
        self.queue.clear()
        self._tips.clear()
        self.conversation = Conversation(self._setup.engine, self._options(self.mode))
        self._connect()
        self._listener.session_changed()

    async def close(self) -> None:
        """End the turn under way, save, and end the engine."""
        self.queue.clear()
        self.interrupt()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._close_log()
        await self._setup.engine.close()

    def _connect(self) -> None:
        # The log first: what is on screen is saved.
        log = (self._log,) if self._log else ()
        self.conversation.sinks = [*log, self._feed]

    def _close_log(self) -> None:
        if self._log is not None:
            self._log.close()
            self._log = None

    def _turn(self, ask: Callable[[], Awaitable[object]]) -> None:
        if self.state != "ready":
            self._listener.refused(CarniceError("The model is not free: wait or press Esc."))
            return
        self._start(self._run(ask))

    async def _run(self, ask: Callable[[], Awaitable[object]]) -> None:
        self._set_state("busy")
        try:
            await ask()
        except CarniceError as error:
            self._listener.refused(error)
        finally:
            self._set_state("ready")
        await self._answer_and_read_ahead()

    async def _answer_and_read_ahead(self) -> None:
        """Answer what waits; then, while nobody waits, read what the next prompt begins with."""
        await self._answer_queue()
        if self.state == "ready":
            await self.conversation.warm()

    async def _answer_queue(self) -> None:
        while self.queue and self.state == "ready":
            message = self.queue.pop(0)
            self._set_state("busy")
            try:
                await self.conversation.say(message.text, message.attachments)
            except CarniceError as error:
                self._listener.refused(error)
            finally:
                self._set_state("ready")

    def _set_state(self, state: State) -> None:
        self.state = state
        self._listener.session_changed()

    def _start(self, work: "Awaitable[None]") -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(work)  # pyright: ignore[reportAssignmentType]
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a turn broke", exc_info=error)
            self._listener.refused(CarniceError(f"This is an error of ours, sorry: {error!r}."))
