"""A session as Markdown; thinking folds where details elements do (GitHub, most editors)."""

from collections.abc import Iterator

import msgspec

from carnice_tui.core.messages import fenced
from carnice_tui.core.sanitize import sanitize, sanitize_line
from carnice_tui.core.tree import Node
from carnice_tui.sessions.export import said
from carnice_tui.sessions.read import Session


def markdown(session: Session) -> Iterator[str]:
    """The shown branch."""
    yield f"# {sanitize_line(said.title_of(session))}\n"
    for fact in said.facts(session):
        yield f"\n*{sanitize_line(fact).replace('*', '')}*  "
    yield "\n"
    for node in session.tree().path():
        yield f"\n## {sanitize_line(said.speaker(node))}\n"
        for part in _parts(node):
            yield f"\n{part.rstrip()}\n"


def _parts(node: Node) -> Iterator[str]:
    message = node.message()
    for attachment in said.attachments(node):
        name = sanitize_line(attachment.name)
        yield fenced(sanitize(attachment.text), sanitize_line(attachment.language), title=name)
    if message.reasoning.strip():
        label = said.thinking_label(node)
        yield f"<details><summary>{label}</summary>"
        yield fenced(sanitize(message.reasoning.strip("\n")))
        yield "</details>"
    text = sanitize(said.own_text(node))
    if node.role == "tool":
        yield fenced(text)
    elif text.strip():
        yield text
    for call in message.calls:
        arguments = msgspec.json.format(msgspec.json.encode(call.arguments), indent=2).decode()
        yield f"Calls `{sanitize_line(call.name).replace('`', '')}`:"
        yield fenced(sanitize(arguments), "json")
    if closing := said.closing(node):
        yield f"*{sanitize_line(closing)}*"
