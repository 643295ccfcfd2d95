"""What happens in a conversation, as frozen tagged structs.

One definition serves the worker's pipe, the session file, `--output jsonl` and the screen.
Times are in seconds; sizes say in their name or docstring whether they are tokens or bytes.
"""

import re
from typing import Literal

import msgspec

from carnice_tui.core.finding import Finding
from carnice_tui.core.messages import Attachment, Mode, Sampling, ThinkingMode

FinishReason = Literal["stop", "length", "tool-calls", "cancelled", "failed", "context-full"]
NoticeLevel = Literal["info", "warning", "error"]
ApprovalAnswer = Literal["once", "session", "always", "no"]


def _tag(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class TurnStats(msgspec.Struct, frozen=True, omit_defaults=True):
    """Figures of one turn.

    `prompt_tokens` = `cached_tokens` + `prefilled_tokens`. `decode_tps` counts the n-1
    intervals between n tokens. `time_to_first_token` runs from the request's arrival in
    the engine. `peak_memory` is in bytes and of this turn alone.
    """

    prompt_tokens: int = 0
    cached_tokens: int = 0
    prefilled_tokens: int = 0
    reasoning_tokens: int = 0
    answer_tokens: int = 0
    time_to_first_token: float = 0.0
    reasoning_time: float = 0.0
    total_time: float = 0.0
    decode_tps: float = 0.0
    accepted_tokens: int = 0
    drafted_tokens: int = 0
    peak_memory: int = 0
    context_window: int = 0
    seed: int | None = None


class _Event(msgspec.Struct, frozen=True, tag_field="type", tag=_tag, omit_defaults=True, gc=False):
    """Base of all events: the tag is the class name in snake case.

    They hold no cycles, so the garbage collector need not look at them: a long session reads
    five times as fast.
    """


class SystemMessage(_Event, frozen=True):
    """Opens the root of a branch: the system prompt."""

    text: str


class UserMessage(_Event, frozen=True):
    """Opens a user node: what the user sent, exactly as typed, and the files added to it.

    `about` is the finding that a further question to the bug finder is about.
    """

    text: str
    attachments: tuple[Attachment, ...] = ()
    mode: Mode = "chat"
    about: Finding | None = None


class TurnStarted(_Event, frozen=True):
    """Opens an assistant node: the model begins to answer."""

    model: str
    thinking: ThinkingMode = "off"
    sampling: Sampling = Sampling()
    mode: Mode = "chat"
    max_tokens: int = 0


class PrefillProgress(_Event, frozen=True):
    """Prompt tokens read so far. `done` counts the `cached` ones in, all in tokens."""

    done: int
    total: int
    cached: int = 0


class ReasoningDelta(_Event, frozen=True):
    """More text of the think block; `tokens` made it."""

    text: str
    tokens: int = 1


class Alternative(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A token that might have stood there: its bytes and its log-probability in nats."""

    piece: bytes
    logprob: float


class TokenLogprob(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A token of the answer, and the likeliest in its place, best first (itself among them).

    `piece` is its bytes, since a token may hold part of a character; log-probabilities are in
    nats, of the model's own distribution: before temperature, and before a guide masked any.
    """

    piece: bytes
    logprob: float
    top: tuple[Alternative, ...] = ()


class AnswerDelta(_Event, frozen=True):
    """More text of the answer; `tokens` made it. `logprobs` only where they were asked for."""

    text: str
    tokens: int = 1
    logprobs: tuple[TokenLogprob, ...] = ()


class ToolCallDelta(_Event, frozen=True):
    """More raw text of a tool call while the model writes it."""

    text: str
    tokens: int = 1


class ToolCall(_Event, frozen=True):
    """A whole tool call, parsed."""

    id: str
    name: str
    arguments: dict[str, object]


class ToolCallBroken(_Event, frozen=True):
    """Text between tool-call tags that is no call: `problem` says what is wrong with it."""

    text: str
    problem: str


class ToolResult(_Event, frozen=True):
    """Opens a tool node: what the tool `call_id` gave back."""

    call_id: str
    text: str
    failed: bool = False


class ApprovalAsked(_Event, frozen=True):
    """The agent wants to do something that needs a yes."""

    call_id: str
    question: str


class ApprovalGiven(_Event, frozen=True):
    """What the user answered, and why if they said so."""

    call_id: str
    answer: ApprovalAnswer
    reason: str = ""


class Notice(_Event, frozen=True):
    """Something the user should know that is not part of the answer."""

    level: NoticeLevel
    text: str


class GuideScore(_Event, frozen=True):
    """How sure the model was of a guided answer.

    `branch` is the alternative it took (a line prefix, an option), `branch_probability` its
    share among those allowed; `line_logprobs` the mean log-probability of each line's tokens
    before the guide masked anything, in nats.
    """

    branch: str = ""
    branch_probability: float = 1.0
    line_logprobs: tuple[float, ...] = ()


class ReviewProgress(_Event, frozen=True):
    """How far a review of several sources is: `done` of `total`, and the `path` looked at now."""

    done: int
    total: int
    path: str = ""


class BugFound(_Event, frozen=True):
    """The bug finder found something; the answer's text tells the same in its two lines."""

    finding: Finding


class PatchSuggested(_Event, frozen=True):
    """A change of `path` as a unified diff that was checked to apply. Nothing is changed yet.

    `path` is "" where the code was pasted.
    """

    diff: str
    path: str = ""


class TurnFinished(_Event, frozen=True):
    """The last event of every turn, whatever happened."""

    reason: FinishReason
    stats: TurnStats = TurnStats()


class EngineFailed(_Event, frozen=True):
    """The engine could not do what was asked. `detail` holds its last log lines."""

    message: str
    detail: str = ""


class LoadProgress(_Event, frozen=True):
    """A model on its way in: `stage` says what is being done, sizes are bytes (0: unknown)."""

    stage: Literal["starting", "downloading", "checking", "loading", "warming"]
    done: int = 0
    total: int = 0


class ModelLoaded(_Event, frozen=True):
    """The model is in memory and can answer.

    `weight_bytes` is the size in memory, `bits_per_weight` the average over it,
    `context_window` in tokens, `backend` where it computes ("metal", "cuda", "cpu").
    """

    name: str
    path: str
    model_type: str
    backend: str
    context_window: int
    weight_bytes: int = 0
    parameters: int = 0
    bits_per_weight: float = 0.0
    quantization: str = ""
    has_thinking: bool = False
    preserves_thinking: bool = False
    has_tools: bool = False
    blas: str = ""
    fingerprint: str = ""


class TitleChanged(_Event, frozen=True):
    """The session has a new title."""

    title: str


class PinChanged(_Event, frozen=True):
    """The user pinned the session, or let it go: pinned ones come first in lists."""

    pinned: bool


class TipMoved(_Event, frozen=True):
    """The user went to another branch: `node` is the last message now shown."""

    node: str


Event = (
    SystemMessage
    | UserMessage
    | TurnStarted
    | PrefillProgress
    | ReasoningDelta
    | AnswerDelta
    | ToolCallDelta
    | ToolCall
    | ToolCallBroken
    | ToolResult
    | ApprovalAsked
    | ApprovalGiven
    | Notice
    | GuideScore
    | ReviewProgress
    | BugFound
    | PatchSuggested
    | TurnFinished
    | EngineFailed
    | LoadProgress
    | ModelLoaded
    | TitleChanged
    | PinChanged
    | TipMoved
)

OPENING = (SystemMessage, UserMessage, TurnStarted, ToolResult)
"""Events that add a message to the conversation; all others belong to one, or to the session."""


class Record(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """An event in its place: when it happened and to which message it belongs.

    `t` is seconds since the session began. `node` is the id of the message ("" for events
    of the session itself); `parent` is set where an event opens a message, and names the
    message it follows ("" at the root), so an edit or a regeneration is a second child.
    """

    t: float
    event: Event
    node: str = ""
    parent: str | None = None
