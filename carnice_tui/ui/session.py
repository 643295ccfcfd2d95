"""A conversation as the app runs it: the model's loading, the turns, and what waits for them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
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
    TurnFinished,
    UserMessage,
)
from carnice_tui.core.finding import Finding
from carnice_tui.core.messages import Attachment, Message, Mode
from carnice_tui.core.requests import TurnRequest
from carnice_tui.core.settings import Settings
from carnice_tui.core.tree import Node
from carnice_tui.engine.conversation import Conversation, TurnOptions
from carnice_tui.review.prompt import CORRECTED, EXPLAIN, SYSTEM
from carnice_tui.ui.agent_work import AgentWork, options_of
from carnice_tui.ui.bug_work import BugWork
from carnice_tui.ui.setup import AppSetup, SessionSink

if TYPE_CHECKING:
    from carnice_tui.sessions.resume import Resumed

_log = logging.getLogger(__name__)

State = Literal["loading", "ready", "busy", "failed"]


@dataclass(frozen=True)
class Reading:
    """Why a conversation is only read, and what lifts that: another model, or a copy."""

    reason: str
    until: Literal["model", "copy"]


@dataclass
class Queued:
    """A message that waits until the model is free."""

    text: str
    attachments: tuple[Attachment, ...] = field(default=())
    mode: Mode = "chat"
    about: Finding | None = None
    """What the bug finder is asked about: the words are then ours, not the person's."""


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
        self._file: Path | None = None
        self._log = self._new_log()
        self.mode: Mode = setup.mode
        self.queue: list[Queued] = []
        self.state: State = "loading"
        self.progress: LoadProgress | None = None
        self.model = setup.settings.model
        self._tasks: set[asyncio.Task[None]] = set()
        self._saving: set[asyncio.Task[None]] = set()
        """Those that save what is left of another conversation: they are never cancelled."""
        self._options: Callable[[Mode], TurnOptions] = setup.options
        self._loading: asyncio.Task[None] | None = None
        self.agent = AgentWork(setup.workspace)
        self.conversation = Conversation(setup.engine, setup.options(setup.mode))
        self._connect()

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

        self._options = options
        self.set_options(self._options(self.mode))

    # -- which conversation

    @property
    def file(self) -> Path | None:
        """The session's file, if there is one by now."""
        if self._file is None and self._log is not None and self._log.path.exists():
            self._file = self._log.path
        return self._file

    async def let_go(self) -> None:
        """Save what is left of the conversation, off the event loop, and let go of its file."""
        log, self._log = self._log, None
        await self._let_go(log)

    async def _let_go(self, log: SessionSink | None) -> None:
        if log is not None:
            await asyncio.to_thread(log.close)

    async def flush(self) -> None:
        """Wait, off the event loop, until everything so far is on the disk."""
        if self._log is not None:
            await asyncio.to_thread(self._log.flush)

    def new_conversation(self) -> None:
        """Begin anew; the old one stays saved."""
        self._saving.add(self._start(self._let_go(self._log)))
        self._log = None
        self.opening = False
        self.reading = self._file = None
        self._log = self._new_log()
        self._change_to(Conversation(self._setup.engine, self._options(self.mode)))

    def preview(self, records: Sequence[Record]) -> None:
        """Show the end of a session that is being read; what is sent meanwhile waits."""
        self.opening = True
        self.reading = self._file = None
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
        self._file = path
        self._log = log
        self.mode = mode
        self._change_to(conversation)
        self.use(settings)
        if self.state == "ready":
            self._start(self._answer_and_read_ahead())

    def only_read(self, why: Reading) -> None:
        """Nothing is sent until `why` is lifted."""
        self.reading = why
        if self.lacks_model and not self.has_model_coming:
            self.state = "failed"
        self._listener.session_changed()

    def _change_to(self, conversation: Conversation) -> None:
        self.queue.clear()
        self.conversation = conversation
        self._connect()
        self._listener.session_changed()

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
        self._loading = self._start(self._load())

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
            self._start(self._answer_and_read_ahead())

    def regenerate(self, node: str | None = None) -> None:
        """Answer again, beside the answer there is."""
        self._turn(lambda: self._regenerate(node))

    def edit(self, node: str, message: UserMessage) -> None:
        """Ask a message in other words, beside the old one."""
        self._turn(lambda: self._edit(node, message))

    def resume(self) -> None:
        """Go on with an answer that was cut."""
        self._turn(lambda: self._followed(self.conversation.resume(), self.mode))

    def explain(self, finding: Finding) -> None:
        """Ask the bug finder why it is wrong, now or when the model is free."""
        self._ask_about(EXPLAIN, finding)

    def suggest(self, finding: Finding) -> None:
        """Ask the bug finder for a patch, now or when the model is free."""
        self._ask_about(CORRECTED, finding)

    def _ask_about(self, question: str, finding: Finding) -> None:
        if self.reading is not None:
            self._listener.refused(CarniceError(self.reading.reason))
            return
        self._wait_or_go(Queued(question, mode="bugs", about=finding))

    async def _ask(self, message: UserMessage) -> None:
        work = None
        if message.mode == "bugs":
            work = await self._bug_work().for_message(message, self.conversation.tree.tip)
        await self._followed(self.conversation.ask(message, work), message.mode)

    async def _followed(self, answer: Awaitable[TurnFinished], mode: Mode) -> None:
        """Await the answer; an agent's with all that it calls for."""
        if mode == "agent":
            await self.agent.follow(self.conversation, answer)
        else:
            await answer

    async def _edit(self, node: str, message: UserMessage) -> None:
        work = None
        if message.mode == "bugs":
            parent = self.conversation.tree.nodes[node].parent
            work = await self._bug_work().for_message(message, parent)
        await self._followed(self.conversation.ask_instead(node, message, work), message.mode)

    async def _regenerate(self, node: str | None) -> None:
        conversation = self.conversation
        asked = conversation.tree.nodes.get(conversation.answered(node))
        work = None
        if asked is not None and (message := _to_the_bug_finder(asked)):
            # Greedy again would say the same again.
            sampling = conversation.options.sampling
            work = await self._bug_work().for_message(message, asked.parent, sampling)
        mode = "bugs" if work is not None else self.mode
        await self._followed(conversation.regenerate(node, work), mode)

    def approve(self, node: str, given: ApprovalGiven) -> None:
        """Answer the question about a call in message `node`."""
        if not self.agent.answer(given):
            self.conversation.approve(node, given.call_id, given.answer, given.reason)

    def _bug_work(self) -> BugWork:
        return BugWork(self._setup.engine, self.conversation.tree, self._options("bugs"))

    def interrupt(self) -> bool:
        """Stop the answer; whether there was one. What waits stays waiting."""
        if self.state != "busy":
            return False
        self.conversation.interrupt()
        self.agent.stop()
        return True

    def answer_now(self) -> None:
        """Let the model stop thinking."""
        self.conversation.answer_now()

    async def close(self) -> None:
        """End the turn under way, save, and end the engine."""
        self.queue.clear()
        self.interrupt()
        for task in list(self._tasks - self._saving):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.let_go()
        await self._setup.engine.close()

    def _connect(self) -> None:
        # The log first: what is on screen is saved.
        log = (self._log,) if self._log else ()
        self.conversation.sinks = [*log, self._feed]

    def _turn(self, ask: Callable[[], Awaitable[object]]) -> None:
        if self.reading is not None:
            self._listener.refused(CarniceError(self.reading.reason))
            return
        if self.state != "ready" or self.opening:
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
        if self.state != "ready" or self.opening:
            return
        if self.mode != "bugs":
            await self.conversation.warm()
        elif not self.conversation.tree.nodes:
            # Each question of the bug finder begins anew: they share the system prompt alone.
            opening = Message("system", SYSTEM)
            await self._setup.engine.warm(TurnRequest(messages=(opening,)))

    async def _answer_queue(self) -> None:
        while self.queue and self.state == "ready" and not self.opening:
            message = self.queue.pop(0)
            self._set_state("busy")
            try:
                asked = UserMessage(
                    message.text, message.attachments, message.mode, about=message.about
                )
                await self._ask(asked)
            except CarniceError as error:
                self._listener.refused(error)
            finally:
                self._set_state("ready")

    def _set_state(self, state: State) -> None:
        self.state = state
        self._listener.session_changed()

    def _start(self, work: Coroutine[object, object, None]) -> "asyncio.Task[None]":
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        self._saving.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a turn broke", exc_info=error)
            self._listener.refused(CarniceError(f"This is an error of ours, sorry: {error!r}."))


def _to_the_bug_finder(node: Node) -> UserMessage | None:
    opening = node.opening
    return opening if isinstance(opening, UserMessage) and opening.mode == "bugs" else None
