"""The suites on a tiny model: figures agree with mlx-lm's, and totals with another clock."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from carnice_tui.bench import agent7
from carnice_tui.bench.prompts import AGENT7
from carnice_tui.bench.results import BenchError, Row
from carnice_tui.bench.run import Bench
from carnice_tui.bench.tables import figure
from carnice_tui.engine.local import LocalEngine
from carnice_tui.engine.remote.engine import RemoteEngine
from carnice_tui.models.machine import Machine

MACHINE = Machine("a chip", "cpu", 8 * 10**9, 8 * 10**9)


@pytest.fixture
def bench(dense: Path, tmp_path: Path) -> Bench:
    return Bench(
        MACHINE,
        [(str(dense), dense)],
        lambda: LocalEngine(log=tmp_path / "worker.log"),
        bandwidth=20.0,
    )


def value(row: Row, name: str) -> float:
    measure = row.measure(name)
    assert measure is not None, name
    return measure.value


async def test_agent7_measures_both_and_agrees_with_a_clock_of_its_own(bench: Bench):
    begun = time.monotonic()
    result = await bench.agent7(6)
    took = time.monotonic() - begun
    ours, plain = result.rows
    assert (ours.by, plain.by) == ("carnice-chat", "mlx_lm")
    # Both hold to the same number of greedy tokens, as they compute the same.
    assert value(ours, agent7.TOKENS) == value(plain, agent7.TOKENS)
    assert 0 < value(ours, agent7.WALL) + value(plain, agent7.WALL) < took
    assert value(plain, agent7.FASTER) == 1.0


async def test_a_total_is_what_an_independent_clock_says(dense: Path, tmp_path: Path):
    from carnice_tui.bench.subjects import EngineSubject

    subject = EngineSubject(LocalEngine(log=tmp_path / "worker.log"), str(dense))
    await subject.start()
    try:
        begun = time.monotonic()
        samples = [sample async for sample in agent7.measure(subject, 24)]
        took = time.monotonic() - begun
    finally:
        await subject.close()
    total = value(agent7.row_of("m", "x", samples), agent7.WALL)
    assert total <= took
    assert total > 0.9 * took
    for sample in samples:
        assert sample.first < sample.wall


async def test_decode_gives_best_mean_tenth_and_share_of_the_limit(bench: Bench):
    result = await bench.decode(8)
    ours = result.rows[0]
    assert value(ours, "best") >= value(ours, "mean") > 0
    assert 0 < value(ours, "of the limit") < 100


async def test_prefill_reads_less_when_it_was_read_before(bench: Bench):
    ours, plain = (await bench.prefill([300])).rows
    assert {m.name for m in ours.measures} == {"300 cold", "300 warm", "300 resumed"}
    assert {m.name for m in plain.measures} == {"300 cold"}
    read = dict(
        part.removeprefix("300 ").split(" ")
        for part in ours.note.removeprefix("tokens read/prompt: ").split(", ")
    )
    for kind in ("warm", "resumed"):
        done, whole = map(int, read[kind].split("/"))
        assert done < whole / 2


async def test_prefill_keeps_what_it_measured_when_a_length_is_beyond_the_window(bench: Bench):
    lines: list[str] = []
    asked = replace(bench, tell=lines.append, plain=False)
    (ours,) = (await asked.prefill([64, 1_000_000, 2_000_000])).rows
    assert {m.name for m in ours.measures} == {"64 cold", "64 warm", "64 resumed"}
    assert "ended at 1,000,000 tokens" in ours.note
    assert "the window is" in ours.note
    assert not any("2,000,000" in line for line in lines)
    with pytest.raises(BenchError, match="the window is"):
        await asked.prefill([1_000_000])


async def test_perplexity_is_mlx_lms_to_a_unit_of_the_last_digit_printed(
    hybrid: Path, bench: Bench, tmp_path: Path
):
    text = tmp_path / "text.txt"
    text.write_text("the bug return await FIX. " * 120)
    both = Bench(MACHINE, [*bench.models, ("hybrid", hybrid)], bench.new_engine)
    result = await both.perplexity([32, 280], 2, str(text))
    assert len(result.rows) == 4
    for ours, theirs in zip(result.rows[::2], result.rows[1::2], strict=True):
        for length in (32, 280):
            # Chunks add in another order: two figures 1e-6 apart may be rounded apart.
            assert value(ours, f"at {length}") == pytest.approx(
                value(theirs, f"at {length}"), abs=0.001
            )
            assert "±" in figure(ours.measure(f"at {length}"))


LONG = 100_000


class _OpenAi(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._send(json.dumps({"data": [{"id": "carnice-q5_k_m"}]}).encode())

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        body = json.loads(self.rfile.read(length))
        if length > LONG:
            status, message = self.server.refusal
            self._send(json.dumps({"error": {"message": message}}).encode(), status)
            return
        thinks = body.get("reasoning_effort") == "low"
        assert body["chat_template_kwargs"] == {"enable_thinking": thinks}
        events = [{"choices": [{"delta": {"content": f"word{i} "}}]} for i in range(5)]
        events.append({"choices": [], "usage": {"prompt_tokens": 30, "completion_tokens": 7}})
        lines = [f"data: {json.dumps(event)}\n\n" for event in events]
        self._send("".join([*lines, "data: [DONE]\n\n"]).encode())

    def _send(self, content: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextlib.contextmanager
def openai_server(refusal: tuple[int, str] = (400, "")) -> Iterator[str]:
    """`refusal`: status and words with which it refuses a request of more than `LONG` bytes."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _OpenAi)
    server.refusal = refusal
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


async def test_another_server_is_measured_the_same_way():
    with openai_server() as url:
        empty = Bench(MACHINE, [], lambda: LocalEngine(), baseline_url=url)
        (row,) = (await empty.agent7(16)).rows
    assert row.model == "carnice-q5_k_m"
    assert value(row, agent7.TOKENS) == 7 * len(AGENT7)


async def test_a_server_is_measured_in_place_of_this_machines_engine():
    with openai_server() as url:
        served = Bench(MACHINE, [("", None)], lambda: RemoteEngine(url), base_url=url)
        (row,) = (await served.agent7(16)).rows
        (turns,) = (await served.decode(16)).rows
        result = await served.prefill([64])
    assert (row.model, row.by) == ("default_model", url)
    assert value(row, agent7.TOKENS) == 7 * len(AGENT7)
    assert value(turns, "best") > 0
    assert [measure.name for measure in result.rows[0].measures] == ["64 cold", "64 warm"]
    assert "server" in result.machine


async def test_a_prompt_that_a_server_refuses_as_too_long_ends_the_row_there():
    with openai_server((400, "This is past the maximum context length.")) as url:
        beside = Bench(MACHINE, [], lambda: LocalEngine(), baseline_url=url)
        (row,) = (await beside.prefill([64, 5_000, 6_000])).rows
    assert [measure.name for measure in row.measures] == ["64 cold"]
    assert "ended at 5,000 tokens" in row.note
    assert "maximum context length" in row.note


async def test_a_server_that_fails_at_a_length_is_no_end_of_a_window():
    with openai_server((500, "Out of memory.")) as url:
        beside = Bench(MACHINE, [], lambda: LocalEngine(), baseline_url=url)
        with pytest.raises(BenchError, match="500"):
            await beside.prefill([64, 5_000])
