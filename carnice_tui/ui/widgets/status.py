"""The line at the bottom: the model, its mode, its speed, and how full the window is."""

from rich.text import Text
from textual.widget import Widget

from carnice_tui.core.events import LoadProgress
from carnice_tui.core.quantities import thousands
from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.ui.enduring import Enduring
from carnice_tui.ui.figures import USEFUL_CONTEXT, Figures
from carnice_tui.ui.keys import with_keys
from carnice_tui.ui.session import ChatSession
from carnice_tui.ui.widgets.kept import KeepsLines
from carnice_tui.ui.words import STARTING, standing, status_text

_STAGES = {
    "starting": STARTING,
    "downloading": "downloading",
    "checking": "checking the model",
    "loading": "loading the model",
    "warming": "warming up",
}


class StatusLine(Enduring, KeepsLines, Widget):
    """One line of figures; the least important are left out where it is narrow."""

    DEFAULT_CSS = "StatusLine { height: 1; width: 1fr; padding: 0 1; color: $text-muted; }"

    def __init__(self, *, calm: bool = False) -> None:
        """`calm`: figures change only when a turn is over."""
        super().__init__(id="status")
        self._calm = calm
        self._left: list[str] = []
        self._right: list[str] = []

    def show(self, session: ChatSession, figures: Figures, *modes: str) -> None:
        """Show the present state, and what the composer is in; repaints only what is new."""
        left = [*filter(None, modes), *_left(session, figures)]
        right = _right(session, figures)
        if self._calm and figures.busy:
            right = self._right
        if (left, right) != (self._left, self._right):
            self._left, self._right = left, right
            self.refresh()

    def render(self) -> Text:
        """The line, as wide as there is room."""
        text = status_text(self._left, self._right, self.content_size.width)
        return Text(text, no_wrap=True, end="")


def _left(session: ChatSession, figures: Figures) -> list[str]:
    marks = [f"in {sanitize_line(session.agent.name)}"] if session.mode == "agent" else []
    if session.private:
        marks.append("private")
    if session.reading is not None:
        marks.append("only read")
    before, after = _doing(session, figures)
    model = session.loaded.name if session.loaded else session.model
    thinking = session.conversation.options.request.thinking
    return [*standing(model, before, session.mode, thinking, marks=marks), *after]


def _doing(session: ChatSession, figures: Figures) -> tuple[str, list[str]]:
    """What is being done: about the model, told early in the line, and in the turn, told last."""
    match session.state:
        case "loading":
            return loading_text(session.progress), []
        case "failed":
            return with_keys("no model: {model} chooses one"), []
        case "busy":
            return "", [_turn(figures)]
        case "ready":
            return "", ["reading the session…"] if session.opening else []


def _turn(figures: Figures) -> str:
    prefill = figures.prefill
    if figures.asking:
        return "waits for your yes or no"
    if figures.thinking:
        return "thinking…"
    if figures.tokens:
        return "answering…"
    if prefill and prefill.done < prefill.total:
        return f"reading {prefill.done:,}/{prefill.total:,}"
    return "waiting…"


def loading_text(progress: LoadProgress | None) -> str:
    """What is being done to bring a model in, with its share where known."""
    if progress is None:
        return _STAGES["starting"]
    text = _STAGES[progress.stage]
    if progress.total and progress.stage == "downloading":
        return f"{text} {_bytes(progress.done)} of {_bytes(progress.total)}"
    if progress.total:
        return f"{text} {100 * progress.done // progress.total} %"
    return text


def _right(session: ChatSession, figures: Figures) -> list[str]:
    """The most important first."""
    parts: list[str] = []
    if speed := figures.speed():
        parts.append(f"{speed:.1f} tok/s")
    window = session.loaded.context_window if session.loaded else figures.stats.context_window
    used = figures.context_used()
    if used and window:
        mark = "" if used <= USEFUL_CONTEXT else f", useful to {thousands(USEFUL_CONTEXT)}"
        parts.append(f"context {thousands(used)}/{thousands(window)}{mark}")
    first = figures.first_token if figures.busy else figures.stats.time_to_first_token
    if first:
        parts.append(f"first {first:.2f} s")
    cached = figures.stats.cached_tokens
    if figures.busy and figures.prefill:
        cached = figures.prefill.cached
    if cached:
        parts.append(f"cached {thousands(cached)}")
    return parts


def _bytes(count: int) -> str:
    if count < 1_000_000_000:
        return f"{count / 1_000_000:.0f} MB"
    return f"{count / 1_000_000_000:.1f} GB"
