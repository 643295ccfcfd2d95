"""Which function does which command. Its module is imported when it is first asked for."""

import gc
import inspect
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from carnice_tui.ui.screens.chat import ChatScreen

Doing = Callable[["ChatScreen"], Awaitable[None] | None]

DOING = {
    "help": "telling.show_help",
    "bugs": "turns.toggle_bugs",
    "agent": "turns.toggle_agent",
    "thinking": "choosing.choose_thinking",
    "model": "choosing.choose_model",
    "theme": "choosing.choose_theme",
    "answer-now": "turns.answer_now",
    "details": "details.show_details",
    "settings": "setting.show_settings",
    "new": "turns.new_conversation",
    "sessions": "opening.show_sessions",
    "examples": "playing.play_example",
    "replay": "playing.play_this",
    "fork": "opening.fork_session",
    "private": "turns.toggle_private",
    "fold": "viewing.fold",
    "interrupt": "viewing.interrupt",
    "browse": "viewing.browse",
    "copy": "copying.copy_answer",
    "copy-code": "copying.copy_code",
    "copy-all": "copying.copy_all",
    "regenerate": "turns.regenerate",
    "continue": "turns.resume",
    "edit": "turns.edit",
    "edit-copy": "opening.edit_in_copy",
    "undo": "turns.undo",
    "branch": "turns.next_branch",
    "branch-before": "turns.branch_before",
    "findings": "findings.list_findings",
    "open": "findings.open_at_line",
    "copy-fix": "findings.copy_fix",
    "explain": "findings.explain",
    "suggest": "findings.suggest",
    "apply": "findings.apply",
    "allow": "approving.allow",
    "allow-session": "approving.allow_session",
    "allow-always": "approving.allow_always",
    "deny": "approving.deny",
    "sparkline": "viewing.show_sparkline",
    "history": "choosing.choose_history",
    "editor": "writing.open_editor",
    "unfold": "writing.unfold",
    "rename": "choosing.rename",
    "suspend": "suspending.suspend",
    "quit": "turns.leave",
    "page-up": "viewing.page_up",
    "page-down": "viewing.page_down",
    "line-up": "viewing.line_up",
    "line-down": "viewing.line_down",
    "start": "viewing.start",
    "end": "viewing.end",
}


def doing(name: str) -> Doing:
    """The function of the command `name`."""
    module, _, function = DOING[name].partition(".")
    return cast("Doing", getattr(import_module(f"carnice_tui.ui.doing.{module}"), function))


def import_all() -> None:
    """Import what the commands need. It takes a few frames' time: call it in a thread.

    The libraries behind the sessions alone held the event loop for a tenth of a second when
    their screen was first opened.

    What is loaded by then stays. The garbage collector need not look at it again: each time it
    looked at everything there is, 40 to 60 ms went by without a frame or a key (measured).
    """
    for name in DOING:
        doing(name)
    gc.freeze()


async def do(screen: "ChatScreen", name: str) -> None:
    """Do the command `name`."""
    result = doing(name)(screen)
    if inspect.isawaitable(result):
        await result
