"""How listing, searching and indexing hold with ten thousand sessions (1 GB), and a long one.

    python -m tests.perf.session_scale [--sessions 10000] [--folder DIR]

Times are wall time and, in brackets, the CPU time of this process: on a busy machine only the
second says something. Nothing is asserted; the goals are printed beside the figures.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psutil

from carnice_tui.core.events import (
    AnswerDelta,
    Record,
    TitleChanged,
    TurnFinished,
    TurnStarted,
    TurnStats,
    UserMessage,
)
from carnice_tui.core.tree import MessageTree
from carnice_tui.sessions.format import encode_line, new_header
from carnice_tui.sessions.index import delete_index, open_index
from carnice_tui.sessions.query import parse_query
from carnice_tui.sessions.read import read_messages
from carnice_tui.sessions.search import all_sessions, find
from carnice_tui.sessions.tail import read_tail

TOKENS = 64
"""Of an answer."""

TURNS = 20
"""Of each of the many sessions: about 100 KB."""


def words(drawn: random.Random) -> list[str]:
    """A vocabulary in which some words are everywhere and most are rare."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    return ["".join(drawn.choices(letters, k=drawn.randint(2, 9))) for _ in range(20_000)]


def say(drawn: random.Random, vocabulary: list[str]) -> str:
    """A word, common ones more often."""
    return vocabulary[int(len(vocabulary) * drawn.random() ** 3)]


def body(drawn: random.Random, vocabulary: list[str], turns: int) -> bytes:
    """The lines of a session, one a token, as the app writes them."""
    lines: list[Record] = []
    t, parent = 0.0, ""
    for turn in range(turns):
        asked, said = f"m{2 * turn + 1}", f"m{2 * turn + 2}"
        question = " ".join(say(drawn, vocabulary) for _ in range(30))
        lines.append(Record(t, UserMessage(question), asked, parent))
        lines.append(Record(t, TurnStarted("org/demo"), said, asked))
        for _ in range(TOKENS):
            t = round(t + 0.03, 4)
            lines.append(Record(t, AnswerDelta(f" {say(drawn, vocabulary)}"), said))
        stats = TurnStats(answer_tokens=TOKENS, total_time=2.0)
        lines.append(Record(t, TurnFinished("stop", stats), said))
        parent = said
    return b"".join(map(encode_line, lines))


def make(folder: Path, number: int) -> int:
    """Write the sessions; gives their size in bytes."""
    drawn = random.Random(1)
    vocabulary = words(drawn)
    bodies = [body(drawn, vocabulary, TURNS) for _ in range(100)]
    size = 0
    for n in range(number):
        header = new_header(f"0{n:09}", 1_800_000_000 + n * 60)
        title = Record(0, TitleChanged(" ".join(say(drawn, vocabulary) for _ in range(5))))
        data = encode_line(header) + encode_line(title) + bodies[n % len(bodies)]
        (folder / f"0{n:09}.jsonl").write_bytes(data)
        size += len(data)
    return size


def timed(work: Callable[[], object]) -> str:
    """Milliseconds: the best of five, wall and CPU."""
    walls: list[float] = []
    cpus: list[float] = []
    for _ in range(5):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return f"{min(walls) * 1e3:8.1f} ms ({min(cpus) * 1e3:.1f})"


def measure_many(folder: Path, number: int) -> None:
    """List, search and index."""
    size = make(folder, number)
    delete_index(folder)
    wall, cpu = time.perf_counter(), time.process_time()
    with open_index(folder) as index:
        index.refresh()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        rates = f"{size / wall / 1e6:.0f} MB/s ({size / cpu / 1e6:.0f})"
        print(f"{number:,} sessions, {size / 1e6:,.0f} MB; load {os.getloadavg()[0]:.1f}")
        print(f"index build            {rates}        goal 50 MB/s")
        index.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        kept = sum(p.stat().st_size for p in folder.glob("index.sqlite3*"))
        print(f"index size             {kept / 1e6:.0f} MB")
        now = datetime.now(UTC)
        common, rare = words(random.Random(1))[0], words(random.Random(1))[15_000]
        for name, text in [
            ("search, a common word ", common),
            ("search, a rare word   ", rare),
            ("search, two words     ", f"{common} {rare}"),
            ("search, word and date ", f"{rare} after:2026-01-01"),
            ("search, being typed   ", rare[:3]),
        ]:
            query = parse_query(text, now, partial="typed" in name)
            print(f"{name} {timed(lambda query=query: find(index, query))}        goal 50 ms")
    print(f"list all               {timed(lambda: all_sessions(folder))}        goal 100 ms")


def measure_long(folder: Path, messages: int) -> None:
    """Open one session of many messages, from the end and whole, each in a process of its own."""
    drawn = random.Random(2)
    path = folder / "long.jsonl"
    with path.open("wb") as file:
        file.write(encode_line(new_header("long", 0)) + body(drawn, words(drawn), messages // 2))
    print(f"one session of {messages:,} messages, {path.stat().st_size / 1e6:.0f} MB")
    for how in ("tail", "whole"):
        command = [sys.executable, "-m", "tests.perf.session_scale", "--open", how, str(path)]
        subprocess.run(command, check=True)


def open_one(how: str, path: Path) -> None:
    """Open a session and say how long it took and what it holds."""
    memory = psutil.Process().memory_info
    before = memory().rss
    wall, cpu = time.perf_counter(), time.process_time()
    records = read_tail(path).records if how == "tail" else read_messages(path).records
    shown = len(MessageTree(records).path())
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    grown = (memory().rss - before) / 1e6
    print(f"open, {how:<16} {wall * 1e3:8.1f} ms ({cpu * 1e3:.1f}), {shown:,} messages,"
          f" {grown:.0f} MB more        goal 300 ms, 150 MB")  # fmt: skip


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=10_000)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--open", nargs=2)
    options = parser.parse_args()
    if options.open:
        open_one(options.open[0], Path(options.open[1]))
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        measure_long(Path(folder), options.messages)
        (Path(folder) / "long.jsonl").unlink()
        measure_many(Path(folder), options.sessions)


if __name__ == "__main__":
    main()
