"""Hermes Agent: its exact requests as recorded from version 0.19, and its configuration."""

import json
import shutil
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from carnice_tui.core.events import ToolCall, TurnFinished
from carnice_tui.core.messages import Call
from carnice_tui.serve.errors import ServeError
from carnice_tui.serve.hermes.config import Pairing, key_in, merged, misleading, with_key
from carnice_tui.serve.hermes.doctor import check_pair
from tests.engine.serving import KEY, served
from tests.ui.scripted_engine import MODEL, ScriptedEngine, answer

RECORDED = Path(__file__).parents[2] / "data" / "hermes" / "chat.jsonl"
WIDE = msgspec.structs.replace(MODEL, context_window=131_072)
PAIRING = Pairing("http://127.0.0.1:8377/v1")


async def test_its_recorded_requests_get_what_it_needs():
    call = [ToolCall("call_one", "terminal", {"command": "echo hi"}), TurnFinished("tool-calls")]
    engine = ScriptedEngine([call, answer("All done here.")], load=[WIDE])
    statuses: dict[str, set[int]] = {}
    said: list[str] = []
    async with served(engine) as server:
        for line in RECORDED.read_text().splitlines():
            asked = json.loads(line)
            headers = asked["headers"] | (
                {"authorization": f"Bearer {KEY}"} if asked["keyed"] else {"authorization": "none"}
            )
            got = await server.client.request(
                asked["method"], asked["path"], headers=headers, json=asked["body"]
            )
            if asked["keyed"]:
                statuses.setdefault(asked["path"], set()).add(got.status_code)
            else:
                assert got.status_code == 401
            if asked["path"] == "/v1/models":
                assert got.json()["data"][0]["context_length"] >= 64_000
            if asked["path"] == "/v1/chat/completions":
                said.append(got.text)
    assert statuses.pop("/v1/chat/completions") == {200}
    assert statuses.pop("/v1/models") == {200}
    assert set().union(*statuses.values()) == {404}
    assert '"name":"terminal"' in said[0]
    assert "All done here." in "".join(
        json.loads(line[6:])["choices"][0]["delta"].get("content") or ""
        for line in said[1].splitlines()
        if line.startswith("data: {") and json.loads(line[6:])["choices"]
    )
    assert [turn.thinking for turn in engine.requests] == ["off", "off"]
    assert engine.requests[1].messages[2].calls == (
        Call("call_one", "terminal", {"command": "echo hi-from-tool"}),
    )


def test_an_empty_configuration_gets_provider_model_and_thinking_off():
    read = YAML(typ="safe", pure=True).load(merged("", PAIRING))
    assert read["model"] == {"provider": "carnice-chat", "default": "carnice"}
    assert read["providers"]["carnice-chat"]["extra_body"] == {
        "chat_template_kwargs": {"enable_thinking": False}
    }


def test_everything_else_in_the_configuration_stays_comments_too():
    before = """\
# mine
model: anthropic/claude   # the old one
toolsets: ["a", 'b']

providers:
  other: {base_url: https://other.example/v1}  # keep
agent:
  # steps
  max_turns: 9
"""
    after = merged(before, PAIRING)
    for kept in ("# mine", "toolsets: [\"a\", 'b']", "# keep", "  # steps\n  max_turns: 9"):
        assert kept in after
    assert merged(after, PAIRING) == after


@given(
    st.dictionaries(
        st.sampled_from(["agent", "toolsets", "display", "memory"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.text(max_size=8), inner, max_size=3)
            ),
            max_leaves=8,
        ),
    )
)
def test_merging_changes_only_its_own_keys(other: dict[str, object]):
    from io import StringIO

    text = StringIO()
    YAML().dump(other, text)
    before = YAML(typ="safe", pure=True).load(text.getvalue())
    after = YAML(typ="safe", pure=True).load(merged(text.getvalue(), PAIRING))
    assert {name: after[name] for name in other} == before


def test_a_configuration_that_is_no_yaml_is_left_alone():
    for text in ("model: [", "- a\n- b\n"):
        with pytest.raises(ServeError):
            merged(text, PAIRING)


def test_keys_that_point_elsewhere_are_named():
    assert misleading("model:\n  default: x\n  base_url: http://old\n") == ["base_url"]


def test_the_key_goes_into_the_environment_file_and_the_rest_stays():
    before = "# keys\nOTHER=1\nCARNICE_API_KEY=old\nLAST=2"
    after = with_key(before, "new")
    assert after == "# keys\nOTHER=1\nCARNICE_API_KEY=new\nLAST=2"
    assert key_in(after) == "new"
    assert with_key("A=1", "k") == "A=1\nCARNICE_API_KEY=k\n"


async def test_the_doctor_finds_a_good_pair_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    hermes = tmp_path / "bin" / "hermes"
    hermes.parent.mkdir()
    hermes.write_text("#!/bin/sh\necho Hermes Agent v0.19.0\n")
    hermes.chmod(0o755)
    shell = Path(shutil.which("sh") or "/bin/sh").parent
    monkeypatch.setenv("PATH", f"{hermes.parent}:{shell}")
    monkeypatch.setenv("HERMES_HOME", str(tmp_path))
    async with served(ScriptedEngine([answer("Hello.")], load=[WIDE])) as server:
        (tmp_path / "config.yaml").write_text(merged("", Pairing(server.url)))
        (tmp_path / ".env").write_text(with_key("", KEY))
        checks = [check async for check in check_pair(server.url, KEY)]
        assert [check.text for check in checks if not check.well] == []
        (tmp_path / ".env").write_text(with_key("", "another"))
        problems = [c.text async for c in check_pair(server.url, "wrong") if not c.well]
    assert any("key" in text for text in problems)


async def test_the_doctor_says_when_nothing_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HERMES_HOME", str(tmp_path))
    problems = [c.text async for c in check_pair("http://127.0.0.1:9/v1", "") if not c.well]
    assert "hermes is not on the PATH" in problems[0]
    assert "carnice-chat serve" in problems[-1]
