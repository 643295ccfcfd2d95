"""Turns records into entries: the branch of the conversation that is shown."""

from collections.abc import Iterable

from carnice_tui.core.events import (
    AnswerDelta,
    ApprovalAsked,
    ApprovalGiven,
    BugFound,
    EngineFailed,
    Notice,
    PatchSuggested,
    PrefillProgress,
    ReasoningDelta,
    Record,
    ReviewProgress,
    SystemMessage,
    ToolCall,
    ToolCallBroken,
    ToolCallDelta,
    ToolResult,
    TurnFinished,
    TurnStarted,
    UserMessage,
)
from carnice_tui.core.merge import joined
from carnice_tui.core.settings import ThinkingView
from carnice_tui.core.tree import MessageTree, Node
from carnice_tui.ui.transcript import cards
from carnice_tui.ui.transcript.approval_card import ApprovalEntry
from carnice_tui.ui.transcript.card import FooterEntry, LineEntry
from carnice_tui.ui.transcript.entry import Entry
from carnice_tui.ui.transcript.finding_card import FindingEntry, PatchEntry, ProgressEntry
from carnice_tui.ui.transcript.markdown_entry import MarkdownEntry, UserEntry
from carnice_tui.ui.transcript.thinking_entry import ThinkingEntry


class Thread:
    """The entries of one branch, oldest first.

    Records that go on where the branch ends are applied; any other opening of a message
    means that another branch is shown, and the entries are made anew from the tree.
    """

    def __init__(self, thinking: ThinkingView = "collapsed", *, calm: bool = False) -> None:
        """`calm`: what was shown never changes, for those who have the screen read out."""
        self.calm = calm
        self.entries: list[Entry] = []
        self.thinking: ThinkingView = thinking
        self.tip = ""
        self._tree = MessageTree()
        self._answer: MarkdownEntry | None = None
        self._thought: ThinkingEntry | None = None
        self._thought_since = 0.0
        self._activity: LineEntry | None = None
        self._review: ProgressEntry | None = None
        self._many = False  # whether the review under way is of many sources

    def show(self, tree: MessageTree) -> None:
        """Start over with the branch that `tree` shows."""
        self._tree = tree
        self.entries.clear()
        self._answer = self._thought = self._activity = self._review = None
        for node in tree.path():
            self._show_node(node)
        self.tip = tree.tip

    def settle(self) -> None:
        """Nothing of this goes on: a turn that has no end was cut with the app it ran in."""
        was_open = self._thought is not None or self._answer is not None
        was_open = was_open or self._activity is not None
        self._end_turn()
        if was_open:
            self.entries.append(cards.footer(self.tip, TurnFinished("cancelled")))

    def adopt(self, other: "Thread") -> None:
        """Show what `other` shows, which was made in another thread and is used no more.

        Ten thousand messages take a few frames' time to make, and none to take over.
        """
        self.entries[:] = other.entries  # the window looks at this very list
        self.tip, self._tree = other.tip, other._tree
        self._answer, self._thought = other._answer, other._thought
        self._thought_since, self._activity = other._thought_since, other._activity
        self._review, self._many = other._review, other._many
        if self.thinking != other.thinking:
            self.show_thinking(self.thinking)

    def show_thinking(self, view: ThinkingView) -> None:
        """Fold or unfold every think block."""
        self.thinking = view
        for entry in self.entries:
            if isinstance(entry, ThinkingEntry):
                entry.view = view

    def follow(self, records: Iterable[Record]) -> bool:
        """Apply what goes on where the shown branch ends; False at the first record that does
        not: then another branch is to be shown."""
        for record in joined(records):
            if record.parent not in (None, self.tip):
                return False
            self.apply(record)
        return True

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
                self._say(node, text, record.t)
            case PrefillProgress() if self._review is not None:
                pass
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
                self.entries.append(cards.user(node, event, self._branches(node)))
            case ToolCallDelta():
                self._show_activity(node, "Writing a tool call")
            case ToolCall():
                self._put(cards.tool_call(node, event))
            case ToolCallBroken():
                self._put(cards.broken_call(node, event))
            case ToolResult():
                self._put(cards.tool_result(node, event))
            case ApprovalAsked():
                self._put(ApprovalEntry(node, event))
            case ApprovalGiven():
                self._answer_approval(event)
            case ReviewProgress():
                self._show_progress(node, event)
            case BugFound(finding=finding):
                self._replace_answer(FindingEntry(node, finding, keys=not self._many))
            case PatchSuggested(diff=diff, path=path):
                self._replace_answer(PatchEntry(node, diff, path))
            case Notice():
                self._put(cards.notice(node, event))
            case EngineFailed():
                self._put(cards.failure(node, event))
            case _:
                pass

    def _reason(self, node: str, text: str, tokens: int, t: float) -> None:
        self._end_activity()
        if self._thought is None:
            cut = self._cut(node)
            if isinstance(cut, ThinkingEntry):
                cut.go_on()
                self._thought = cut
            else:
                self._thought = ThinkingEntry(node, self.thinking, calm=self.calm)
                self.entries.append(self._thought)
            self._thought_since = t
        self._thought.feed(text, tokens, t - self._thought_since)

    def _say(self, node: str, text: str, t: float) -> None:
        self._end_activity()
        if self._answer is None:
            if self._thought is not None:
                self._thought.finish(seconds=t - self._thought_since)
            cut = self._cut(node)
            self._answer = cut if isinstance(cut, MarkdownEntry) else None
        if self._answer is None:
            if not text.strip():  # the blank lines between the think block and the answer
                return
            text = text.lstrip("\n")
            self._answer = MarkdownEntry(node, calm=self.calm)
            self.entries.append(self._answer)
        self._answer.feed(text)

    def _cut(self, node: str) -> Entry | None:
        """The end of message `node`, which was finished and goes on now; its footer goes."""
        if len(self.entries) < 2 or not isinstance(self.entries[-1], FooterEntry):
            return None
        if self.entries[-1].node != node:
            return None
        self.entries.pop()
        return self.entries[-1] if self.entries[-1].node == node else None

    def _replace_answer(self, card: Entry) -> None:
        """A card in the place of the text that says the same."""
        if self._answer is not None:
            self.entries.remove(self._answer)
            self._answer = None
        self._put(card)

    def _show_progress(self, node: str, event: ReviewProgress) -> None:
        self._end_activity()
        self._many = True
        if self.calm:
            return
        if self._review is None:
            self._review = ProgressEntry(node)
            self.entries.append(self._review)
        self._review.show(event.done, event.total, event.path)

    def open_approval(self, call_id: str = "") -> ApprovalEntry | None:
        """The newest question that waits, or the one about `call_id`."""
        for entry in reversed(self.entries):
            if isinstance(entry, ApprovalEntry) and entry.waits:
                if call_id in ("", entry.asked.call_id):
                    return entry
            elif isinstance(entry, UserEntry):
                break
        return None

    def _answer_approval(self, given: ApprovalGiven) -> None:
        card = self.open_approval(given.call_id)
        if card is not None:
            card.answer(given)

    def _finish(self, node: str, event: TurnFinished) -> None:
        self._end_activity()
        if self._thought is not None:
            stats = event.stats
            self._thought.finish(stats.reasoning_tokens, stats.reasoning_time)
        self._many = False
        if self._review is not None:
            self.entries.remove(self._review)
            self._review = None
        self._end_turn()
        self._share(node)
        while (card := self.open_approval()) is not None and card.node == node:
            card.expire()
        self._cut(node)  # that of its beginning, where nothing was added to it
        self.entries.append(cards.footer(node, self._whole(node, event), self._branches(node)))

    def _whole(self, node: str, event: TurnFinished) -> TurnFinished:
        """`event` with the figures of all of message `node`, also of what was cut before."""
        found = self._tree.nodes.get(node)
        return TurnFinished(event.reason, found.stats) if found and found.finished else event

    def _share(self, node: str) -> None:
        """Hold the words of a finished message where the tree holds them."""
        found = self._tree.nodes.get(node)
        if found is None:
            return
        kept = [*found.answer, *found.reasoning]
        for entry in reversed(self.entries):
            if entry.node == node:
                entry.share(kept)
            elif entry.node:
                break

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
        if self._review is not None and entry is not self._review:
            # It stays the last line, where one looks for it.
            self.entries.remove(self._review)
            self.entries.append(self._review)

    def _end_turn(self) -> None:
        if self._answer is not None:
            self._answer.finish()
        if self._thought is not None:
            self._thought.finish()
        self._answer = self._thought = None
        self._end_activity()

    def _show_activity(self, node: str, text: str) -> None:
        if self.calm:
            return
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
        if not isinstance(node.opening, TurnStarted):
            self._add(node.id, node.opening)
            self._show_rest(node, 1)
        elif node.finished is None:
            for record in joined(node.records[1:]):
                self.apply(record)
        else:
            self._show_finished(node, node.finished)

    def _show_finished(self, node: Node, finished: TurnFinished) -> None:
        # An answer that was continued has an end in its middle; what an agent asks comes after.
        ends = max(i for i, r in enumerate(node.records) if isinstance(r.event, TurnFinished))
        said = (r for r in node.records[1:ends] if not isinstance(r.event, TurnFinished))
        for record in joined(said):
            match record.event:
                case ReasoningDelta():
                    self._show_thought(node, record)
                case AnswerDelta(text=text) if text.strip():
                    self._answer = MarkdownEntry(node.id, text)
                    self.entries.append(self._answer)
                case AnswerDelta() | PrefillProgress():
                    pass
                case _:
                    self._add(node.id, record.event)
        self._finish(node.id, finished)
        self._show_rest(node, ends + 1)

    def _show_thought(self, node: Node, record: Record) -> None:
        """A whole think block, with the engine's figures or, where it gave none, our own."""
        assert isinstance(record.event, ReasoningDelta)
        tokens, seconds = node.stats.reasoning_tokens, node.stats.reasoning_time
        after = next((r.t for r in node.records if r.t > record.t), record.t)
        thought = ThinkingEntry(node.id, self.thinking, record.event.text)
        thought.finish(tokens or record.event.tokens, seconds or after - record.t)
        self.entries.append(thought)

    def _show_rest(self, node: Node, begin: int) -> None:
        """What happened after a message was there: questions to the person, notices."""
        for record in node.records[begin:]:
            self._add(node.id, record.event)
