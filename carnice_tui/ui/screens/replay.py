"""The player: a recording's transcript over its time line."""

import asyncio
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from carnice_tui.core.settings import Screen as ScreenWishes
from carnice_tui.core.tree import MessageTree
from carnice_tui.engine.replay import Replay, Step
from carnice_tui.ui.bound import bound
from carnice_tui.ui.doing.viewing import VIEWS
from carnice_tui.ui.enduring import Enduring
from carnice_tui.ui.transcript.look import Look
from carnice_tui.ui.transcript.thread import Thread
from carnice_tui.ui.transcript.view import Transcript
from carnice_tui.ui.widgets.timeline import TimeLine

TICK = 0.1
"""Seconds between two looks at the time."""

JUMP = 5.0
"""Seconds an arrow key goes."""


class ReplayScreen(Enduring, Screen[None]):
    """Shows what falls due, and lets one go anywhere in the recording."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bound("player.pause", "pause"),
        bound("player.back", "seek(-1)"),
        bound("player.on", "seek(1)"),
        bound("player.next-turn", "turn(1)"),
        bound("player.turn-before", "turn(-1)"),
        bound("player.step", "step"),
        bound("player.faster", "speed(2.0)"),
        bound("player.slower", "speed(0.5)"),
        bound("player.start", "start"),
        bound("player.end", "finish"),
        bound("player.line-up", "lines(-1)"),
        bound("player.line-down", "lines(1)"),
        bound("player.page-up", "page(-1)"),
        bound("player.page-down", "page(1)"),
        bound("player.fold", "thinking_view", overtakes=True),
        bound("player.quit", "leave", overtakes=True),
    ]

    def __init__(self, replay: Replay, look: Look, title: str, wishes: ScreenWishes) -> None:
        super().__init__()
        self.replay = replay
        self._title = title
        self._tree = MessageTree()
        self.thread = Thread(wishes.show_thinking, calm=wishes.screen_reader)
        self.transcript = Transcript(self.thread, look)
        self.transcript.can_focus = False  # the keys steer the replay
        self.timeline = TimeLine(replay, calm=wishes.screen_reader)
        self._playing: asyncio.Task[None] | None = None

    def compose(self) -> ComposeResult:
        """Transcript over time line."""
        yield self.transcript
        yield self.timeline

    def on_mount(self) -> None:
        """Begin to play."""
        self.set_interval(TICK, self.timeline.look_again)
        self._playing = asyncio.create_task(self._play())

    async def _play(self) -> None:
        async for step in self.replay.steps():
            self._show(step)
            # Lets the screen be painted where steps fall due faster than it can be.
            await asyncio.sleep(TICK / 4)

    def _show(self, step: Step) -> None:
        if step.restart:
            self._tree = MessageTree(step.records)
            self.thread.show(self._tree)
            self.transcript.replaced()
            return
        for record in step.records:
            self._tree.apply(record)
        if not self.thread.follow(step.records):
            self.thread.show(self._tree)
            self.transcript.replaced()
        self.transcript.content_grew()

    def action_pause(self) -> None:
        """Stand still, or play on; after the end from the start."""
        if self.replay.finished:
            self.replay.seek(0)
            self.replay.go_on()
        elif self.replay.paused:
            self.replay.go_on()
        else:
            self.replay.pause()

    def action_seek(self, direction: int) -> None:
        """Some seconds back or on."""
        self.replay.seek(self.replay.position + direction * JUMP)

    def action_turn(self, step: int) -> None:
        """Another turn."""
        self.replay.seek_turn(self.replay.turn + step)

    def action_step(self) -> None:
        """The next record, then stand still."""
        self.replay.step()

    def action_speed(self, factor: float) -> None:
        """Faster or slower."""
        self.replay.speed = self.replay.speed * factor

    def action_start(self) -> None:
        """From the beginning."""
        self.replay.seek(0)

    def action_finish(self) -> None:
        """All of it."""
        self.replay.finish()

    def action_lines(self, lines: int) -> None:
        """Scroll by lines."""
        self.transcript.scroll_lines(lines)

    def action_page(self, pages: int) -> None:
        """Scroll by screens."""
        self.transcript.scroll_pages(pages)

    def action_thinking_view(self) -> None:
        """Collapsed, its end, all of it."""
        at = VIEWS.index(self.thread.thinking)
        self.thread.show_thinking(VIEWS[(at + 1) % len(VIEWS)])
        self.transcript.refolded()

    async def action_leave(self) -> None:
        """Stop, and go back to where it was begun."""
        await self.stop()
        self.dismiss(None)

    async def stop(self) -> None:
        """Play no more."""
        self.replay.close()
        if self._playing is not None:
            self._playing.cancel()
            await asyncio.gather(self._playing, return_exceptions=True)
