"""What the model reads when the mode is switched within a conversation."""

from collections.abc import AsyncIterator

import msgspec

from carnice_tui.core.events import AnswerDelta, Event, ModelLoaded, Record, TurnFinished
from carnice_tui.core.requests import TurnRequest
from carnice_tui.engine.asking import TurnOptions
from carnice_tui.engine.conversation import Conversation
from carnice_tui.review import prompt

CHAT = TurnOptions(system="Be kind.")
BUGS = TurnOptions(system=prompt.SYSTEM, mode="bugs")


class Echo:
    """An engine that remembers what it was asked and says `yes`."""

    model: ModelLoaded | None = None
    guides = True

    def __init__(self) -> None:
        self.asked: list[TurnRequest] = []
        self.warmed: list[TurnRequest] = []

    async def load(self, model: str) -> AsyncIterator[Event]:
        yield ModelLoaded(model, "", "", "cpu", 0)

    async def turn(self, request: TurnRequest) -> AsyncIterator[Event]:
        self.asked.append(request)
        yield AnswerDelta("yes")
        yield TurnFinished("stop")

    def cancel(self) -> None: ...

    def answer_now(self) -> None: ...

    async def warm(self, request: TurnRequest) -> None:
        self.warmed.append(request)

    async def close(self) -> None: ...

    @property
    def last(self) -> list[tuple[str, str]]:
        return [(message.role, message.content) for message in self.asked[-1].messages]


async def test_a_chat_reads_all_that_was_said() -> None:
    engine = Echo()
    conversation = Conversation(engine, CHAT)
    await conversation.say("one")
    await conversation.say("two")
    assert engine.last == [
        ("system", "Be kind."),
        ("user", "one"),
        ("assistant", "yes"),
        ("user", "two"),
    ]


async def test_the_bug_finder_reads_its_own_prompt_and_only_what_it_was_given() -> None:
    engine = Echo()
    conversation = Conversation(engine, CHAT)
    await conversation.say("one")
    conversation.options = BUGS
    await conversation.say("code")
    assert engine.last == [("system", prompt.SYSTEM), ("user", "code")]
    await conversation.say("Another bug?")
    assert engine.last[1:] == [("user", "code"), ("assistant", "yes"), ("user", "Another bug?")]


async def test_a_chat_after_bug_finding_reads_it_all_under_its_own_prompt() -> None:
    engine = Echo()
    conversation = Conversation(engine, BUGS)
    await conversation.say("code")
    conversation.options = CHAT
    await conversation.say("why?")
    assert engine.last == [
        ("system", "Be kind."),
        ("user", "code"),
        ("assistant", "yes"),
        ("user", "why?"),
    ]


async def test_a_session_taken_up_again_keeps_its_system_prompt() -> None:
    engine, records = Echo(), list[Record]()
    first = Conversation(engine, CHAT, sinks=[records.append])
    await first.say("one")
    again = Conversation(engine, msgspec.structs.replace(CHAT, system=""), records=records)
    await again.say("two")
    assert engine.last[0] == ("system", "Be kind.")


async def test_an_empty_conversation_is_warmed_with_its_system_prompt() -> None:
    engine = Echo()
    await Conversation(engine, CHAT).warm()
    assert [message.content for message in engine.warmed[0].messages] == ["Be kind."]
    await Conversation(engine, TurnOptions()).warm()
    assert len(engine.warmed) == 1
