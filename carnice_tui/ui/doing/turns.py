"""Turns: other answers, other questions, other branches."""

from typing import TYPE_CHECKING

from carnice_tui.core.events import UserMessage
from carnice_tui.core.messages import Mode
from carnice_tui.core.tree import MessageTree, Node
from carnice_tui.ui.attaching import typed
from carnice_tui.ui.doing.keeping import keep_view
from carnice_tui.ui.doing.waiting import is_answering
from carnice_tui.ui.keys import with_keys
from carnice_tui.ui.screens.asking import ask
from carnice_tui.ui.screens.picker import Choice, Picker

if TYPE_CHECKING:
    from carnice_tui.ui.screens.chat import ChatScreen


def regenerate(screen: "ChatScreen") -> None:
    """Another answer beside the one browsed, beside that to the message browsed, or the last."""
    node = _node(screen, screen.transcript.browsed_node())
    screen.transcript.browse(None)
    if node is not None and node.role != "assistant":
        node = _answer_to(screen, node)
    screen.session.regenerate(node.id if node is not None else None)


def _answer_to(screen: "ChatScreen", node: Node) -> Node | None:
    path = screen.session.conversation.tree.path()
    after = path[path.index(node) + 1 :] if node in path else []
    return next((one for one in after if one.role == "assistant"), None)


def resume(screen: "ChatScreen") -> None:
    """Go on with an answer that was cut."""
    path = screen.session.conversation.tree.path()
    finished = path[-1].finished if path else None
    if finished is not None and finished.reason in ("stop", "tool-calls"):
        told = "The last answer is whole: {regenerate} asks for another one."
        screen.notify(with_keys(told))
        return
    screen.session.resume()


def edit(screen: "ChatScreen") -> None:
    """Put your message into the composer; sending makes a branch.

    It is the one browsed, the one that led to the answer browsed, or the last.
    """
    tree = screen.session.conversation.tree
    browsed = _node(screen, screen.transcript.browsed_node())
    path = tree.path(browsed.id if browsed else None)
    node = next((node for node in reversed(path) if node.role == "user"), None)
    if node is None or not isinstance(node.opening, UserMessage):
        screen.notify("There is no message of yours to edit.")
        return
    screen.composing.begin_edit(node.id, node.opening)


def undo(screen: "ChatScreen") -> None:
    """Step back before your last message, which comes into the composer."""
    if is_answering(screen):
        return
    node = screen.session.conversation.undo()
    if node is None:
        screen.notify("There is nothing to undo.")
        return
    screen.show_tree()
    told = with_keys("Undone; {branch} brings it back.")
    if screen.composer.text:
        told += " What you were writing stays too."
    elif isinstance(node.opening, UserMessage):
        screen.composer.load(typed(node.opening))
    screen.notify(told, timeout=3)


def next_branch(screen: "ChatScreen") -> None:
    """The next alternative of the message browsed, or of the last fork."""
    move_branch(screen, 1)


def move_branch(screen: "ChatScreen", step: int) -> None:
    """Another alternative, `step` further, in a circle; what was undone comes back."""
    tree = screen.session.conversation.tree
    if is_answering(screen):
        return
    browsed = screen.transcript.browsed_node()
    undone = tree.children[tree.tip] if not browsed else []
    other = undone[-1] if undone else _beside(tree, browsed, step)
    if not other:
        screen.notify("There is no other branch here.", timeout=3)
        return
    screen.session.conversation.move_tip(tree.leaf(other))
    screen.show_tree()
    screen.transcript.browse_node(other)


def _beside(tree: MessageTree, node: str, step: int) -> str:
    """The alternative to message `node`, else to the last that has any; "" where none has."""
    forks = [one.id for one in tree.path() if len(tree.siblings(one.id)) > 1]
    if not forks:
        return ""
    node = node if node in forks else forks[-1]
    siblings = tree.siblings(node)
    return siblings[(siblings.index(node) + step) % len(siblings)]


def _node(screen: "ChatScreen", node: str) -> Node | None:
    return screen.session.conversation.tree.nodes.get(node)


def branch_before(screen: "ChatScreen") -> None:
    """The alternative before."""
    move_branch(screen, -1)


def toggle_bugs(screen: "ChatScreen") -> None:
    """Chat, or find bugs."""
    _toggle(screen, "bugs")


def toggle_agent(screen: "ChatScreen") -> None:
    """Chat, or let the model work in a folder."""
    _toggle(screen, "agent")


def _toggle(screen: "ChatScreen", mode: Mode) -> None:
    if is_answering(screen):
        return
    screen.session.set_mode("chat" if screen.session.mode == mode else mode)
    screen.show_mode()


def answer_now(screen: "ChatScreen") -> None:
    """Let the model stop thinking."""
    if not screen.figures.thinking:
        screen.notify("It is not thinking now.", timeout=3)
        return
    screen.session.answer_now()


def new_conversation(screen: "ChatScreen") -> None:
    """Begin anew."""
    if is_answering(screen):
        return
    if not screen.session.conversation.tree.nodes:
        screen.notify("This conversation is new.", timeout=3)
    keep_view(screen)
    screen.session.new_conversation()
    screen.conversation_replaced()
    if not screen.composer.text:
        screen.composing.load_draft()


async def leave(screen: "ChatScreen") -> None:
    """Save and leave."""
    await screen.leave()


async def toggle_private(screen: "ChatScreen") -> None:
    """Begin a conversation of which nothing is kept, or again one that is saved."""
    session = screen.session
    if is_answering(screen):
        return
    if session.private and session.conversation.tree.nodes:
        choices = [Choice("leave", "Let it go"), Choice("stay", "Stay in it")]
        if await ask(screen, Picker("Nothing of this conversation is kept", choices)) != "leave":
            return
    keep_view(screen)
    session.private = not session.private
    session.new_conversation()
    screen.conversation_replaced()
    told = (
        "Private: nothing of this conversation is kept."
        if session.private
        else "Conversations are saved again."
    )
    screen.notify(told)
