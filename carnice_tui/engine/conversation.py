"""A conversation: turns an engine's events into records of a tree, and hands them to the sinks."""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence

from carnice_tui.core.events import (
    ApprovalAnswer,
    ApprovalGiven,
    EngineFailed,
    Event,
    PinChanged,
    Record,
    SystemMessage,
    TipMoved,
    TitleChanged,
    ToolResult,
    TurnFinished,
    TurnStarted,
    UserMessage,
)
from carnice_tui.core.messages import Attachment
from carnice_tui.core.title import title_of
from carnice_tui.core.tree import ROOT, MessageTree, Node
from carnice_tui.engine.asking import TurnOptions, mode_of, request_of
from carnice_tui.engine.base import Engine, EngineError
from carnice_tui.engine.work import EngineTurn, Work

Sink = Callable[[Record], None]
"""Takes every record in order and must not block: the log, the screen, standard output."""


class Conversation:
    """One stream of records, from one engine, to many sinks.

    Every method that speaks to the model returns when its turn is finished; a turn that is
    interrupted, or whose engine dies, finishes too, and what it said is kept.
    """

    def __init__(
        self,
        engine: Engine,
        options: TurnOptions | None = None,
        *,
        records: Iterable[Record] = (),
        sinks: Sequence[Sink] = (),
        began: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`began`: seconds since the session began, for one that is taken up again."""
        self.engine = engine
        self.options = options or TurnOptions()
        self.sinks = list(sinks)
        self.busy = False
        self._clock = clock
        self._start = clock() - began
        self._last_t = began
        self.tree = MessageTree()
        self._opened = 0
        self._work: Work | None = None
        for record in records:
            self.tree.apply(record)
            self._last_t = max(self._last_t, record.t)
            # The highest number and not their count: a message may be missing from the file.
            self._opened = max(self._opened, _number_of(record.node))

    async def say(self, text: str, attachments: tuple[Attachment, ...] = ()) -> TurnFinished:
        """Add a user message at the tip and let the model answer it."""
        return await self.ask(UserMessage(text, attachments, self.options.mode))

    async def ask(self, message: UserMessage, work: Work | None = None) -> TurnFinished:
        """Add `message` at the tip and let the model, or `work`, answer it."""
        return await self._ask(self._system_root(self.tree.tip), message, work)

    async def edit(
        self, node: str, text: str, attachments: tuple[Attachment, ...] | None = None
    ) -> TurnFinished:
        """Ask user message `node` in other words: a second child of what came before it."""
        opening = self._node(node).opening
        if not isinstance(opening, UserMessage):
            raise EngineError("Only a message of yours can be edited.")
        kept = opening.attachments if attachments is None else attachments
        return await self.ask_instead(node, UserMessage(text, kept, self.options.mode))

    async def ask_instead(
        self, node: str, message: UserMessage, work: Work | None = None
    ) -> TurnFinished:
        """Put `message` beside message `node` and let the model, or `work`, answer it."""
        return await self._ask(self._node(node).parent, message, work)

    async def regenerate(self, node: str | None = None, work: Work | None = None) -> TurnFinished:
        """Answer again: a second child beside assistant message `node` (by default the last)."""
        return await self._answer(self.answered(node), work)

    def answered(self, node: str | None = None) -> str:
        """The message that assistant message `node` (by default the last) answers."""
        return (self._node(node) if node else self._last("assistant")).parent

    async def resume(self) -> TurnFinished:
        """Continue the last answer where it was cut."""
        if not self.tree.path() or self.tree.path()[-1].role != "assistant":
            raise EngineError("There is no answer to continue: send a message first.")
        node = self.tree.path()[-1]
        request = request_of(self.tree, node.id, self.options, resume=True)
        return await self._run(node.id, EngineTurn(self.engine, request))

    async def go_on(self) -> TurnFinished:
        """Let the model answer what is at the tip: the results of what it called."""
        return await self._answer(self.tree.tip, None)

    def result(self, result: ToolResult) -> None:
        """Add what a tool gave back at the tip."""
        self._open(self.tree.tip, result)

    def tell(self, event: Event) -> None:
        """Record what happened between two answers (a question, a notice) with the message at the
        tip."""
        self._emit(event, self.tree.tip)

    def interrupt(self) -> None:
        """Stop the turn under way; what was said is kept."""
        if self._work is not None:
            self._work.stop()

    def answer_now(self) -> None:
        """Let the model stop thinking and answer."""
        self.engine.answer_now()

    def approve(self, node: str, call_id: str, answer: ApprovalAnswer, reason: str = "") -> None:
        """Record what was answered to the question about `call_id` in message `node`.

        Whoever asked sees it as one of the sinks, like every record.
        """
        self._emit(ApprovalGiven(call_id, answer, reason), node)

    def move_tip(self, node: str) -> None:
        """Show another branch: the one that ends at `node`."""
        if node != ROOT:
            self._node(node)
        self._emit(TipMoved(node))

    def undo(self) -> Node | None:
        """Step back before the last user message; gives that message, which stays on its branch."""
        asked = [node for node in self.tree.path() if node.role == "user"]
        if not asked:
            return None
        self._emit(TipMoved(asked[-1].parent))
        return asked[-1]

    def rename(self, title: str) -> None:
        """Give the session a title."""
        self._emit(TitleChanged(title))

    def pin(self, *, pinned: bool) -> None:
        """Keep the session at the top of lists, or let it go back to its place."""
        self._emit(PinChanged(pinned))

    async def warm(self) -> None:
        """Let the engine read what the next prompt begins with while nobody waits."""
        request = request_of(self.tree, self.tree.tip, self.options)
        if not self.busy and request.messages:
            await self.engine.warm(request)

    async def _ask(self, parent: str, message: UserMessage, work: Work | None) -> TurnFinished:
        self._refuse_while_busy()
        untitled = not self.tree.title
        user = self._open(parent, message)
        if untitled and (title := title_of(message.text, message.attachments)):
            self._emit(TitleChanged(title))
        return await self._answer(user, work)

    async def _answer(self, parent: str, work: Work | None) -> TurnFinished:
        self._refuse_while_busy()
        options = self.options
        work = work or EngineTurn(self.engine, request_of(self.tree, parent, options))
        model = self.engine.model
        node = self._open(
            parent,
            TurnStarted(
                model.name if model else "",
                options.request.thinking,
                options.request.sampling,
                mode_of(self.tree.path(parent)) or options.mode,
                options.request.max_tokens,
            ),
        )
        return await self._run(node, work)

    async def _run(self, node: str, work: Work) -> TurnFinished:
        self._refuse_while_busy()
        self.busy = True
        self._work = work
        finished: TurnFinished | None = None

        def emit(event: Event) -> None:
            nonlocal finished
            self._emit(event, node)
            if isinstance(event, TurnFinished):
                finished = event

        try:
            await work(emit)
        except asyncio.CancelledError:
            if finished is None:
                emit(TurnFinished("cancelled"))
            raise
        finally:
            self.busy = False
            self._work = None
            if finished is None:
                emit(EngineFailed("The engine stopped before the answer was finished."))
                emit(TurnFinished("failed"))
        assert finished is not None
        return finished

    def _system_root(self, tip: str) -> str:
        """Where the next message goes: under a system message at the very beginning."""
        if tip == ROOT and self.options.system:
            return self._open(ROOT, SystemMessage(self.options.system))
        return tip

    def _last(self, role: str) -> Node:
        for node in reversed(self.tree.path()):
            if node.role == role:
                return node
        raise EngineError("There is no answer yet: send a message first.")

    def _node(self, node: str) -> Node:
        if node not in self.tree.nodes:
            raise EngineError(f"This conversation has no message {node!r}.")
        return self.tree.nodes[node]

    def _refuse_while_busy(self) -> None:
        if self.busy:
            raise EngineError("The model is still answering: interrupt it or wait.")

    def _open(
        self, parent: str, event: SystemMessage | UserMessage | TurnStarted | ToolResult
    ) -> str:
        self._opened += 1
        node = f"m{self._opened}"
        self._emit(event, node, parent)
        return node

    def _emit(self, event: Event, node: str = "", parent: str | None = None) -> None:
        self._last_t = max(self._last_t, self._clock() - self._start)
        record = Record(round(self._last_t, 4), event, node, parent)
        self.tree.apply(record)
        for sink in self.sinks:
            sink(record)


def _number_of(node: str) -> int:
    """What `_open` numbered `node` with; 0 for an id of somebody else's."""
    number = node[1:]
    ours = node.startswith("m") and number.isascii() and number.isdigit() and len(number) < 10
    return int(number) if ours else 0
