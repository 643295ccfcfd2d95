"""How probable each token of an answer was: true figures, beside the text they belong to."""

import socket
import time
from pathlib import Path

import mlx.core as mx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnice_tui.core.events import AnswerDelta, Event, ReasoningDelta, TokenLogprob
from carnice_tui.core.messages import Message, Sampling
from carnice_tui.core.requests import JsonGuide, TurnRequest
from carnice_tui.core.wire import Reply, frame_reader
from carnice_tui.engine.worker import loading
from carnice_tui.engine.worker.clock import Control
from carnice_tui.engine.worker.pipe import Outbox
from carnice_tui.engine.worker.scores import AnswerScores
from carnice_tui.engine.worker.turn import Turns
from tests.engine.cold import Plain, message_of

WARM = Sampling(temperature=1.5, seed=3, top_k=0, top_p=1.0)


@pytest.fixture(params=["dense", "hybrid"])
def folder(request: pytest.FixtureRequest) -> Path:
    return request.getfixturevalue(request.param)


@pytest.fixture
def turns(folder: Path) -> Turns:
    *_, loaded = loading.load(folder, "tiny", 0)
    assert isinstance(loaded, loading.LoadedModel)
    return Turns(loaded)


def ask(turns: Turns, **options) -> list[Event]:
    request = TurnRequest((Message("user", "the bug"),), **{"max_tokens": 24, **options})
    return list(turns.run(request, Control(), time.perf_counter()))


def scores_of(events: list[Event]) -> list[TokenLogprob]:
    return [s for event in events if isinstance(event, AnswerDelta) for s in event.logprobs]


def test_the_figures_are_those_of_the_model_itself(turns: Turns, folder: Path) -> None:
    scores = scores_of(ask(turns, sampling=WARM, logprobs=4))
    plain = Plain(folder)
    drawn = turns.cache.ids
    logits = plain.model(mx.array(drawn)[None])[0].astype(mx.float32)
    truth = logits - mx.logsumexp(logits, axis=-1, keepdims=True)
    spelling = turns.loaded.template.detokenizers.spelling
    at = len(drawn) - len(scores) - (drawn[-1] in turns.loaded.template.eos_ids)
    assert len(scores) > 3
    for place, score in enumerate(scores, start=at):
        assert spelling(drawn[place]) == score.piece
        assert score.logprob == pytest.approx(truth[place - 1, drawn[place]].item(), abs=2e-3)
        best = sorted(truth[place - 1].tolist(), reverse=True)[:4]
        assert [one.logprob for one in score.top] == pytest.approx(best, abs=2e-3)


def test_asking_for_them_changes_no_answer(turns: Turns) -> None:
    without = ask(turns, sampling=WARM)
    with_them = ask(turns, sampling=WARM, logprobs=3)
    assert message_of(with_them) == message_of(without)
    assert not scores_of(without)


def test_the_pieces_spell_the_answer(turns: Turns) -> None:
    for seed in range(4):
        events = ask(turns, sampling=msgspec.structs.replace(WARM, seed=seed), logprobs=0)
        spelled = b"".join(score.piece for score in scores_of(events)).decode("utf-8", "replace")
        assert spelled.lstrip("\n") == message_of(events).content
        assert all(score.top == () for score in scores_of(events))


def test_thinking_has_none(turns: Turns) -> None:
    events = ask(turns, sampling=WARM, logprobs=1, thinking="on", thinking_budget=5)
    assert any(isinstance(event, ReasoningDelta) for event in events)
    spelled = b"".join(score.piece for score in scores_of(events)).decode("utf-8", "replace")
    assert spelled.lstrip("\n") == message_of(events).content


def test_a_stop_string_takes_its_tokens_with_it(turns: Turns) -> None:
    whole = message_of(ask(turns, sampling=WARM)).content
    stop = whole[5:8]
    events = ask(turns, sampling=WARM, logprobs=0, stop=(stop,))
    said = message_of(events).content
    assert said == whole[: whole.index(stop)]
    spelled = b"".join(score.piece for score in scores_of(events)).decode("utf-8", "replace")
    assert spelled.lstrip("\n").startswith(said)
    # A token is a byte at least, and what is no character is shown as one of three bytes.
    assert len(scores_of(events)) <= len(said.encode())


def test_held_answers_have_them_too_from_before_the_mask(turns: Turns) -> None:
    scores = scores_of(ask(turns, guide=JsonGuide({"const": "the bug"}), logprobs=2, sampling=WARM))
    assert b"".join(score.piece for score in scores) == b'"the bug"'
    assert all(score.logprob < -0.1 for score in scores), "a random model expects none of it"


score_lists = st.lists(st.text(max_size=4), max_size=12)


@given(score_lists, st.data())
def test_every_token_comes_once_in_order_with_its_first_character(
    pieces: list[str], data: st.DataObject
) -> None:
    scores = AnswerScores()
    given_out: list[TokenLogprob] = []
    held = text = said = ""
    for number, piece in enumerate(pieces):
        scores.token(TokenLogprob(str(number).encode(), 0.0))
        if piece:
            scores.received(piece)
            held += piece
            text += piece
        cut = data.draw(st.integers(0, len(held)))
        if cut:
            given_out += scores.said(held[:cut])
            said += held[:cut]
            held = held[cut:]
            starts = [sum(map(len, pieces[:n])) for n in range(number + 1)]
            due = [n for n, start in enumerate(starts) if start < len(said)]
            assert [int(one.piece) for one in given_out] == due


def test_deltas_that_leave_as_one_keep_their_figures() -> None:
    ours, theirs = socket.socketpair()
    outbox = Outbox(ours, clock=lambda: 0.0)
    one, two = TokenLogprob(b"a", -1.0), TokenLogprob(b"b", -2.0)
    outbox.event(1, AnswerDelta("a", 1, (one,)))
    outbox.event(1, AnswerDelta("b", 1, (two,)))
    outbox.flush()
    ours.close()
    frames = list(frame_reader().feed(theirs.recv(4096)))
    theirs.close()
    assert frames == [Reply(1, AnswerDelta("ab", 2, (one, two)))]


def test_a_turn_from_plain_text_has_no_template(turns: Turns) -> None:
    events = ask(turns, text="the bug the", sampling=Sampling(temperature=0))
    ids = turns.loaded.template.encode("the bug the")
    assert turns.cache.ids[: len(ids)] == ids
    assert message_of(events).content
