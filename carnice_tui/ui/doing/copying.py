"""Copying: an answer, a code block, the conversation, or what is selected."""

from typing import TYPE_CHECKING, cast

from textual.widget import Widget

from carnice_tui.core.events import TurnStarted, UserMessage
from carnice_tui.core.quantities import counted
from carnice_tui.core.tree import Node
from carnice_tui.ui.clipboard import copy
from carnice_tui.ui.screens.asking import app_of, ask
from carnice_tui.ui.screens.picker import Choice, Picker
from carnice_tui.ui.transcript.markdown import block_parser
from carnice_tui.ui.transcript.selected_source import selected_source
from carnice_tui.ui.transcript.view import Transcript

if TYPE_CHECKING:
    from carnice_tui.ui.screens.chat import ChatScreen
    from carnice_tui.ui.themed import ThemedApp


async def copy_answer(screen: "ChatScreen") -> None:
    """What is selected, else the message browsed, else the last answer."""
    transcript = screen.transcript
    if transcript.selection is not None:
        await copy_selected(transcript)
        return
    card = transcript.browsed_entry()
    if card is not None and card.stops:
        await copy_text(screen, card.source)
        return
    node = transcript.browsed_node() or last_answer(screen)
    await copy_text(screen, text_of(screen, node) if node else "")


async def copy_selected(transcript: Transcript) -> None:
    """What is selected, which is then selected no more."""
    if transcript.selection is not None:
        await copy_text(transcript, selected_source(transcript.selection, transcript.window))
        transcript.select(None)


async def copy_code(screen: "ChatScreen") -> None:
    """A code block of the message browsed, else of the last answer: which, is asked."""
    node = screen.transcript.browsed_node() or last_answer(screen)
    blocks = code_blocks(text_of(screen, node)) if node else []
    if not blocks:
        screen.notify("There is no code block to copy.")
        return
    chosen = len(blocks) - 1
    if chosen:
        choices = [
            Choice(str(at), _told(block), counted(block.count("\n"), "line"))
            for at, block in enumerate(blocks)
        ]
        answer = await ask(screen, Picker("Copy which code?", choices, chosen=str(chosen)))
        if answer is None:
            return
        chosen = int(answer)
    await copy_text(screen, blocks[chosen])


def _told(block: str) -> str:
    """The first line of a block that says something."""
    return next((line.strip() for line in block.splitlines() if line.strip()), "")


async def copy_all(screen: "ChatScreen") -> None:
    """The whole branch as Markdown."""
    await copy_text(screen, conversation_text(screen.session.conversation.tree.path()))


def last_answer(screen: "ChatScreen") -> str:
    """The id of the newest answer with text; "" if there is none."""
    for node in reversed(screen.session.conversation.tree.path()):
        if node.role == "assistant" and node.answer:
            return node.id
    return ""


def text_of(screen: "ChatScreen", node: str) -> str:
    """A message as it was written."""
    found = screen.session.conversation.tree.nodes.get(node)
    if found is None:
        return ""
    opening = found.opening
    return "".join(found.answer) if isinstance(opening, TurnStarted) else opening.text


def code_blocks(markdown: str) -> list[str]:
    """The fences of a text, without their marks."""
    return [token.content for token in block_parser().parse(markdown) if token.type == "fence"]


def conversation_text(nodes: list[Node]) -> str:
    """Messages one after the other, each under who said it."""
    parts: list[str] = []
    for node in nodes:
        if isinstance(node.opening, UserMessage):
            parts.append(f"## You\n\n{node.message().content}")
        elif isinstance(node.opening, TurnStarted) and node.answer:
            parts.append(f"## {node.opening.model or 'Model'}\n\n{''.join(node.answer).strip()}")
    return "\n\n".join(parts) + "\n" if parts else ""


async def copy_text(widget: Widget, text: str) -> None:
    """Copy `text` from a screen or widget and say what happened."""
    if not text:
        widget.notify("There is nothing to copy yet.")
        return
    copied = await copy(text, cast("ThemedApp", app_of(widget)).write_to_terminal)
    widget.notify(copied.told, timeout=3)
