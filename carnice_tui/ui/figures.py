"""The live figures of the status line, from the records that pass."""

from collections import deque

from carnice_tui.core.events import (
    AnswerDelta,
    ApprovalAsked,
    ApprovalGiven,
    PrefillProgress,
    ReasoningDelta,
    Record,
    ToolCallDelta,
    TurnFinished,
    TurnStarted,
    TurnStats,
)

SPAN = 3.0
"""Seconds over which the live speed is averaged."""


POINTS = 1_024
"""Of a turn's speed over time: more than any screen has columns."""

USEFUL_CONTEXT = 25_000
"""Tokens beyond which attention to what lies in the middle drifts, as reported of local models
of this size. A mark on the meter, no limit."""

_OF_A_TURN = (PrefillProgress, ReasoningDelta, AnswerDelta, ToolCallDelta)
"""Events that only a turn under way has."""


class Figures:
    """Speed, time to first token and the use of the context, live and after the turn."""

    def __init__(self) -> None:
        self.stats = TurnStats()
        self.busy = False
        self.first_token = 0.0
        """Seconds from the start of the turn; 0 before it came."""
        self.prefill: PrefillProgress | None = None
        self.tokens = 0
        self.thinking = False
        self.asking = False
        """Whether the agent waits for a yes or a no."""
        self._since_prefill = 0
        self._started = 0.0
        self._last: deque[tuple[float, int]] = deque()
        self.history: list[tuple[float, int]] = []
        """Time (seconds since the turn began) and tokens, for the sparkline; bounded."""
        self._noted = 0
        self._per_point = 1

    def take(self, record: Record) -> None:
        """One more record."""
        if isinstance(record.event, _OF_A_TURN) and not self.busy:
            self._begin(record.t)  # an answer that was cut goes on: no message is opened for that
        match record.event:
            case TurnStarted():
                self._begin(record.t)
            case PrefillProgress():
                self.prefill = record.event
                self._since_prefill = 0
            case ReasoningDelta(tokens=tokens):
                self.thinking = True
                self._count(record.t, tokens)
            case AnswerDelta(tokens=tokens) | ToolCallDelta(tokens=tokens):
                self.thinking = False
                self._count(record.t, tokens)
            case ApprovalAsked() | ApprovalGiven():
                self.asking = isinstance(record.event, ApprovalAsked)
            case TurnFinished(stats=stats):
                self.busy = self.thinking = self.asking = False
                self.stats = stats
                self._last.clear()
            case _:
                pass

    def _begin(self, t: float) -> None:
        """Count from the start."""
        self.busy = True
        self.first_token, self.tokens, self.prefill = 0.0, 0, None
        self._since_prefill = 0
        self._started = t
        self._last.clear()
        self.history = []
        self._noted, self._per_point = 0, 1

    def speed(self) -> float:
        """Tokens a second: of the last seconds while busy, of the turn after it."""
        if not self.busy:
            return self.stats.decode_tps
        if len(self._last) < 2:
            return 0.0
        seconds = self._last[-1][0] - self._last[0][0]
        tokens = sum(count for _, count in self._last) - self._last[0][1]
        return tokens / seconds if seconds > 0 else 0.0

    def context_used(self) -> int:
        """Tokens of the window that the newest prompt and its answer take.

        Not from the turn's statistics: a turn may ask the engine several times.
        """
        if self.prefill is not None:
            return self.prefill.total + self._since_prefill
        stats = self.stats
        return stats.prompt_tokens + stats.reasoning_tokens + stats.answer_tokens

    def _count(self, t: float, tokens: int) -> None:
        if not self.first_token:
            self.first_token = max(t - self._started, 1e-3)
        self.tokens += tokens
        self._since_prefill += tokens
        self._last.append((t, tokens))
        self._note(t - self._started, tokens)
        while self._last[0][0] < t - SPAN:
            self._last.popleft()

    def _note(self, t: float, tokens: int) -> None:
        """One more point, or more of the last one; too many are halved."""
        if self._noted % self._per_point:
            since, count = self.history[-1]
            self.history[-1] = (since, count + tokens)
        else:
            self.history.append((t, tokens))
        self._noted += 1
        if len(self.history) == POINTS and not self._noted % self._per_point:
            pairs = zip(self.history[::2], self.history[1::2], strict=True)
            self.history = [(one[0], one[1] + other[1]) for one, other in pairs]
            self._per_point *= 2
