"""The figures of the details sheet and of the status line."""

import msgspec

from carnice_tui.core.events import (
    AnswerDelta,
    PrefillProgress,
    Record,
    TurnFinished,
    TurnStarted,
    TurnStats,
)
from carnice_tui.models.machine import Machine
from carnice_tui.models.memory import Load
from carnice_tui.ui.doing.details import memory_rows, speed_rows
from carnice_tui.ui.figures import POINTS, USEFUL_CONTEXT, Figures
from carnice_tui.ui.sparkline import sparkline
from tests.ui.conftest import MakeApp
from tests.ui.scripted_engine import MODEL, answer
from tests.ui.watching import say, sees

GIB = 2**30
MAX = Machine("Apple M4 Max", "metal", 64 * GIB, 48 * GIB, 546.0)
LOAD = Load(16 * GIB, 16 * GIB, None)


def after(*events: object) -> Figures:
    figures = Figures()
    for event in events:
        figures.take(Record(0.0, event, "m2"))
    return figures


def test_the_speed_is_told_beside_what_the_bandwidth_allows() -> None:
    figures = after(TurnFinished("stop", TurnStats(decode_tps=27.0)))
    rows = dict(speed_rows(LOAD, MAX, figures))
    assert rows["of the bandwidth limit"] == "85% of 31.8 tok/s"
    unknown = msgspec.structs.replace(MAX, bandwidth=None)
    assert dict(speed_rows(LOAD, unknown, figures))["of the bandwidth limit"] == ""


def test_the_context_is_that_of_the_last_question_of_a_turn_that_asked_several() -> None:
    stats = TurnStats(prompt_tokens=400, answer_tokens=20)
    figures = after(
        TurnStarted("m"), PrefillProgress(100, 100), PrefillProgress(300, 300),
        TurnFinished("stop", stats),
    )  # fmt: skip
    assert figures.context_used() == 300


def test_the_live_figures_begin_anew_where_an_answer_that_was_cut_goes_on() -> None:
    figures = Figures()
    for t, event in (
        (0.0, TurnStarted("m")),
        (1.0, AnswerDelta("a")),
        (2.0, TurnFinished("length", TurnStats(decode_tps=9.0))),
        (60.0, PrefillProgress(5, 5)),
        (61.0, AnswerDelta("b")),
        (61.5, AnswerDelta("c")),
    ):
        figures.take(Record(t, event, "m2"))
    assert figures.busy
    assert (figures.first_token, figures.speed()) == (1.0, 2.0)
    assert [t for t, _ in figures.history] == [1.0, 1.5]


def test_the_useful_context_is_marked() -> None:
    window = msgspec.structs.replace(MODEL, context_window=262_144)
    figures = after(TurnStarted("m"), PrefillProgress(USEFUL_CONTEXT + 1, USEFUL_CONTEXT + 1))
    rows = dict(memory_rows(window, LOAD, figures))
    assert rows["useful context"] == "to about 25,000 tokens, now past it"
    assert rows["context used"] == "25,001 of 262,144 tokens (10%)"


def test_a_sparkline_without_bars_is_the_figures_alone() -> None:
    history = [(0.0, 1), (1.0, 2), (2.0, 1), (3.0, 2)]
    assert sparkline(history, 2, bars="▁█") == "▁▁ 2 to 2 tok/s over 3.0 s".replace("▁▁", "██")
    assert sparkline(history, 2, bars="") == "2 to 2 tok/s over 3.0 s"


def test_the_speed_over_a_long_turn_is_kept_in_bounds_and_loses_no_token() -> None:
    figures = after(TurnStarted("m"))
    for at in range(1, 20_001):
        figures.take(Record(at / 50, AnswerDelta("a"), "m2"))
    assert len(figures.history) <= POINTS
    assert sum(count for _, count in figures.history) == 20_000
    assert sparkline(figures.history, 40, bars="") == "48 to 51 tok/s over 399.4 s"


async def test_the_details_come_over_the_chat(make_app: MakeApp) -> None:
    async with make_app(answer("Hello.")).run_test(size=(100, 50)) as pilot:
        await say(pilot, "go")
        await sees(pilot, "45.0 tok/s")
        await pilot.press("f7")
        await sees(pilot, "Memory and context")
        await sees(pilot, "useful context")
