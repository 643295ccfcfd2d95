"""Looking: folding, scrolling, browsing, figures."""

from typing import TYPE_CHECKING

from carnice_tui.core.settings import ThinkingView
from carnice_tui.ui.sparkline import sparkline
from carnice_tui.ui.transcript.card import LineEntry
from carnice_tui.ui.transcript.thinking_entry import ThinkingEntry

if TYPE_CHECKING:
    from carnice_tui.ui.screens.chat import ChatScreen

VIEWS: tuple[ThinkingView, ...] = ("collapsed", "tail", "full")

_SHOWN: dict[ThinkingView, str] = {
    "collapsed": "as one line",
    "tail": "by its end",
    "full": "in full",
}


def fold(screen: "ChatScreen") -> None:
    """Collapsed, its end, all of it."""
    view = VIEWS[(VIEWS.index(screen.thread.thinking) + 1) % len(VIEWS)]
    screen.thread.show_thinking(view)
    screen.transcript.refolded()
    if not any(isinstance(entry, ThinkingEntry) for entry in screen.thread.entries):
        screen.notify(f"Thinking will be shown {_SHOWN[view]}.", timeout=3)


def browse(screen: "ChatScreen") -> None:
    """Into the messages, or back to the composer."""
    if screen.transcript.has_focus:
        screen.transcript.browse(None)
        screen.composer.focus()
        return
    screen.transcript.browse_last()
    if screen.transcript.browsed_entry() is None:
        screen.notify("There is no message here yet.", timeout=3)
    else:
        screen.transcript.focus()


def interrupt(screen: "ChatScreen") -> None:
    """Stop the answer; else leave what is selected, browsed or edited."""
    if screen.session.interrupt():
        return
    screen.transcript.select(None)
    screen.transcript.browse(None)
    screen.composing.end_edit()
    screen.composer.focus()


def show_sparkline(screen: "ChatScreen") -> None:
    """How fast the last turn was, over its length."""
    width = max(10, screen.transcript.window.width - 30)
    line = sparkline(screen.figures.history, width, bars=screen.transcript.window.look.glyphs.bars)
    if not line:
        screen.notify("No turn has run yet.", timeout=3)
        return
    screen.thread.note(LineEntry("", line, "primary"))
    screen.transcript.content_grew()


def page_up(screen: "ChatScreen") -> None:
    """Read back."""
    screen.transcript.scroll_pages(-1)


def page_down(screen: "ChatScreen") -> None:
    """Read on."""
    screen.transcript.scroll_pages(1)


def line_up(screen: "ChatScreen") -> None:
    """Read back."""
    screen.transcript.scroll_lines(-1)


def line_down(screen: "ChatScreen") -> None:
    """Read on."""
    screen.transcript.scroll_lines(1)


def start(screen: "ChatScreen") -> None:
    """The first message."""
    screen.transcript.go_to_start()


def end(screen: "ChatScreen") -> None:
    """The newest message."""
    screen.transcript.go_to_end()
