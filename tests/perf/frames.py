"""How long the app's event loop is held at once: meanwhile no frame comes and no key is answered.

    python -m tests.perf.frames [--tokens 20000] [--messages 10000]

The app runs in a real pseudo-terminal on a scripted engine; each callback of its loop is timed
inside it, in CPU time of its thread (what a busy machine adds is no matter of the app's) and in
wall time. Nothing is asserted; the goal is 50 ms.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.ui.terminal import Terminal

NOTED = 0.004
"""Seconds of CPU: shorter ones are not written down."""


def watch(file: Path) -> None:
    """Write down every callback of the loop that takes long."""
    out = file.open("w", buffering=1)
    run: Callable[[asyncio.Handle], None] = asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        wall, cpu = time.monotonic(), time.thread_time()
        run(handle)
        cpu = time.thread_time() - cpu
        if cpu > NOTED:
            owner = getattr(handle._callback, "__self__", None)
            name = owner.get_name() if isinstance(owner, asyncio.Task) else repr(handle._callback)
            out.write(json.dumps([wall, time.monotonic() - wall, cpu, name[:60]]) + "\n")

    asyncio.Handle._run = timed


def inside(file: Path, tokens: int) -> None:
    """Be the app."""
    from carnice_tui.core import paths
    from carnice_tui.core.events import AnswerDelta, PrefillProgress, TurnFinished, TurnStats
    from carnice_tui.core.settings import Settings
    from carnice_tui.engine.asking import TurnOptions
    from carnice_tui.sessions.log import SessionLog
    from carnice_tui.ui.app import run
    from carnice_tui.ui.setup import AppSetup
    from tests.perf.texts import tokens_of
    from tests.ui.scripted_engine import ScriptedEngine

    script = [
        PrefillProgress(100, 100, 50),
        *(AnswerDelta(token) for token in tokens_of("prose", tokens)),
        TurnFinished("stop", TurnStats(prompt_tokens=100, decode_tps=50)),
    ]
    watch(file)
    folder = paths.sessions_dir()
    run(
        AppSetup(
            ScriptedEngine([script]),
            Settings(),
            lambda mode: TurnOptions(mode=mode),
            new_log=lambda tell: SessionLog.new(folder, tell=tell),
            reopen_log=lambda path, tell: SessionLog.reopen(path, tell=tell),
        )
    )


def make_session(folder: Path, messages: int) -> None:
    """A long session, the only one there is."""
    import random

    from carnice_tui.core.events import Record, TitleChanged
    from carnice_tui.sessions.format import encode_line, new_header
    from tests.perf.session_scale import body, words

    folder.mkdir(parents=True)
    drawn = random.Random(2)
    with (folder / "0000000001.jsonl").open("wb") as file:
        file.write(encode_line(new_header("0000000001", 1_800_000_000)))
        file.write(encode_line(Record(0, TitleChanged("LONG ONE"))))
        file.write(body(drawn, words(drawn), messages // 2))


def measure(tokens: int, messages: int) -> None:
    """Drive the app through what people do, and print what held it longest."""
    from fcntl import ioctl
    from struct import pack
    from termios import TIOCSWINSZ

    phases: list[tuple[str, float]] = []

    def phase(name: str) -> None:
        phases.append((name, time.monotonic()))

    with tempfile.TemporaryDirectory() as home:
        make_session(Path(home) / "data" / "sessions", messages)
        log = Path(home) / "callbacks.jsonl"
        folders = {f"CARNICE_{n}_DIR": f"{home}/{n.lower()}" for n in ("CONFIG", "DATA", "STATE")}
        command = ("-m", "tests.perf.frames", "--inside", str(log), "--tokens", str(tokens))
        phase("start")
        terminal = Terminal(*command, columns=120, rows=40, **folders)
        terminal.until("Enter sends")
        terminal.read(1)
        phase(f"stream of {tokens:,}")
        terminal.send("go\r")
        terminal.until("ZQENDQZ", 120)
        terminal.until("tok/s", 60)
        phase("scroll")
        for key in ("\x1b[5~",) * 20 + ("\x1b[1;5H", "\x1b[1;5F"):
            terminal.send(key)
            terminal.read(0.05)
        terminal.read(0.5)
        phase("resize")
        for columns in (100, 80, 120):
            ioctl(terminal._fd, TIOCSWINSZ, pack("HHHH", 40, columns, 0, 0))
            terminal.read(0.5)
            terminal.read(0.5)
        for name, key, seen in (
            ("F1 keys", "\x1bOP", "Keys · Esc"),
            ("F4 models", "\x1bOS", "Model · the conversation"),
            ("F5 themes", "\x1b[15~", "Daylight"),
            ("F7 details", "\x1b[18~", "Memory and context"),
            ("F8 settings", "\x1b[19~", "generation.temperature"),
            ("palette", "\x10", "Search for commands"),
            ("sessions", "\x0f", "found"),
        ):
            phase(name)
            terminal.send(key)
            terminal.until(seen)
            terminal.read(0.3)
            if name != "sessions":
                terminal.send("\x1b")
                terminal.until_gone(seen)
        phase(f"open {messages:,} messages")
        terminal.send("LONG")
        terminal.until("1 found")
        terminal.send("\r")
        terminal.until_gone("1 found")
        terminal.until("reading the session")
        terminal.until_gone("reading the session", 120)
        for _ in range(5):
            terminal.read(0.2)
        phase("scroll it")
        for key in ("\x1b[5~",) * 20 + ("\x1b[1;5H", "\x1b[1;5F"):
            terminal.send(key)
            terminal.read(0.05)
        terminal.read(0.5)
        phase("theme of it")
        for key in ("\x1b[15~", "\x1b[B", "\x1b[B", "\r"):
            terminal.send(key)
            terminal.read(0.5)
        terminal.kill()
        held = [json.loads(line) for line in log.read_text().splitlines()]
    print(f"longest holds of the loop, CPU ms (wall ms); goal 50; load {os.getloadavg()[0]:.1f}")
    ends = [*(began for _, began in phases[1:]), float("inf")]
    for (name, began), until in zip(phases, ends, strict=True):
        here = sorted((h for h in held if began <= h[0] < until), key=lambda h: -h[2])[:3]
        shown = ", ".join(
            f"{cpu * 1e3:.0f} ({wall * 1e3:.0f}) {what}" for _, wall, cpu, what in here
        )
        print(f"{name:<22} {shown}")


def main() -> None:
    """Measure, or be what is measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", type=int, default=20_000)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--inside", type=Path)
    options = parser.parse_args()
    if options.inside:
        sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
        inside(options.inside, options.tokens)
        return
    measure(options.tokens, options.messages)


if __name__ == "__main__":
    main()
