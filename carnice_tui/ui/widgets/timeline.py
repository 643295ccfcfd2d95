"""The time line of a replay: where it is, how fast it plays, and the keys that steer it."""

from rich.text import Text
from textual.widget import Widget

from carnice_tui.engine.replay import Replay
from carnice_tui.ui.enduring import Enduring
from carnice_tui.ui.keys import with_keys

KEYS = (
    "{player.pause} pause",
    "{player.quit} quit",
    "{player.back}/{player.on} 5 s",
    "{player.next_turn}/{player.turn_before} turn",
    "{player.faster}/{player.slower} speed",
    "{player.step} step",
)
"""What is told of the keys, the most needed first: as much of it as there is room for."""


class TimeLine(Enduring, Widget):
    """Two lines: a bar over the whole recording, and the figures."""

    DEFAULT_CSS = "TimeLine { height: 2; width: 1fr; padding: 0 1; color: $text-muted; }"

    def __init__(self, replay: Replay, *, calm: bool = False) -> None:
        """`calm`: words that change with the turn only, for a screen reader."""
        super().__init__(id="timeline")
        self._replay = replay
        self._calm = calm
        self._shown = ""

    def look_again(self) -> None:
        """Repaint if anything is different."""
        text = self._text()
        if text != self._shown:
            self._shown = text
            self.refresh()

    def render(self) -> Text:
        """The bar and the figures."""
        return Text(self._text(), no_wrap=True, end="", overflow="ellipsis")

    def _text(self) -> str:
        replay = self._replay
        if self._calm:
            state = "At the end" if replay.finished else "Paused" if replay.paused else "Playing"
            return f"{state}, turn {replay.turn} of {len(replay.turns)}, speed {replay.speed:g}"
        width = max(10, self.content_size.width)
        share = replay.position / replay.duration if replay.duration else 1.0
        at = min(width - 1, int(share * width))
        bar = "━" * at + "●" + "─" * (width - at - 1)
        sign = "‖" if replay.paused else "■" if replay.finished else "▶"
        figures = (
            f"{sign} {_clock(replay.position)} / {_clock(replay.duration)} · ×{replay.speed:g} · "
            f"turn {replay.turn}/{len(replay.turns)}"
        )
        for keys in map(with_keys, KEYS):
            if len(figures) + len(keys) + 3 > width:
                break
            figures += f" · {keys}"
        return f"{bar}\n{figures}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes)}:{rest:04.1f}"
