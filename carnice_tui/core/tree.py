"""The conversation as a tree: an edit or a regeneration is a second child, never an overwrite."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from carnice_tui.core.events import (
    AnswerDelta,
    EngineFailed,
    Event,
    PrefillProgress,
    ReasoningDelta,
    Record,
    SystemMessage,
    TipMoved,
    TitleChanged,
    ToolCall,
    ToolCallBroken,
    ToolResult,
    TurnFinished,
    TurnStarted,
    TurnStats,
    UserMessage,
)
from carnice_tui.core.merge import joined
from carnice_tui.core.messages import Call, Message, Role, attached_text
from carnice_tui.core.stats import continued

ROOT = ""
"""The id that stands for "before the first message"."""


@dataclass
class Node:
    """One message: the event that opened it and those that made it, oldest first."""

    id: str
    parent: str
    opening: SystemMessage | UserMessage | TurnStarted | ToolResult
    records: list[Record] = field(default_factory=list[Record])
    answer: list[str] = field(default_factory=list[str])
    reasoning: list[str] = field(default_factory=list[str])
    calls: list[Call] = field(default_factory=list[Call])
    broken: bool = False
    """Whether there is text that was meant to be a call: the engine knows its tokens."""
    finished: TurnFinished | None = None
    failed: EngineFailed | None = None

    @property
    def role(self) -> Role:
        """Who speaks."""
        match self.opening:
            case SystemMessage():
                return "system"
            case UserMessage():
                return "user"
            case TurnStarted():
                return "assistant"
            case ToolResult():
                return "tool"

    @property
    def is_empty(self) -> bool:
        """An assistant message in which nothing was said."""
        said = self.answer or self.reasoning or self.calls or self.broken
        return self.role == "assistant" and not said

    @property
    def stats(self) -> TurnStats:
        """The figures of all of it: an answer that was cut and gone on with has several ends."""
        return continued([r.event.stats for r in self.records if isinstance(r.event, TurnFinished)])

    def message(self) -> Message:
        """The message as the model will read it."""
        match self.opening:
            case SystemMessage(text=text):
                return Message("system", text)
            case UserMessage(text=text, attachments=attachments, about=about):
                if about is not None:
                    text = f"{text}\n\nBUG: {about.bug} ({about.path}:{about.lines})"
                return Message("user", attached_text(text, attachments))
            case ToolResult(call_id=call_id, text=text):
                return Message("tool", text, call_id=call_id)
            case TurnStarted():
                return Message(
                    "assistant",
                    "".join(self.answer),
                    reasoning="".join(self.reasoning),
                    calls=tuple(self.calls),
                )

    def take(self, event: Event) -> None:
        """Grow by one event of this message."""
        match event:
            case AnswerDelta(text=text):
                self.answer.append(text)
            case ReasoningDelta(text=text):
                self.reasoning.append(text)
            case ToolCall(id=call_id, name=name, arguments=arguments):
                self.calls.append(Call(call_id, name, arguments))
            case ToolCallBroken():
                self.broken = True
            case TurnFinished():
                self.finished = event
                self._settle()
            case EngineFailed():
                self.failed = event
            case _:
                pass

    def _settle(self) -> None:
        """Keep the words of a finished message once: a token alone takes ten times its text."""
        kept = (r for r in self.records if not isinstance(r.event, PrefillProgress))
        self.records = list(joined(kept))
        self.answer = [r.event.text for r in self.records if isinstance(r.event, AnswerDelta)]
        self.reasoning = [r.event.text for r in self.records if isinstance(r.event, ReasoningDelta)]


class MessageTree:
    """All messages of a session, and the tip of the branch that is shown.

    Source of the shape: a message is identified by itself and its parent, so a fork is a
    second tip (as in git, and in simonw/llm).
    """

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self.nodes: dict[str, Node] = {}
        self.children: dict[str, list[str]] = {ROOT: []}
        self.tip = ROOT
        self.title = ""
        for record in records:
            self.apply(record)

    def apply(self, record: Record) -> None:
        """Take one record in. Records of unknown messages are passed over, never fatal."""
        event = record.event
        match event:
            case SystemMessage() | UserMessage() | TurnStarted() | ToolResult():
                self._open(record, event)
            case TitleChanged(title=title):
                self.title = title
            case TipMoved(node=node):
                if node in self.nodes or node == ROOT:
                    self.tip = node
            case _:
                if (node := self.nodes.get(record.node)) is not None:
                    node.records.append(record)
                    node.take(event)

    def _open(
        self, record: Record, event: SystemMessage | UserMessage | TurnStarted | ToolResult
    ) -> None:
        parent = record.parent or ROOT
        known = record.node == ROOT or record.node in self.nodes
        if known or (parent != ROOT and parent not in self.nodes):
            return
        self.nodes[record.node] = Node(record.node, parent, event, [record])
        self.children.setdefault(parent, []).append(record.node)
        self.children.setdefault(record.node, [])
        self.tip = record.node

    def path(self, tip: str | None = None) -> list[Node]:
        """The messages from the root to `tip` (the present one by default)."""
        nodes: list[Node] = []
        at = self.tip if tip is None else tip
        while at != ROOT:
            node = self.nodes[at]
            nodes.append(node)
            at = node.parent
        return nodes[::-1]

    def messages(self, tip: str | None = None) -> list[Message]:
        """What the model reads for the branch that ends at `tip`; empty answers left out."""
        return [node.message() for node in self.path(tip) if not node.is_empty]

    def siblings(self, node: str) -> list[str]:
        """The alternatives at this place, `node` among them, oldest first."""
        return self.children[self.nodes[node].parent]

    def leaf(self, node: str) -> str:
        """The newest message under `node`, following the latest child each time."""
        while self.children[node]:
            node = self.children[node][-1]
        return node

    def turns(self) -> Iterator[Node]:
        """Every assistant message, in the order they were opened, on all branches."""
        return (node for node in self.nodes.values() if node.role == "assistant")
