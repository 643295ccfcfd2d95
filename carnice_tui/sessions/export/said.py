"""What was said, in the words that all readable formats share."""

from carnice_tui.core.events import ToolResult, TurnFinished, TurnStarted, TurnStats, UserMessage
from carnice_tui.core.messages import Attachment
from carnice_tui.core.tree import Node
from carnice_tui.sessions.read import Session

_ENDINGS = {
    "cancelled": "interrupted",
    "failed": "failed",
    "length": "cut off at the longest answer allowed",
    "context-full": "cut off: the context window was full",
}


def title_of(session: Session) -> str:
    """What the session is called."""
    return session.tree().title or session.header.title or f"Session {session.id}"


def facts(session: Session) -> list[str]:
    """When, with what, and where it comes from."""
    header = session.header
    day = header.created[:16].replace("T", " ")
    return [fact for fact in (day and f"{day} UTC", header.model, header.note) if fact]


def speaker(node: Node) -> str:
    """Who says it."""
    match node.opening:
        case UserMessage():
            return "You"
        case TurnStarted(model=model):
            return model.rsplit("/", 1)[-1] or "Assistant"
        case ToolResult(failed=failed):
            return "Tool (failed)" if failed else "Tool"
        case _:
            return "System"


def attachments(node: Node) -> tuple[Attachment, ...]:
    """The files that came with it."""
    return node.opening.attachments if isinstance(node.opening, UserMessage) else ()


def own_text(node: Node) -> str:
    """Its text without the attachments."""
    return node.opening.text if isinstance(node.opening, UserMessage) else node.message().content


def closing(node: Node) -> str:
    """Figures of a turn, and how it ended if not by itself: "45 tokens, 4.3 s"."""
    finished = node.finished
    if not isinstance(finished, TurnFinished):
        return ""
    parts = figures(node.stats)
    if ending := _ENDINGS.get(finished.reason):
        parts.append(ending)
    if node.failed:
        parts.append(node.failed.message)
    return ", ".join(parts)


def figures(stats: TurnStats) -> list[str]:
    """The figures that are known, each with its unit."""
    parts: list[str] = []
    if stats.answer_tokens:
        parts.append(f"{stats.answer_tokens} tokens")
    if stats.total_time:
        parts.append(f"{stats.total_time:.1f} s")
    if stats.decode_tps:
        parts.append(f"{stats.decode_tps:.1f} tok/s")
    return parts


def thinking_label(node: Node) -> str:
    """What stands over folded thinking."""
    stats = node.stats
    tokens = f" · {stats.reasoning_tokens} tokens" if stats.reasoning_tokens else ""
    seconds = f" · {stats.reasoning_time:.1f} s" if stats.reasoning_time else ""
    return f"Thinking{tokens}{seconds}"
