"""The worker's main loop: what it does between the requests."""

import time
from pathlib import Path

import pytest

from carnice_tui.core.events import EngineFailed, Event
from carnice_tui.core.messages import Message, Sampling
from carnice_tui.core.requests import TurnRequest
from carnice_tui.core.wire import Load, Request, Shutdown, Turn, Unload
from carnice_tui.engine.worker.service import Service

LONG = " ".join(f"rule {n}: return the bug" for n in range(40))


class Quiet:
    """An inbox with these requests; notes the files there are whenever it waits for a moment."""

    def __init__(self, requests: list[Request], place: Path) -> None:
        self._requests = requests
        self._place = place
        self.seen: list[int] = []

    waiting = False

    def next(self) -> tuple[Request, float]:
        self.seen.append(len([*self._place.glob("*.prefix")]))
        return self._requests.pop(0), time.perf_counter()

    def within(self, seconds: float) -> tuple[Request, float] | None:
        soon = self.next()
        assert seconds > 0
        if not isinstance(soon[0], Unload):
            return soon
        return None  # an Unload stands for a quiet moment

    def is_cancelled(self, request: int) -> bool:
        return request < 0

    is_answer_now = is_cancelled

    def forget(self, request: int) -> None:
        pass


class Unheard:
    """An outbox that nobody reads."""

    def event(self, request: int, event: Event) -> None:
        assert not isinstance(event, EngineFailed), event

    def done(self, request: int) -> None:
        pass


@pytest.mark.parametrize("quiet", [True, False], ids=["a quiet moment", "the end"])
def test_files_are_written_when_nobody_asks_and_never_between_two_requests(
    dense: Path, tmp_path: Path, quiet: bool
) -> None:
    place = tmp_path / "prefixes"
    asked = [
        TurnRequest(
            (Message("system", LONG), Message("user", text)),
            sampling=Sampling(temperature=0),
            max_tokens=2,
        )
        for text in ("a", "b")
    ]
    requests = [
        Load(1, str(dense), "tiny", 0, prefix_folder=str(place), prefix_bytes=1 << 30),
        Turn(2, asked[0]),
        Turn(3, asked[1]),
        *([Unload(4)] if quiet else []),
        Shutdown(5),
    ]
    inbox = Quiet(requests, place)
    Service(inbox, Unheard()).serve()
    assert inbox.seen == ([0, 0, 0, 0, 1] if quiet else [0, 0, 0, 0])
    assert len([*place.iterdir()]) == 1
