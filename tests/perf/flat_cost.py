"""What one more token costs at the end of a short and of a very long answer.

    python -m tests.perf.flat_cost

Each figure is the median time of feeding a token and painting the window, in milliseconds,
over 300 tokens after 100 and after 200,000 characters; the same after 10 and 3,000 messages;
and of a resize and a theme change with 3,000 messages.
"""

import statistics
import time

from carnice_tui.core import paths
from carnice_tui.core.events import AnswerDelta, Record, TurnFinished, TurnStarted, UserMessage
from carnice_tui.ui.themes import read_theme
from carnice_tui.ui.transcript.look import look_of
from carnice_tui.ui.transcript.thread import Thread
from carnice_tui.ui.transcript.window import Window
from tests.perf.texts import tokens_of

CARNICE = paths.shipped("themes") / "carnice.toml"

MEASURED = 300


def cost(window: Window, thread: Thread, tokens: list[str], node: str) -> list[float]:
    """Milliseconds of each token, fed and painted."""
    times: list[float] = []
    for token in tokens:
        began = time.thread_time()
        thread.apply(Record(0.0, AnswerDelta(token), node))
        window.rows()
        window.total()
        times.append((time.thread_time() - began) * 1000)
    return times


def after(kind: str, characters: int, messages: int = 1) -> list[float]:
    """The times of tokens that come after so many characters and messages."""
    thread, window = open_thread(messages)
    tokens = tokens_of(kind, characters // 3 + MEASURED + 400)
    start, length = 0, 0
    while length < characters:
        length += len(tokens[start])
        start += 1
    thread.apply(Record(0.0, AnswerDelta("".join(tokens[:start])), f"a{messages}"))
    window.rows()
    return cost(window, thread, tokens[start : start + MEASURED], f"a{messages}")


def open_thread(messages: int) -> tuple[Thread, Window]:
    """A thread of so many turns, the last one open."""
    thread = Thread()
    window = Window(thread.entries, look_of(read_theme(CARNICE)))
    window.resize(119, 37)
    text = "".join(tokens_of("prose", 100)[:-3])
    for number in range(1, messages + 1):
        thread.apply(Record(0.0, UserMessage("a question"), f"u{number}", thread.tip))
        thread.apply(Record(0.0, TurnStarted("demo"), f"a{number}", f"u{number}"))
        if number < messages:
            thread.apply(Record(0.0, AnswerDelta(text), f"a{number}"))
            thread.apply(Record(0.0, TurnFinished("stop"), f"a{number}"))
    window.rows()
    return thread, window


def shown(times: list[float]) -> str:
    """Median and worst."""
    return f"{statistics.median(times):6.2f} ms (worst {max(times):6.2f})"


def main() -> None:
    for kind in ("prose", "list", "fence", "table"):
        short, long = after(kind, 100), after(kind, 200_000)
        ratio = statistics.median(long) / statistics.median(short)
        print(f"{kind:6} 100: {shown(short)}   200,000: {shown(long)}   ratio {ratio:.2f}")
    few, many = after("prose", 400, 10), after("prose", 400, 3000)
    ratio = statistics.median(many) / statistics.median(few)
    print(f"10 messages: {shown(few)}   3,000: {shown(many)}   ratio {ratio:.2f}")
    _, window = open_thread(3000)
    for name, change in (
        ("resize", lambda: window.resize(99, 30)),
        ("theme", lambda: window.restyle(look_of(read_theme(CARNICE)))),
        ("to start", window.to_start),
        ("to middle", lambda: window.to_fraction(0.5)),
    ):
        began = time.thread_time()
        change()
        window.rows()
        window.total()
        window.above()
        print(f"{name} with 3,000 messages: {(time.thread_time() - began) * 1000:.1f} ms")


if __name__ == "__main__":
    main()
