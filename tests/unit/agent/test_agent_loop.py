"""The agent's loop: what it does about the model's calls, and what of it is in the conversation."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from carnice_tui.agent import loop as agent_loop
from carnice_tui.agent.approvals import AtTheKeys, Granted, Unattended, allowed_tools
from carnice_tui.agent.errors import AgentError
from carnice_tui.agent.loop import AgentLoop
from carnice_tui.agent.options import SYSTEM, agent_options
from carnice_tui.agent.toolbox import SCHEMAS, Toolbox
from carnice_tui.core.events import (
    AnswerDelta,
    ApprovalAnswer,
    ApprovalAsked,
    ApprovalGiven,
    Event,
    Notice,
    Record,
    ToolCall,
    ToolCallBroken,
    ToolResult,
    TurnFinished,
)
from carnice_tui.core.messages import Call
from carnice_tui.core.settings import Generation, Settings
from carnice_tui.core.tree import MessageTree
from carnice_tui.engine.conversation import Conversation
from carnice_tui.sessions.format import decode_record, encode_line
from tests.ui.scripted_engine import Gate, Script, ScriptedEngine, answer

CODE = "def total(items):\n    return sum(items)\n"
EDIT = {"path": "cart.py", "old": "total", "new": "count"}


def calls(*wanted: tuple[str, dict[str, object]], first: int = 1) -> Script:
    """An answer that calls for these."""
    numbered = [ToolCall(f"c{n}", name, given) for n, (name, given) in enumerate(wanted, first)]
    return [*numbered, TurnFinished("tool-calls")]


class Scripted:
    """Answers in turn, and remembers what was asked."""

    def __init__(self, *answers: tuple[ApprovalAnswer, str]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, asked: ApprovalAsked, call: Call) -> ApprovalGiven:
        self.asked.append(call.name)
        return ApprovalGiven(asked.call_id, *self._answers.pop(0))


class Room:
    """A workspace with one file, a scripted engine, and the loop between them."""

    def __init__(
        self,
        root: Path,
        scripts: Sequence[Script],
        approver: Scripted | Unattended | AtTheKeys | None = None,
        granted: Granted | None = None,
        **more: int,
    ) -> None:
        self.file = root / "cart.py"
        self.file.write_text(CODE)
        self.engine = ScriptedEngine(scripts)
        self.records: list[Record] = []
        self.conversation = Conversation(
            self.engine, agent_options(Settings()), sinks=[self.records.append]
        )
        toolbox = Toolbox(root, environment=os.environ)
        granted = granted or Granted()
        self.approver = approver or Scripted()
        self.loop = AgentLoop(self.conversation, toolbox, self.approver, granted, **more)

    async def say(self, text: str) -> TurnFinished:
        return await self.loop.run(self.conversation.say(text))

    def events(self, *kinds: type[Event]) -> list[Event]:
        return [r.event for r in self.records if isinstance(r.event, kinds)]

    @property
    def results(self) -> list[ToolResult]:
        return [e for e in self.events(ToolResult) if isinstance(e, ToolResult)]


async def test_what_only_looks_is_done_at_once_and_read_by_the_model(tmp_path: Path) -> None:
    room = Room(tmp_path, [calls(("read_file", {"path": "cart.py"})), answer("It adds up.")])
    finished = await room.say("Read cart.py.")
    assert finished.reason == "stop"
    roles = [(m.role, m.content) for m in room.engine.requests[1].messages]
    assert roles == [
        ("system", SYSTEM),
        ("user", "Read cart.py."),
        ("assistant", ""),
        ("tool", CODE.removesuffix("\n")),
    ]
    assert room.engine.requests[1].messages[3].call_id == "c1"
    assert room.events(ApprovalAsked) == []


async def test_the_conversation_only_grows(tmp_path: Path) -> None:
    """So that a step costs the tokens it adds."""
    look = calls(("list_files", {"path": "."}))
    broken = [ToolCallBroken("<oops", "no <function=name>"), TurnFinished("stop")]
    room = Room(tmp_path, [look, broken, look, answer("Done.")])
    await room.say("Look around.")
    for before, after in zip(room.engine.requests, room.engine.requests[1:], strict=False):
        assert after.messages[: len(before.messages)] == before.messages
        assert (after.tools, after.sampling) == (before.tools, before.sampling)
    assert room.engine.requests[0].tools == SCHEMAS
    assert room.engine.requests[0].sampling.temperature == 0.0


async def test_a_temperature_that_is_set_is_kept(tmp_path: Path) -> None:
    settings = Settings(generation=Generation(temperature=0.7), system="Be kind.")
    assert agent_options(settings).request.sampling.temperature == 0.7
    assert agent_options(settings).system == f"{SYSTEM}\n\nBe kind."


async def test_an_edit_waits_for_a_yes(tmp_path: Path) -> None:
    room = Room(tmp_path, [calls(("edit_file", EDIT)), answer("Done.")], Scripted(("once", "")))
    await room.say("Rename it.")
    assert "def count" in room.file.read_text()
    kinds = [type(e) for e in room.events(ApprovalAsked, ApprovalGiven, ToolResult)]
    assert kinds == [ApprovalAsked, ApprovalGiven, ToolResult]
    assert room.results == [ToolResult("c1", "edited cart.py")]


async def test_a_no_changes_nothing_and_tells_the_model_why(tmp_path: Path) -> None:
    approver = Scripted(("no", "Keep the name."))
    room = Room(tmp_path, [calls(("edit_file", EDIT)), answer("As you like.")], approver)
    finished = await room.say("Rename it.")
    assert finished.reason == "stop"
    assert room.file.read_text() == CODE
    assert room.results == [ToolResult("c1", "error: not allowed (Keep the name.)", failed=True)]


async def test_once_is_once_and_a_yes_for_the_session_holds_for_that_tool(tmp_path: Path) -> None:
    run = ("run_command", {"command": "true"})
    approver = Scripted(("once", ""), ("session", ""), ("no", ""))
    granted = Granted()
    scripts = [calls(run), calls(run), calls(run), calls(("edit_file", EDIT)), answer("Done.")]
    room = Room(tmp_path, scripts, approver, granted)
    await room.say("Go.")
    assert approver.asked == ["run_command", "run_command", "edit_file"]
    assert [result.failed for result in room.results] == [False, False, False, True]
    other = Room(tmp_path, [calls(run), answer("Again.")], Scripted(), granted)
    await other.say("Go on.")
    assert other.results == [ToolResult("c1", "(no output)")]


async def test_with_nobody_there_what_was_not_allowed_is_refused(tmp_path: Path) -> None:
    approver = Unattended()
    scripts = [calls(("edit_file", EDIT), ("run_command", {"command": "true"})), answer("So.")]
    room = Room(tmp_path, scripts, approver, Granted(allowed_tools("run")))
    await room.say("Go.")
    assert [result.failed for result in room.results] == [True, False]
    assert approver.refused == {"edit"}


def test_what_cannot_be_allowed_is_told() -> None:
    assert allowed_tools("edit, write,run") == ["edit_file", "write_file", "run_command"]
    with pytest.raises(AgentError, match="edit, write, run"):
        allowed_tools("everything")


async def test_every_call_of_an_answer_is_done_in_order(tmp_path: Path) -> None:
    first = ("edit_file", EDIT)
    second = ("edit_file", {"path": "cart.py", "old": "count", "new": "amount"})
    approver = Scripted(("once", ""), ("once", ""))
    room = Room(tmp_path, [calls(first, second), answer("Done.")], approver)
    await room.say("Twice.")
    assert "def amount" in room.file.read_text()
    assert [result.call_id for result in room.results] == ["c1", "c2"]


async def test_what_a_tool_cannot_do_is_a_result_and_no_exception(tmp_path: Path) -> None:
    wrong = [
        ("read_file", {"path": "../secret"}),
        ("read_file", {"file": "cart.py"}),
        ("fly", {}),
        ("search", {"pattern": ""}),
    ]
    room = Room(tmp_path, [calls(*wrong), answer("Oh.")])
    await room.say("Try.")
    assert [result.failed for result in room.results] == [True] * 4


async def test_an_error_of_ours_is_a_result_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(tmp_path, [calls(("list_files", {"path": "."})), answer("Oh.")])

    def breaks(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Toolbox, "prepare", breaks)
    assert (await room.say("Try.")).reason == "stop"
    assert "The tool broke" in room.results[0].text


async def test_a_malformed_call_is_answered_with_what_is_wrong(tmp_path: Path) -> None:
    broken = [ToolCallBroken("<oops", "no <function=name>"), TurnFinished("stop")]
    room = Room(tmp_path, [broken, calls(("list_files", {"path": "."})), answer("One file.")])
    await room.say("List.")
    assert room.results[0].failed
    assert "no <function=name>" in room.results[0].text
    assert room.engine.requests[1].messages[-1].role == "tool"
    assert len(room.engine.requests) == 3


async def test_malformed_calls_without_end_are_ended(tmp_path: Path) -> None:
    broken = [ToolCallBroken("<oops", "nonsense"), TurnFinished("stop")]
    room = Room(tmp_path, [broken] * 10)
    await room.say("List.")
    assert len(room.engine.requests) == agent_loop.BROKEN_IN_A_ROW
    assert isinstance(room.records[-1].event, Notice)


async def test_the_same_call_over_and_over_is_ended(tmp_path: Path) -> None:
    room = Room(tmp_path, [calls(("list_files", {"path": "."}))] * 20)
    await room.say("List.")
    assert len(room.engine.requests) == agent_loop.REPEATS
    assert isinstance(room.records[-1].event, Notice)


async def test_steps_have_a_limit_and_every_call_a_result(tmp_path: Path) -> None:
    steps = [calls(("read_file", {"path": f"{n}"})) for n in range(9)]
    room = Room(tmp_path, steps, steps=4)
    await room.say("Read them.")
    assert len(room.engine.requests) == 4
    assert len(room.results) == 4
    (told,) = room.events(Notice)
    assert isinstance(told, Notice)
    assert "4 steps" in told.text


@pytest.mark.parametrize("reason", ["length", "context-full", "failed", "cancelled"])
async def test_calls_of_an_answer_that_was_cut_are_not_done(reason: str, tmp_path: Path) -> None:
    script = [ToolCall("c1", "edit_file", EDIT), TurnFinished(reason)]
    room = Room(tmp_path, [script], Scripted(("once", "")))
    assert (await room.say("Go.")).reason == reason
    assert room.file.read_text() == CODE
    assert [result.failed for result in room.results] == [True]


async def test_an_interrupt_ends_a_command_and_the_run(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pid")
    run = ("run_command", {"command": "echo $$ > pid; sleep 600"})
    room = Room(tmp_path, [calls(run, run)], Scripted(("once", "")))
    going = asyncio.ensure_future(room.say("Run it."))
    pid = int(await asyncio.to_thread((tmp_path / "pid").read_text))
    room.loop.stop()
    assert (await going).reason == "cancelled"
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert [(r.call_id, r.failed) for r in room.results] == [("c1", True), ("c2", True)]
    assert len(room.engine.requests) == 1


async def test_an_interrupt_answers_a_question_with_no(tmp_path: Path) -> None:
    keys = AtTheKeys()
    room = Room(tmp_path, [calls(("edit_file", EDIT))], keys)
    asked = asyncio.Event()
    room.conversation.sinks.append(
        lambda record: asked.set() if isinstance(record.event, ApprovalAsked) else None
    )
    going = asyncio.ensure_future(room.say("Rename it."))
    await asked.wait()
    room.loop.stop()
    await going
    assert room.events(ApprovalGiven) == [ApprovalGiven("c1", "no", agent_loop.INTERRUPTED)]
    assert room.file.read_text() == CODE
    assert not keys.answer(ApprovalGiven("c1", "once"))


async def test_an_interrupt_ends_an_answer(tmp_path: Path) -> None:
    gate = Gate()
    begun = asyncio.Event()
    room = Room(tmp_path, [[AnswerDelta("Well, "), gate, *answer("on and on")]])
    room.conversation.sinks.append(
        lambda record: begun.set() if isinstance(record.event, AnswerDelta) else None
    )
    going = asyncio.ensure_future(room.say("Talk."))
    await begun.wait()
    room.loop.stop()
    assert (await going).reason == "cancelled"


async def test_what_happened_is_read_back_from_the_session(tmp_path: Path) -> None:
    scripts = [calls(("edit_file", EDIT)), answer("Done.")]
    room = Room(tmp_path, scripts, Scripted(("no", "Not now.")))
    await room.say("Rename it.")
    read = [decode_record(encode_line(record)) for record in room.records]
    assert read == room.records
    assert MessageTree(read).messages() == room.conversation.tree.messages()
