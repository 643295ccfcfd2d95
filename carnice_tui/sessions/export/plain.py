"""A session as plain text, for `sessions show`, pipes and pagers."""

from collections.abc import Iterator

import msgspec

from carnice_tui.core.sanitize import sanitize, sanitize_line
from carnice_tui.core.tree import Node
from carnice_tui.sessions.export import said
from carnice_tui.sessions.read import Session


def plain_text(session: Session) -> Iterator[str]:
    """The shown branch."""
    yield f"{sanitize_line(said.title_of(session))}\n"
    for fact in said.facts(session):
        yield f"{sanitize_line(fact)}\n"
    for node in session.tree().path():
        yield f"\n── {sanitize_line(said.speaker(node))}\n"
        for part in _parts(node):
            yield f"{part.rstrip()}\n"


def _parts(node: Node) -> Iterator[str]:
    message = node.message()
    for attachment in said.attachments(node):
        yield f"[{sanitize_line(attachment.name)}]"
        yield sanitize(attachment.text)
    if message.reasoning.strip():
        yield f"({said.thinking_label(node)})"
        yield _indented(sanitize(message.reasoning.strip("\n")))
    if text := sanitize(said.own_text(node)).strip("\n"):
        yield text
    for call in message.calls:
        arguments = msgspec.json.encode(call.arguments).decode()
        yield f"→ {sanitize_line(call.name)} {sanitize_line(arguments)}"
    if closing := said.closing(node):
        yield f"({sanitize_line(closing)})"


def _indented(text: str) -> str:
    return "\n".join(f"  {line}".rstrip() for line in text.split("\n"))
