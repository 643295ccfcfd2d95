"""Ctrl-C and its like: the answer so far is printed, saved, and the status says why it ended."""

import signal
import subprocess

import msgspec
import pytest

from carnice_tui.core.events import AnswerDelta, Record, TurnFinished
from carnice_tui.sessions.read import read_session
from tests.cli.conftest import Home

LONG = ("--thinking", "off", "--temperature", "0", "-p", "abc", "-o", "jsonl")
"""The tiny model answers this until its window is full, which takes seconds."""


def interrupted(home: Home, tiny: str, number: signal.Signals) -> tuple[int, list[Record], str]:
    """Send `number` once the answer has begun; gives the status and all that was printed."""
    pipe = subprocess.PIPE
    with home.start("-m", tiny, *LONG, stdout=pipe, stderr=pipe) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        lines: list[bytes] = []
        while b"answer_delta" not in (line := process.stdout.readline()):
            assert line, process.stderr.read()
            lines.append(line)
        process.send_signal(number)
        lines += [line, *process.stdout.readlines()]
        errors = process.stderr.read().decode()
        process.wait(timeout=30)
    records = [msgspec.json.decode(line, type=Record) for line in lines]
    return process.returncode, records, errors


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=lambda value: value.name if isinstance(value, signal.Signals) else "",
)
def test_the_answer_so_far_is_kept(home: Home, tiny: str, number: signal.Signals, status: int):
    code, printed, errors = interrupted(home, tiny, number)

    assert code == status
    assert errors == ""
    finished = printed[-1].event
    assert isinstance(finished, TurnFinished)
    assert finished.reason == "cancelled"
    (session,) = home.sessions()
    saved = read_session(session).records

    def said(records: list[Record]) -> str:
        return "".join(r.event.text for r in records if isinstance(r.event, AnswerDelta))

    assert said(printed)
    assert said(saved) == said(printed)
