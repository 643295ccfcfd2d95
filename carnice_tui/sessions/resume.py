"""Taking a session up again: all that is needed to go on where it ended."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from carnice_tui.core.events import Record, TipMoved, TurnStarted, UserMessage
from carnice_tui.core.messages import Mode, Sampling, ThinkingMode
from carnice_tui.core.settings import Settings
from carnice_tui.core.tree import MessageTree
from carnice_tui.sessions.fork import end_of_turn
from carnice_tui.sessions.format import SCHEMA
from carnice_tui.sessions.read import Session, read_messages
from carnice_tui.sessions.view import View, load_view


@dataclass(frozen=True)
class LastSettings:
    """How the last turn of a branch was asked; `model` is "" where there was none yet."""

    model: str = ""
    thinking: ThinkingMode | None = None
    mode: Mode = "chat"
    sampling: Sampling | None = None

    def over(self, settings: Settings, given: Collection[str]) -> Settings:
        """`settings` with what the session had, except what was `given` for this run."""
        if self.model and "model" not in given:
            settings = replace(settings, model=self.model)
        if self.thinking is None:
            return settings
        if self.mode == "bugs":
            return replace(settings, bugs=replace(settings.bugs, thinking=self.thinking))
        if "thinking.mode" in given:
            return settings
        return replace(settings, thinking=replace(settings.thinking, mode=self.thinking))


@dataclass(frozen=True)
class Resumed:
    """A session to go on with. `began` is where its clock stands, in seconds."""

    session: Session
    tree: MessageTree
    settings: LastSettings
    view: View
    began: float

    @property
    def records(self) -> list[Record]:
        """For a `Conversation`: tokens are joined, the words are all there."""
        return self.session.records

    @property
    def may_be_written(self) -> bool:
        """Whether this version may add to it; a newer version's file is only read."""
        return self.session.header.schema <= SCHEMA


def resume(path: Path, state: Path, turn: int | None = None) -> Resumed:
    """Read the session in `path` to go on with, at its end or at the end of `turn` (from 1).

    `state` is the folder of what screens keep.

    Raises:
        SessionError: there is no such file or turn.
    """
    session = read_messages(path)
    tree = session.tree()
    if turn is not None:
        moved = Record(session.duration, TipMoved(end_of_turn(tree, turn, session.id)))
        session.records.append(moved)
        tree.apply(moved)
    return Resumed(
        session, tree, last_settings(tree), load_view(state, path.stem), session.duration
    )


def last_settings(tree: MessageTree) -> LastSettings:
    """What the shown branch was last asked with."""
    for node in reversed(tree.path()):
        match node.opening:
            case TurnStarted(model=model, thinking=thinking, mode=mode, sampling=sampling):
                return LastSettings(model, thinking, mode, sampling)
            case UserMessage(mode=mode):
                return LastSettings(mode=mode)
            case _:
                continue
    return LastSettings()
