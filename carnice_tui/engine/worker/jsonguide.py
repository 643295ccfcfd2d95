"""Answers that satisfy a JSON schema: at each step only tokens that keep them to it.

What an unguided run would say is what is said, wherever it satisfies the schema by itself:
nothing is fed that was not drawn. Once the answer must end, it is closed in as few tokens as
it takes, so that what was said still parses.
"""

from collections.abc import Callable, Generator

import mlx.core as mx
from llguidance import LLMatcher

from carnice_tui.core.errors import CarniceError
from carnice_tui.core.events import Event, FinishReason
from carnice_tui.core.requests import JsonGuide
from carnice_tui.engine.schema import LIMITS, grammar_of
from carnice_tui.engine.worker.decode import Decoder, Draw, Drawn
from carnice_tui.engine.worker.mlxlm import unpacked
from carnice_tui.engine.worker.template import ChatTemplate
from carnice_tui.engine.worker.vocabulary import Vocabulary

MOST_CLOSING = 1024
"""Tokens spent on closing a value at most; only an unbounded pattern gets there."""

_CLOSING = [bytes([byte]) for byte in b'}],:"0123456789ntf-[{']
"""What closes a value soonest, best first: an end, then what leads on, then short values."""

Among = Callable[[mx.array], Draw]
"""A draw among the ids of a mask."""

Say = Callable[[Drawn], Generator[Event, None, FinishReason | None]]
"""Says a token, and why the turn must end if it must."""


class SchemaRefused(CarniceError):
    """Answers cannot be held to a schema."""

    def __init__(self, problem: str) -> None:
        """`problem`: what stands against it."""
        super().__init__(f"The answer cannot be held to this JSON schema: {problem}")


class JsonAnswer:
    """Speaks one answer that satisfies its schema."""

    def __init__(
        self,
        guide: JsonGuide,
        decoder: Decoder,
        template: ChatTemplate,
        vocabulary: Vocabulary,
        among: Among,
        say: Say,
        must_end: Callable[[], bool],
    ) -> None:
        """`must_end`: whether the answer has reached its limit.

        Raises:
            SchemaRefused: answers cannot be held to the schema.
        """
        self._decoder = decoder
        self._template = template
        self._vocabulary = vocabulary
        self._among = among
        self._say = say
        self._must_end = must_end
        self._strings = _Strings()
        self._matcher = LLMatcher(
            vocabulary.for_grammars, grammar_of(guide.schema), log_level=0, limits=LIMITS
        )
        self._check()

    def events(self, *, or_call: bool) -> Generator[Event, None, FinishReason | None]:
        """The events of the answer; the prompt has been fed. Returns why it ended.

        With `or_call` the model may begin a tool call instead: None says that it has.
        """
        closing = 0
        begun = False
        while not self._matcher.is_stopped():
            bits = self._matcher.compute_bitmask()
            self._check()
            closing += self._must_end()
            if closing > MOST_CLOSING:
                return "length"
            if closing and self._matcher.is_accepting():
                break
            forced = self._soonest_end(bits) if closing else None
            if forced is not None:
                self._decoder.feed([forced])
                drawn = Drawn(forced)
            else:
                allowed = unpacked(bits, self._vocabulary.size)
                if or_call and not begun and (call := self._template.tool_start) is not None:
                    allowed = allowed | self._vocabulary.only([call])
                drawn = self._decoder.draw(self._among(allowed))
            begun = True
            if drawn.token in self._template.eos_ids:
                return "stop"
            ended = yield from self._say(drawn)
            if or_call and drawn.token == self._template.tool_start:
                return ended
            if ended is not None:
                return ended
            self._strings.read(self._vocabulary.piece(drawn.token))
            self._matcher.consume_token(drawn.token)
        self._check()
        self._decoder.feed([min(self._template.eos_ids)])
        return "length" if closing else "stop"

    def _soonest_end(self, bits: bytes) -> int | None:
        """The token that leads to the end soonest; None where it must be drawn."""
        wanted = [b'"'] if self._strings.inside else _CLOSING
        for byte in wanted:
            token = self._vocabulary.single(byte)
            if token is not None and bits[token >> 3] >> (token & 7) & 1:
                return token
        return None

    def _check(self) -> None:
        if self._matcher.is_error():
            problem = " ".join(self._matcher.get_error().split("\n<")[0].split())[:300]
            raise SchemaRefused(problem)


class _Strings:
    """Whether the JSON read so far ends inside a string."""

    def __init__(self) -> None:
        self.inside = False
        self._escaped = False

    def read(self, piece: bytes) -> None:
        """Take more of it in."""
        for byte in piece:
            if self._escaped:
                self._escaped = False
            elif self.inside and byte == 0x5C:
                self._escaped = True
            elif byte == 0x22:
                self.inside = not self.inside
