import asyncio

import pytest

from carnice_tui.core.events import (
    AnswerDelta,
    Record,
    TurnFinished,
    TurnStarted,
    UserMessage,
)
from carnice_tui.engine.replay import Replay, Step


class Time:
    """A clock that jumps to where it is waited for, and remembers each wait."""

    def __init__(self) -> None:
        self.time = 0.0
        self.waits: list[float | None] = []

    def now(self) -> float:
        return self.time

    async def wait(self, seconds: float | None, changed: asyncio.Event) -> None:
        self.waits.append(seconds)
        if changed.is_set():
            return
        if seconds is None:
            await changed.wait()
        else:
            self.time += seconds
            await asyncio.sleep(0)


def turn(start: float, number: int) -> list[Record]:
    asked, said = f"q{number}", f"a{number}"
    return [
        Record(start, UserMessage("?"), asked, ""),
        Record(start, TurnStarted("demo"), said, asked),
        Record(start + 3, AnswerDelta("one"), said),
        Record(start + 4, AnswerDelta("two"), said),
        Record(start + 4, TurnFinished("stop"), said),
    ]


RECORDS = [*turn(100, 1), *turn(500, 2)]


async def times(replay: Replay, clock: Time) -> list[float]:
    return [clock.time async for _ in replay.play()]


async def test_records_come_in_their_recorded_rhythm_and_idle_time_is_short() -> None:
    clock = Time()
    seen = await times(Replay(RECORDS, idle_pause=1, clock=clock), clock)
    assert seen == pytest.approx([1, 1, 4, 5, 5, 6, 6, 9, 10, 10])


async def test_double_speed_takes_half_the_time() -> None:
    clock = Time()
    seen = await times(Replay(RECORDS, idle_pause=1, speed=2, clock=clock), clock)
    assert seen[-1] == pytest.approx(5)


async def test_no_pause_is_longer_than_the_longest_allowed() -> None:
    clock = Time()
    seen = await times(Replay(RECORDS, max_pause=0.5, clock=clock), clock)
    assert seen[-1] == pytest.approx(3)


async def test_all_at_once_waits_for_nothing() -> None:
    clock = Time()
    replay = Replay(RECORDS, clock=clock)
    replay.finish()
    assert [step async for step in replay.steps()] == [Step(RECORDS)]
    assert clock.waits == []


async def test_times_that_run_backwards_do_not_stop_the_replay() -> None:
    clock = Time()
    records = [Record(t, AnswerDelta("x"), "a") for t in (5.0, 1.0, 2.0, 6.0)]
    seen = await times(Replay(records, idle_pause=1, clock=clock), clock)
    assert seen == pytest.approx([1, 1, 1, 2])


async def test_paused_it_shows_one_record_a_step() -> None:
    clock = Time()
    replay = Replay(RECORDS, clock=clock)
    replay.pause()
    steps = replay.steps()
    shown: list[Record] = []
    for _ in range(3):
        replay.step()
        shown += (await anext(steps)).records
    assert shown == RECORDS[:3]
    assert replay.paused
    assert clock.time == 0
    replay.go_on()
    assert [record async for step in steps for record in step.records] == RECORDS[3:]


async def test_seeking_forward_shows_what_lies_between_at_once() -> None:
    replay = Replay(RECORDS, idle_pause=1, clock=Time())
    replay.seek(4.5)
    assert await anext(replay.steps()) == Step(RECORDS[:3])
    assert replay.position == pytest.approx(4.5)


async def test_seeking_back_begins_the_screen_anew() -> None:
    replay = Replay(RECORDS, idle_pause=1, clock=Time())
    steps = replay.steps()
    replay.seek(9.5)
    await anext(steps)
    replay.seek_turn(1)
    assert await anext(steps) == Step(RECORDS[:1], restart=True)
    assert replay.turn == 1
    assert [record async for step in steps for record in step.records] == RECORDS[1:]


async def test_a_turn_is_found_by_its_number() -> None:
    replay = Replay(RECORDS, clock=Time())
    replay.seek_turn(2)
    assert await anext(replay.steps()) == Step(RECORDS[:6])
    assert replay.turn == 2
    replay.seek_turn(99)
    assert replay.turn == 2


async def test_at_its_end_it_may_wait_to_be_sought_back() -> None:
    replay = Replay(RECORDS, waits_at_end=True, clock=Time())
    steps = replay.steps()
    replay.finish()
    await anext(steps)
    waiting = asyncio.ensure_future(anext(steps))
    await asyncio.sleep(0)
    assert not waiting.done()
    replay.seek_turn(1)
    assert (await waiting).restart
    replay.close()
    assert [step async for step in steps] == []


async def test_a_change_of_speed_keeps_the_place() -> None:
    clock = Time()
    replay = Replay(RECORDS, idle_pause=1, clock=clock)
    steps = replay.steps()
    await anext(steps)
    place = replay.position
    replay.speed = 4
    assert replay.position == pytest.approx(place)
    await anext(steps)
    assert clock.time == pytest.approx(1 + 3 / 4)


async def test_a_screen_that_was_slow_gets_what_is_late_together() -> None:
    clock = Time()
    replay = Replay(RECORDS, idle_pause=1, clock=clock)
    steps = replay.steps()
    await anext(steps)
    clock.time += 3.5
    assert await anext(steps) == Step(RECORDS[2:3])
    clock.time += 60
    assert (await anext(steps)).records == RECORDS[3:]


async def test_an_empty_recording_ends_at_once() -> None:
    assert [step async for step in Replay([], clock=Time()).steps()] == []
