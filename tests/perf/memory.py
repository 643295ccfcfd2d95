"""What a transcript takes in memory, beside the text in it.

    python -m tests.perf.memory [--kind prose] [--millions 5]

The app runs in a real pseudo-terminal on a scripted engine that answers at once. Every million
characters of answers its resident memory is read from the system (Linux), and what it grew by
since the first million is divided by the bytes of text that came since; beside it what Python
allocated and still holds, by `tracemalloc` in a run of its own. The goal is 2.
"""

import argparse
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

from tests.ui.terminal import Terminal

MILLION = 1_000_000
ANSWER = 100_000
"""Characters of one answer."""

TOGETHER = 4
"""Tokens in one event: the app is not to be measured for its speed here."""


def inside(kind: str, answers: int, traced: Path | None) -> None:
    """Be the app. What is traced goes into a file at the end of every answer."""
    import gc
    import tracemalloc

    from carnice_tui.core.events import AnswerDelta, Event, TurnFinished, TurnStats
    from carnice_tui.core.settings import Settings
    from carnice_tui.engine.asking import TurnOptions
    from carnice_tui.ui import app
    from carnice_tui.ui.setup import AppSetup
    from tests.ui.scripted_engine import ScriptedEngine

    parts = parts_of(kind)

    def script(number: int) -> list[Event]:
        said = [AnswerDelta(part) for part in (*parts, f"\n\nEND{number}\n")]
        return [*said, TurnFinished("stop", TurnStats(decode_tps=50))]

    class Tracing(app.CarniceApp):
        """Writes down what is held whenever it is asked to."""

        def key_f12(self) -> None:
            gc.collect()
            assert traced is not None
            traced.write_text(str(tracemalloc.get_traced_memory()[0]))
            self.notify("traced", timeout=0.5)

    if traced is not None:
        app.CarniceApp = Tracing
        tracemalloc.start(1)
    engine = ScriptedEngine(script(number) for number in range(answers))
    app.run(AppSetup(engine, Settings(), lambda mode: TurnOptions(mode=mode)))


def parts_of(kind: str) -> list[str]:
    """One answer as it comes."""
    from tests.perf.texts import tokens_of

    tokens = tokens_of(kind, ANSWER // 4)[:-3]
    parts = ["".join(tokens[at : at + TOGETHER]) for at in range(0, len(tokens), TOGETHER)]
    return [*parts, "\n```\n"] if kind == "fence" else parts


def resident(terminal: Terminal) -> int:
    """Bytes of the process that are in memory now."""
    status = Path(f"/proc/{terminal.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


def measure(kind: str, millions: int, *, tracing: bool) -> list[tuple[int, int]]:
    """Bytes of text and bytes of memory, after every million characters."""
    size = sum(len(part.encode()) for part in parts_of(kind))
    each = MILLION // size + 1
    found: list[tuple[int, int]] = []
    with tempfile.TemporaryDirectory() as home:
        file = Path(home) / "traced"
        folders = {f"CARNICE_{n}_DIR": f"{home}/{n.lower()}" for n in ("CONFIG", "DATA", "STATE")}
        command = ["-m", "tests.perf.memory", "--kind", kind, "--inside", str(millions * each)]
        command += ["--traced", str(file)] if tracing else []
        terminal = Terminal(*command, columns=120, rows=40, **folders)
        terminal.until("Enter sends")
        for number in range(millions * each):
            terminal.send("go\r")
            terminal.until(f"END{number}", 120)
            terminal.until("50.0 tok/s", 60)
            if (number + 1) % each:
                continue
            for _ in range(5):
                terminal.read(0.2)
            if tracing:
                file.unlink(missing_ok=True)
                terminal.send("\x1b[24~")
                while not file.exists() or not file.read_text():
                    terminal.read(0.1)
            held = int(file.read_text()) if tracing else resident(terminal)
            found.append((size * (number + 1), held))
        terminal.kill()
    return found


def main() -> None:
    """Measure, or be what is measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", default="prose", choices=("prose", "list", "fence", "table"))
    parser.add_argument("--millions", type=int, default=5)
    parser.add_argument("--inside", type=int)
    parser.add_argument("--traced", type=Path)
    options = parser.parse_args()
    if options.inside:
        sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
        inside(options.kind, options.inside, options.traced)
        return
    for name, tracing in (("resident", False), ("traced", True)):
        found = measure(options.kind, options.millions, tracing=tracing)
        for (_, before), (text, held) in pairwise(found):
            step = (held - before) / MILLION
            print(f"{name:8} {text / MILLION:4.1f} M: {held / MILLION:6.1f} MB, {step:+.2f}")
        (first, start), (last, end) = found[0], found[-1]
        print(f"{options.kind}, {name}: growth ÷ text {(end - start) / (last - first):.2f}")


if __name__ == "__main__":
    main()
