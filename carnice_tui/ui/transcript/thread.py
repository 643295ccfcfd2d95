"""Turns records into entries: the branch of the conversation that is shown."""

from collections.abc import Callable, Iterable

from carnice_tui.core.events import (
    AnswerDelta,
    ApprovalAsked,
    ApprovalGiven,
    EngineFailed,
    Notice,
    PrefillProgress,
    ReasoningDelta,
    Record,
    SystemMessage,
    ToolCall,
    ToolCallBroken,
    ToolCallDelta,
    ToolResult,
    TurnFinished,
    TurnStarted,
    UserMessage,
)
from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.core.settings import ThinkingView
from carnice_tui.core.tree import MessageTree, Node
from carnice_tui.ui.transcript import cards
from carnice_tui.ui.transcript.entries import (
    Entry,
    LineEntry,
    MarkdownEntry,
    ThinkingEntry,
    UserEntry,
)


class Thread:
    """The entries of one branch, oldest first.

    Records that go on where the branch ends are applied; any other opening of a message
    means that another branch is shown, and the entries are made anew from the tree.
    """

    def __init__(self, thinking: ThinkingView = "collapsed") -> None:
        self.entries: list[Entry] = []
        self.thinking: ThinkingView = thinking
        self.tip = ""
        self._tree = MessageTree()
        self._answer: MarkdownEntry | None = None
        self._thought: ThinkingEntry | None = None
        self._thought_since = 0.0
        self._activity: LineEntry | None = None

    def show(self, tree: MessageTree) -> None:
        """Start over with the branch that `tree` shows."""
        self._tree = tree
        self.entries.clear()
        self._answer = self._thought = self._activity = None
        for node in tree.path():
            self._show_node(node)
        self.tip = tree.tip

    def show_thinking(self, view: ThinkingView) -> None:
        """Fold or unfold every think block."""
        self.thinking = view
        for entry in self.entries:
            if isinstance(entry, ThinkingEntry):
                entry.view = view

    def continues(self, record: Record) -> bool:
        """Whether `record` goes on where the shown branch ends."""
        return record.parent is None or record.parent == self.tip

    def note(self, entry: Entry) -> None:
        """Show something that is no part of the conversation."""
        self._end_activity()
        self.entries.append(entry)

    def apply(self, record: Record) -> None:
        """One record of the shown branch."""
        event, node = record.event, record.node
        if record.parent is not None:
            self.tip = node
        match event:
            case ReasoningDelta(text=text, tokens=tokens):
                self._reason(node, text, tokens, record.t)
            case AnswerDelta(text=text):
                self._say(node, text)
            case PrefillProgress(done=done, total=total):
                self._show_activity(node, f"Reading the prompt · {done:,} of {total:,} tokens")
            case TurnStarted():
                self._end_turn()
                self._show_activity(node, "Waiting for the model")
            case TurnFinished():
                self._finish(node, event)
            case _:
                self._add(node, event)

    def _add(self, node: str, event: object) -> None:
        match event:
            case SystemMessage(text=text):
                self.entries.append(cards.system(node, text))
            case UserMessage():
                self._end_turn()
                self.entries.append(user_entry(node, event, self._branches(node)))
            case ToolCallDelta():
                self._show_activity(node, "Writing a tool call")
            case ToolCall():
                self._put(cards.tool_call(node, event))
            case ToolCallBroken():
                self._put(cards.broken_call(node, event))
            case ToolResult():
                self._put(cards.tool_result(node, event))
            case ApprovalAsked():
                self._put(cards.approval(node, event))
            case ApprovalGiven():
                self._put(cards.approved(node, event))
            case Notice():
                self._put(cards.notice(node, event))
            case EngineFailed():
                self._put(cards.failure(node, event))
            case _:
                pass

    def _reason(self, node: str, text: str, tokens: int, t: float) -> None:
        self._end_activity()
        if self._thought is None:
            self._thought = ThinkingEntry(node, self.thinking)
            self._thought_since = t
            self.entries.append(self._thought)
        self._thought.feed(text, tokens, t - self._thought_since)

    def _say(self, node: str, text: str) -> None:
        self._end_activity()
        if self._answer is None:
            if self._thought is not None:
                self._thought.finish()
            if not text.strip():  # the blank lines between the think block and the answer
                return
            text = text.lstrip("\n")
            self._answer = MarkdownEntry(node)
            self.entries.append(self._answer)
        self._answer.feed(text)

    def _finish(self, node: str, event: TurnFinished) -> None:
        self._end_activity()
        if self._thought is not None:
            stats = event.stats
            self._thought.finish(stats.reasoning_tokens, stats.reasoning_time)
        self._end_turn()
        self.entries.append(cards.footer(node, event, self._branches(node)))

    def _branches(self, node: str) -> str:
        """Which alternative this is, where there is more than one."""
        if node not in self._tree.nodes:
            return ""
        siblings = self._tree.siblings(node)
        if len(siblings) < 2:
            return ""
        return f"branch {siblings.index(node) + 1}/{len(siblings)}"

    def _put(self, entry: Entry) -> None:
        """A card between parts of an answer: what comes after it is a part of its own."""
        self._end_activity()
        self._end_turn()
        self.entries.append(entry)

    def _end_turn(self) -> None:
        if self._answer is not None:
            self._answer.finish()
        if self._thought is not None:
            self._thought.finish()
        self._answer = self._thought = None
        self._end_activity()

    def _show_activity(self, node: str, text: str) -> None:
        if self._activity is None:
            self._activity = LineEntry(node, text)
            self.entries.append(self._activity)
        self._activity.set_text(text)

    def _end_activity(self) -> None:
        if self._activity is not None:
            self.entries.remove(self._activity)
            self._activity = None

    def _show_node(self, node: Node) -> None:
        """A whole message at once: its text is cut into blocks only when it is looked at."""
        opening = node.opening
        if not isinstance(opening, TurnStarted):
            self._add(node.id, opening)
            return
        if node.reasoning:
            thought = ThinkingEntry(node.id, self.thinking, "".join(node.reasoning))
            stats = node.finished.stats if node.finished else None
            tokens = stats.reasoning_tokens if stats else len(node.reasoning)
            if stats is not None:
                thought.finish(tokens, stats.reasoning_time)
            elif not node.answer:
                self._thought = thought
            self.entries.append(thought)
        if not node.finished:
            self._open_node(node)
            return
        if answer := "".join(node.answer).strip("\n"):
            self.entries.append(MarkdownEntry(node.id, answer))
        for record in node.records:
            if not isinstance(record.event, AnswerDelta | ReasoningDelta | TurnFinished):
                self._add(node.id, record.event)
        self.entries.append(cards.footer(node.id, node.finished, self._branches(node.id)))

    def _open_node(self, node: Node) -> None:
        """A message that is still being written when its branch is shown."""
        if node.answer:
            self._answer = MarkdownEntry(node.id)
            self._answer.feed("".join(node.answer).lstrip("\n"))
            self.entries.append(self._answer)


def user_entry(node: str, message: UserMessage, branches: str = "") -> UserEntry:
    """A message of the user's, a line for each file added to it."""
    files = [
        f"{sanitize_line(a.name)} · {len(a.text.splitlines()):,} lines" for a in message.attachments
    ]
    if branches:
        files.append(f"{branches} · [ ] while browsing shows the others")
    return UserEntry(node, message.text, files)


def coalesced(records: Iterable[Record]) -> Iterable[Record]:
    """The same records with runs of deltas joined: what is drawn at once is cut once."""
    held: Record | None = None
    texts: list[str] = []
    tokens = 0
    make: Callable[[str, int], AnswerDelta | ReasoningDelta] = AnswerDelta
    for record in records:
        event = record.event
        if isinstance(event, AnswerDelta | ReasoningDelta):
            if held is not None and (held.node != record.node or make is not type(event)):
                yield Record(held.t, make("".join(texts), tokens), held.node)
                texts, tokens = [], 0
            make = type(event)
            held = record
            texts.append(event.text)
            tokens += event.tokens
            continue
        if held is not None:
            yield Record(held.t, make("".join(texts), tokens), held.node)
            held, texts, tokens = None, [], 0
        yield record
    if held is not None:
        yield Record(held.t, make("".join(texts), tokens), held.node)
