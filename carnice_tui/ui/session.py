"""A conversation as the app runs it: the model's loading, the turns, and what waits for them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from carnice_tui.core.errors import CarniceError
from carnice_tui.core.events import (
    ApprovalGiven,
    EngineFailed,
    Event,
    LoadProgress,
    ModelLoaded,
    Notice,
    Record,
    UserMessage,
)
from carnice_tui.core.finding import Finding
from carnice_tui.core.messages import Attachment, Mode
from carnice_tui.core.settings import Settings
from carnice_tui.engine.asking import TurnOptions
from carnice_tui.engine.conversation import Conversation
from carnice_tui.review.prompt import CORRECTED, EXPLAIN
from carnice_tui.ui.agent_work import AgentWork, options_of
from carnice_tui.ui.answering import Answering
from carnice_tui.ui.keys import with_keys
from carnice_tui.ui.queued import Queued
from carnice_tui.ui.saved import Saved
from carnice_tui.ui.setup import AppSetup, SessionSink
from carnice_tui.ui.tasks import Tasks

if TYPE_CHECKING:
    from carnice_tui.sessions.resume import Resumed

State = Literal["loading", "ready", "busy", "failed"]


@dataclass(frozen=True)
class Reading:
    """Why a conversation is only read, and what lifts that: another model, or a copy."""

    reason: str
    until: Literal["model", "copy"]


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
    ) -> None:
        self._setup = setup
        self._feed = feed
        self._listener = listener
        self.private = not setup.settings.sessions.save
        """Whether nothing of this conversation is kept."""
        self.opening = False
        """Whether a session is being read, so that what is shown is not all of it yet."""
        self.reading: Reading | None = None
        self.saved = Saved(self._new_log())
        self.mode: Mode = setup.mode
        self.queue: list[Queued] = []
        self.state: State = "loading"
        self.progress: LoadProgress | None = None
        self.model = setup.settings.model
        self._tasks = Tasks(self._broke)
        self.settings = setup.settings
        """What the turns of this conversation are asked with."""
        self._options: Callable[[Mode], TurnOptions] = setup.options
        self._loading: asyncio.Task[None] | None = None
        self.agent = AgentWork(setup.workspace)
        self._take(Conversation(setup.engine, setup.options(setup.mode)))

    @property
    def has_model_coming(self) -> bool:
        """Whether a model is in memory or on its way."""
        return self.loaded is not None or self._loading is not None

    @property
    def lacks_model(self) -> bool:
        """Whether the conversation waits for the person to choose another model."""
        return self.reading is not None and self.reading.until == "model"

    @property
    def loaded(self) -> ModelLoaded | None:
        """The model in memory."""
        return self._setup.engine.model

    def set_options(self, options: TurnOptions) -> None:
        """How the next turns are asked."""
        self.conversation.options = options
        self._listener.session_changed()

    def set_mode(self, mode: Mode) -> None:
        """Chat, find bugs or work as an agent from now on, in the same conversation."""
        self.mode = mode
        self.set_options(self._options(mode))

    def use(self, settings: Settings) -> None:
        """Ask the next turns with other settings."""

        def options(mode: Mode) -> TurnOptions:
            return options_of(settings, mode)

        self.settings = settings
        self._options = options
        self.set_options(self._options(self.mode))

    # -- which conversation

    @property
    def file(self) -> Path | None:
        """The session's file, if there is one by now."""
        return self.saved.file

    def new_conversation(self) -> None:
        """Begin anew; the old one stays saved."""
        self._tasks.start_saving(self.saved.close())
        self.saved = Saved(self._new_log())
        self.opening = False
        self.reading = None
        self._change_to(Conversation(self._setup.engine, self._options(self.mode)))

    def preview(self, records: Sequence[Record]) -> None:
        """Show the end of a session that is being read; what is sent meanwhile waits."""
        self.saved = Saved()
        self.opening = True
        self.reading = None
        self._change_to(Conversation(self._setup.engine, self._options(self.mode), records=records))

    def taken_up(self, resumed: "Resumed", settings: Settings, mode: Mode) -> Conversation:
        """The conversation that a session was, to be asked on with `settings`. May be called in
        another thread: that of ten thousand messages takes a few frames' time to make."""
        return Conversation(
            self._setup.engine,
            options_of(settings, mode),
            records=resumed.records,
            began=resumed.began,
        )

    def take_up(
        self,
        conversation: Conversation,
        path: Path,
        settings: Settings,
        mode: Mode,
        log: SessionSink | None,
    ) -> None:
        """Go on with a conversation that `taken_up` gave, saved in `path`."""
        self.opening = False
        self.saved = Saved(log, path)
        self.mode = mode
        self._change_to(conversation)
        self.use(settings)
        if self.state == "ready":
            self._tasks.start(self._answer_and_read_ahead())

    def only_read(self, why: Reading) -> None:
        """Nothing is sent until `why` is lifted."""
        self.reading = why
        if self.lacks_model and not self.has_model_coming:
            self.state = "failed"
        self._listener.session_changed()

    def _change_to(self, conversation: Conversation) -> None:
        self.queue.clear()
        self._take(conversation)
        self._listener.session_changed()

    def _take(self, conversation: Conversation) -> None:
        self.conversation = conversation
        # Saved first: what is on screen is on its way to the disk.
        conversation.sinks = [*self.saved.sinks, self._feed]
        self._answering = Answering(
            self._setup.engine, conversation, self.agent, lambda: self._options("bugs")
        )

    def _new_log(self) -> SessionSink | None:
        return None if self.private else self._setup.new_log(self._listener.tell)

    # -- the model

    def load(self, model: str | None = None) -> None:
        """Bring a model in, in the place of one on its way; what is typed meanwhile waits."""
        self.model = model or self.model
        if self.lacks_model:
            self.reading = None
        if self._loading is not None:
            self._loading.cancel()
        self._loading = self._tasks.start(self._load())

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
        self.progress = self._loading = None
        self._set_state("failed" if failed else "ready")
        if not failed:
            await self._answer_and_read_ahead()

    # -- turns

    def send(self, text: str, attachments: tuple[Attachment, ...] = ()) -> None:
        """Say something in the present mode, now or when the model is free."""
        self._wait_or_go(Queued(text, attachments, self.mode))

    def _wait_or_go(self, message: Queued) -> None:
        self.queue.append(message)
        self._listener.session_changed()
        if self.state == "failed":
            self.load()
        elif self.state == "ready":
            self._tasks.start(self._answer_and_read_ahead())

    def regenerate(self, node: str | None = None) -> None:
        """Answer again, beside the answer there is."""
        self._turn(lambda: self._answering.regenerate(node, self.mode))

    def edit(self, node: str, message: UserMessage) -> None:
        """Ask a message in other words, beside the old one."""
        self._turn(lambda: self._answering.ask_instead(node, message))

    def resume(self) -> None:
        """Go on with an answer that was cut."""
        self._turn(lambda: self._answering.resume(self.mode))

    def explain(self, finding: Finding) -> None:
        """Ask the bug finder why it is wrong, now or when the model is free."""
        self._ask_about(EXPLAIN, finding)

    def suggest(self, finding: Finding) -> None:
        """Ask the bug finder for a patch, now or when the model is free."""
        self._ask_about(CORRECTED, finding)

    def _ask_about(self, question: str, finding: Finding) -> None:
        if self._is_only_read():
            return
        self._wait_or_go(Queued(question, mode="bugs", about=finding))

    def approve(self, node: str, given: ApprovalGiven) -> None:
        """Answer the question about a call in message `node`."""
        self._answering.approve(node, given)

    def interrupt(self) -> bool:
        """Stop the answer; whether there was one. What waits stays waiting."""
        if self.state != "busy":
            return False
        self._answering.stop()
        return True

    def answer_now(self) -> None:
        """Let the model stop thinking."""
        self.conversation.answer_now()

    async def close(self) -> None:
        """End the turn under way, save, and end the engine."""
        self.queue.clear()
        self.interrupt()
        await self._tasks.close()
        await self.saved.close()
        await self._setup.engine.close()

    def _turn(self, ask: Callable[[], Awaitable[None]]) -> None:
        if self._is_only_read():
            return
        if self.state != "ready" or self.opening:
            told = with_keys("The model is not free: wait or press {interrupt}.")
            self._listener.refused(CarniceError(told))
            return
        self._tasks.start(self._run(ask))

    def _is_only_read(self) -> bool:
        """Whether nothing is sent now; the person is told why."""
        if self.reading is None:
            return False
        self._listener.refused(CarniceError(self.reading.reason))
        return True

    async def _run(self, ask: Callable[[], Awaitable[None]]) -> None:
        await self._be_busy(ask())
        await self._answer_and_read_ahead()

    async def _be_busy(self, answer: Awaitable[None]) -> None:
        self._set_state("busy")
        try:
            await answer
        except CarniceError as error:
            self._listener.refused(error)
        finally:
            self._set_state("ready")

    async def _answer_and_read_ahead(self) -> None:
        """Answer what waits; then, while nobody waits, read what the next prompt begins with."""
        await self._answer_queue()
        if self.state != "ready" or self.opening:
            return
        await self._answering.read_ahead(self.mode)

    async def _answer_queue(self) -> None:
        while self.queue and self.state == "ready" and not self.opening:
            await self._be_busy(self._answering.ask(self.queue.pop(0).asked()))

    def _set_state(self, state: State) -> None:
        self.state = state
        self._listener.session_changed()

    def _broke(self, error: BaseException) -> None:
        self._listener.refused(CarniceError(f"This is an error of ours, sorry: {error!r}."))
