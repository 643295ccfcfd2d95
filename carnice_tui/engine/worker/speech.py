"""Sorts generated tokens into reasoning, answer and tool calls.

The switch is made on token ids, once a turn from reasoning to answer: text that quotes
`</think>` never derails it.
"""

import uuid
from collections.abc import Iterator, Sequence
from enum import Enum

from carnice_tui.core.events import (
    AnswerDelta,
    Event,
    ReasoningDelta,
    TokenLogprob,
    ToolCall,
    ToolCallBroken,
    ToolCallDelta,
)
from carnice_tui.core.messages import Call, Message
from carnice_tui.core.requests import Tool
from carnice_tui.engine.worker.scores import AnswerScores
from carnice_tui.engine.worker.stops import StopStrings
from carnice_tui.engine.worker.template import ChatTemplate
from carnice_tui.engine.worker.toolcalls import BrokenCall, parse


class Part(Enum):
    """What the model is writing."""

    REASONING = "reasoning"
    ANSWER = "answer"
    TOOL_CALL = "tool call"


class Speech:
    """Takes the tokens of one turn and gives the events they make."""

    def __init__(
        self,
        template: ChatTemplate,
        *,
        thinking: bool,
        stop: Sequence[str] = (),
        tools: Sequence[Tool] = (),
        continued: bool = False,
        sorted_out: bool = True,
    ) -> None:
        """`thinking`: the prompt leaves a think block open. `continued`: mid-answer. Not
        `sorted_out`: all of it is answer, tags and all."""
        self._template = template
        self._tools = tools
        self._stops = StopStrings(stop)
        self._scores = AnswerScores()
        self._detokenizer = template.detokenizers.make()
        self._answer: list[str] = []
        self._reasoning: list[str] = []
        self._calls: list[Call] = []
        self._call_text: list[str] = []
        self._held_tokens = 0
        self._at_answer_start = not continued
        self._sorted_out = sorted_out
        self._lead = ""
        self.part = Part.REASONING if thinking else Part.ANSWER
        self.reasoning_tokens = 0
        self.answer_tokens = 0
        self.stopped_by_string = False

    def add(self, token: int, score: TokenLogprob | None = None) -> Iterator[Event]:
        """The events of one more token; its `score` goes along with its text."""
        template = self._template
        if self.part is Part.REASONING:
            self.reasoning_tokens += 1
            if token == template.think_end:
                yield from self.close_thinking()
                return
            yield from self._text(self._detokenizer.add(token))
            return
        self.answer_tokens += 1
        if not self._sorted_out:
            yield from self._spoken(token, score)
        elif token == template.think_start and self.part is Part.ANSWER and self._nothing_said():
            self.part = Part.REASONING
            self._detokenizer.finish()
        elif token == template.tool_start and self.part is Part.ANSWER:
            yield from self._text(self._detokenizer.finish())
            yield from self._flush_answer()
            self.part = Part.TOOL_CALL
            self._call_text = []
        elif token == template.tool_end and self.part is Part.TOOL_CALL:
            yield from self._text(self._detokenizer.finish())
            yield self._finish_call()
            self.part = Part.ANSWER
            self._at_answer_start = True
        else:
            yield from self._spoken(token, score)

    def close_thinking(self) -> Iterator[Event]:
        """The think block ends here; what follows is the answer."""
        yield from self._text(self._detokenizer.finish())
        self.part = Part.ANSWER
        self._at_answer_start = True

    def finish(self) -> Iterator[Event]:
        """The events of what is still held back at the end of the turn."""
        yield from self._text(self._detokenizer.finish())
        if self.part is Part.TOOL_CALL:
            yield ToolCallBroken("".join(self._call_text), "the call was cut off before its end")
        else:
            yield from self._flush_answer()

    def add_text(self, text: str) -> Iterator[Event]:
        """The events of a token of which only `text` belongs to the answer."""
        self.answer_tokens += 1
        yield from self._text(self._detokenizer.finish() + text)

    @property
    def called(self) -> bool:
        """Whether there was a tool call."""
        return bool(self._calls)

    def message(self) -> Message:
        """What was said, as the parent will send it back."""
        return Message(
            "assistant",
            "".join(self._answer),
            reasoning="".join(self._reasoning),
            calls=tuple(self._calls),
        )

    def _spoken(self, token: int, score: TokenLogprob | None) -> Iterator[Event]:
        if score is not None and self.part is Part.ANSWER:
            self._scores.token(score)
        yield from self._text(self._detokenizer.add(token))

    def _text(self, text: str) -> Iterator[Event]:
        self._held_tokens += 1
        if not text:
            return
        match self.part:
            case Part.REASONING:
                self._reasoning.append(text)
                yield ReasoningDelta(text, self._take_tokens())
            case Part.TOOL_CALL:
                self._call_text.append(text)
                yield ToolCallDelta(text, self._take_tokens())
            case Part.ANSWER:
                yield from self._answer_text(text)

    def _answer_text(self, text: str) -> Iterator[Event]:
        if self._at_answer_start:
            text = text.lstrip("\n")  # the template's own newlines after a think block
            if not text:
                self._scores.drop()
                return
            self._at_answer_start = False
        self._scores.received(text)
        passed, self.stopped_by_string = self._stops.feed(text)
        yield from self._say(passed)

    def _flush_answer(self) -> Iterator[Event]:
        if self.part is Part.ANSWER and not self.stopped_by_string:
            yield from self._say(self._stops.finish())

    def _say(self, text: str) -> Iterator[Event]:
        if text:
            self._answer.append(text)
            yield AnswerDelta(text, self._take_tokens(), self._scores.said(text))

    def _finish_call(self) -> Event:
        text = "".join(self._call_text)
        try:
            name, arguments = parse(text, self._tools)
        except BrokenCall as problem:
            return ToolCallBroken(text, str(problem))
        call = Call(f"call_{uuid.uuid4().hex[:16]}", name, arguments)
        self._calls.append(call)
        return ToolCall(call.id, name, arguments)

    def _nothing_said(self) -> bool:
        return not (self._answer or self._reasoning or self._calls)

    def _take_tokens(self) -> int:
        taken, self._held_tokens = max(1, self._held_tokens), 0
        return taken
