"""The ids of a conversation: what is kept of them is what a fresh look would give."""

from pathlib import Path

import pytest

from carnice_tui.core.messages import Message
from carnice_tui.core.requests import Tool, TurnRequest
from carnice_tui.engine.worker import loading
from carnice_tui.engine.worker.history import TokenHistory
from carnice_tui.engine.worker.template import ChatTemplate

ONE = Message("system", "You find bugs.")
OTHER = Message("system", "You find no bugs.")
ASKED = Message("user", "the bug?")
READ = Tool("read", "Reads a file.", {"type": "object", "properties": {}})
WRITE = Tool("write", "Writes a file.", {"type": "object", "properties": {}})


@pytest.fixture
def template(folder: Path) -> ChatTemplate:
    *_, loaded = loading.load(folder, "tiny", 0)
    assert isinstance(loaded, loading.LoadedModel)
    return loaded.template


@pytest.fixture(params=["dense", "hybrid"])
def folder(request: pytest.FixtureRequest) -> Path:
    return request.getfixturevalue(request.param)


def test_the_system_prompt_that_is_kept_is_the_requests_own(template: ChatTemplate) -> None:
    requests = [
        TurnRequest(messages, tools=tools, thinking=thinking, preserve_thinking=preserve)
        for thinking in ("off", "on")
        for preserve in (True, False)
        for tools in ((), (READ,), (READ, WRITE))
        for messages in ((ONE, ASKED), (OTHER, ASKED), (ASKED,), (ONE, ASKED))
    ]
    history = TokenHistory(template)
    for request in requests:
        fresh = TokenHistory(template).system_prefix(request)
        assert history.system_prefix(request) == fresh
        assert history.system_prefix(request) == fresh, "asked a second time"


def test_the_same_system_prompt_is_turned_into_ids_once(
    template: ChatTemplate, monkeypatch: pytest.MonkeyPatch
) -> None:
    history, encoded = TokenHistory(template), []
    encode = template.encode
    monkeypatch.setattr(template, "encode", lambda text: encoded.append(text) or encode(text))
    for number in range(3):
        history.system_prefix(TurnRequest((ONE, Message("user", f"turn {number}"))))
    assert len(encoded) == 1


@pytest.mark.parametrize("thinking", ["off", "on"])
def test_a_think_tag_in_an_answer_that_was_cut_leaves_no_thought_open(
    template: ChatTemplate, thinking: str
) -> None:
    history = TokenHistory(template)
    request = TurnRequest((ASKED,), thinking=thinking)
    answer = Message("assistant", "it says <think> and", reasoning="" if thinking == "off" else "r")
    thought = [] if thinking == "off" else template.encode("r\n</think>\n\n")
    ids = [*history.prompt(request), *thought, *template.encode(answer.content)]
    history.remember(request, answer, ids)
    following = TurnRequest((ASKED, answer, Message("user", "go on")), thinking=thinking)
    known, fresh = history.prompt(following), TokenHistory(template).prompt(following)
    assert known[: len(ids)] == ids
    decode = template.tokenizer.decode
    assert decode(known) == decode(fresh)
