"""The line at the bottom: the model, its mode, its speed, and how full the window is."""

from rich.text import Text
from textual.widget import Widget

from carnice_tui.core.events import LoadProgress
from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.ui.figures import USEFUL_CONTEXT, Figures
from carnice_tui.ui.session import ChatSession
from carnice_tui.ui.widgets.kept import KeepsLines

_STAGES = {
    "starting": "starting the engine",
    "downloading": "downloading",
    "checking": "checking the model",
    "loading": "loading the model",
    "warming": "warming up",
}


class StatusLine(KeepsLines, Widget):
    """One line of figures; the least important are left out where it is narrow."""

    DEFAULT_CSS = "StatusLine { height: 1; width: 1fr; padding: 0 1; color: $text-muted; }"

    def __init__(self, *, calm: bool = False) -> None:
        """`calm`: figures change only when a turn is over."""
        super().__init__(id="status")
        self._calm = calm
        self._left: list[str] = []
        self._right: list[str] = []

    def show(self, session: ChatSession, figures: Figures, mode: str = "") -> None:
        """Show the present state, and the composer's mode; repaints only what is new."""
        left = [*([mode] if mode else []), *_left(session, figures)]
        right = _right(session, figures)
        if self._calm and figures.busy:
            right = self._right
        if (left, right) != (self._left, self._right):
            self._left, self._right = left, right
            self.refresh()

    def render(self) -> Text:
        """The line, as wide as there is room."""
        width = self.content_size.width
        left, right = list(self._left), list(self._right)
        while right and len(" · ".join(left)) + len(" · ".join(right)) + 2 > width:
            right.pop()
        shown = " · ".join(left)
        figures = " · ".join(right)
        if len(shown) > width:
            shown = shown[: max(0, width - 1)] + "…"
        return Text(
            shown + " " * max(1, width - len(shown) - len(figures)) + figures,
            no_wrap=True,
            end="",
        )


def _left(session: ChatSession, figures: Figures) -> list[str]:
    loaded = session.loaded
    name = loaded.name if loaded else session.model
    parts = [sanitize_line(name).rstrip("/").rsplit("/", 1)[-1]]
    if session.mode == "bugs":
        parts.append("bug finder")
    if session.private:
        parts.append("private")
    if session.reading is not None:
        parts.append("only read")
    parts.append(f"thinking {session.conversation.options.thinking}")
    match session.state:
        case "loading":
            parts.insert(1, loading_text(session.progress))
        case "failed":
            parts.insert(1, "no model: F4 chooses one")
        case "busy":
            prefill = figures.prefill
            if figures.asking:
                parts.append("waits for your yes or no")
            elif figures.thinking:
                parts.append("thinking…")
            elif figures.tokens:
                parts.append("answering…")
            elif prefill and prefill.done < prefill.total:
                parts.append(f"reading {prefill.done:,}/{prefill.total:,}")
            else:
                parts.append("waiting…")
        case "ready":
            if session.opening:
                parts.append("reading the session…")
    return parts


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
        mark = "" if used <= USEFUL_CONTEXT else f", useful to {_short(USEFUL_CONTEXT)}"
        parts.append(f"context {_short(used)}/{_short(window)}{mark}")
    first = figures.first_token if figures.busy else figures.stats.time_to_first_token
    if first:
        parts.append(f"first {first:.2f} s")
    cached = figures.stats.cached_tokens
    if figures.busy and figures.prefill:
        cached = figures.prefill.cached
    if cached:
        parts.append(f"cached {_short(cached)}")
    return parts


def _short(tokens: int) -> str:
    return f"{tokens:,}" if tokens < 10_000 else f"{tokens / 1000:.0f}k"


def _bytes(count: int) -> str:
    if count < 1_000_000_000:
        return f"{count / 1_000_000:.0f} MB"
    return f"{count / 1_000_000_000:.1f} GB"
