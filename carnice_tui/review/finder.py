"""Finds bugs in a passage: asks, reads the contract, asks on, and places what was found."""

import math
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Literal

import msgspec

from carnice_tui.core.events import Event, GuideScore, TurnFinished, TurnStats
from carnice_tui.core.messages import Message, Sampling, ThinkingMode
from carnice_tui.core.requests import Guide, TurnRequest
from carnice_tui.engine.base import Engine
from carnice_tui.review import prompt
from carnice_tui.review.contract import LINE_TOKENS, Verdict, guide, parse
from carnice_tui.review.dialogue import Answer, Cut, Watcher, ask
from carnice_tui.review.errors import ContractBroken
from carnice_tui.review.finding import Finding
from carnice_tui.review.locate import (
    Place,
    line_options,
    piece_place,
    place_by_names,
    place_by_quote,
    place_of_answer,
)
from carnice_tui.review.passage import Passage
from carnice_tui.review.votes import Ballot, elect, same_bug

MOST_FINDINGS = 10
"""Findings of one passage at most when all are asked for."""

_EXPLANATION_TOKENS = 400
"""Longest explanation; what is longer is cut."""
_LEAST_CODE_TOKENS = 200

GREEDY = TurnRequest(sampling=Sampling(temperature=0))
"""How questions are asked where nobody says otherwise: the same code gives the same finding."""

Purpose = Literal["find", "repair", "locate", "explain", "correct"]

Locating = Literal["ask", "words", "off"]


@dataclass(frozen=True)
class FinderOptions:
    """How bugs are looked for.

    `most` findings of each passage; `samples` answers vote on the first of them. `locating`:
    by the words and where they quote no line by a question ("ask"); by the words alone; or
    not at all.
    `line_tokens` are for each line of the contract. `request` is how each question is asked but
    for its messages and its guide; its `max_tokens` 0 means a limit of our own.
    """

    allow_ok: bool = False
    most: int = 1
    samples: int = 1
    locating: Locating = "ask"
    line_tokens: int = LINE_TOKENS
    request: TurnRequest = GREEDY


@dataclass(frozen=True)
class Found:
    """A finding and the conversation that led to it: follow-up questions cost only themselves."""

    finding: Finding
    passage: Passage
    messages: tuple[Message, ...]


@dataclass(frozen=True)
class _Opinion:
    """One answer to a question about bugs, and the messages up to and with it."""

    verdict: Verdict | None
    confidence: float | None
    messages: tuple[Message, ...]


class BugFinder:
    """Asks one engine about passages, one after the other."""

    def __init__(
        self,
        engine: Engine,
        options: FinderOptions | None = None,
        watch: Watcher = lambda _: None,
    ) -> None:
        self.engine = engine
        self.options = options or FinderOptions()
        self.stats: list[TurnStats] = []
        """The figures of every turn so far."""
        self.purpose: Purpose = "find"
        """What the turn under way is for: whoever watches may look."""
        self._watch = watch

    def opening(self) -> Message:
        """The system message: the same for every passage of a run, so it is read once."""
        return Message("system", prompt.system_prompt(allow_ok=self.options.allow_ok))

    async def find(self, passage: Passage) -> AsyncGenerator[Found]:
        """The bugs of `passage`, as they are found; none where it is clean.

        Raises:
            ContextFull: the passage is longer than the window: ask about its parts.
            ContractBroken: the model keeps to no form.
            EngineError: the engine failed.
            Interrupted: the turn was cancelled.
        """
        asked = (self.opening(), Message("user", prompt.question(passage.code, passage.fence)))
        opinion, votes = await self._first_opinion(asked, passage)
        told: list[Verdict] = []
        places: list[Place] = []
        while opinion.verdict is not None:
            verdict = opinion.verdict
            place = await self._place(passage, verdict, opinion.messages)
            if _known(verdict, place, told, places):
                return
            told.append(verdict)
            places.append(place)
            samples = self.options.samples if len(told) == 1 else 1
            finding = _finding(passage, verdict, place, opinion.confidence)
            finding = _voted(finding, votes if len(told) == 1 else 1, samples)
            yield Found(finding, passage, opinion.messages)
            if len(told) >= self.options.most:
                return
            another = (*opinion.messages, Message("user", prompt.ANOTHER))
            opinion = await self._opinion(another, self.options.request.sampling, allow_ok=True)

    async def explain(self, found: Found) -> str:
        """Why it is wrong, in the model's words. Raises as `find`."""
        question = Message("user", prompt.EXPLAIN)
        try:
            answer = await self._ask(
                (*found.messages, question), limit=_EXPLANATION_TOKENS, purpose="explain"
            )
        except Cut as cut:
            return f"{cut.text.strip()} …"
        return answer.text.strip()

    async def corrected(self, found: Found) -> str:
        """What the model answers when asked for the corrected code. Raises as `find`."""
        # No vocabulary needs more tokens than the code has characters.
        limit = max(_LEAST_CODE_TOKENS, len(found.passage.code))
        question = Message("user", prompt.CORRECTED)
        answer = await self._ask((*found.messages, question), limit=limit, purpose="correct")
        return answer.text

    async def _first_opinion(
        self, asked: tuple[Message, ...], passage: Passage
    ) -> tuple[_Opinion, int]:
        options = self.options
        opinions: list[_Opinion] = []
        ballots: list[Ballot] = []
        for at in range(max(1, options.samples)):
            sampling = options.request.sampling
            if sampling.seed is not None:
                sampling = msgspec.structs.replace(sampling, seed=sampling.seed + at)
            opinion = await self._opinion(asked, sampling, allow_ok=options.allow_ok)
            place = place_by_quote(passage, opinion.verdict) if opinion.verdict else None
            opinions.append(opinion)
            ballots.append(Ballot(opinion.verdict, opinion.confidence, place.first if place else 0))
        won = elect(ballots)
        return opinions[won.at], won.votes

    async def _opinion(
        self, messages: tuple[Message, ...], sampling: Sampling, *, allow_ok: bool
    ) -> _Opinion:
        """Ask; where the engine cannot be guided, ask once more for the form."""
        form = guide(allow_ok=allow_ok, line_tokens=self.options.line_tokens)
        answer = await self._ask(messages, form, sampling=sampling)
        try:
            verdict = parse(answer.text, allow_ok=allow_ok)
        except ContractBroken:
            if self.engine.guides:
                raise
            again = Message("user", prompt.repair(allow_ok=allow_ok))
            answer = await self._ask(
                (*messages, answer.message(), again), form, sampling=sampling, purpose="repair"
            )
            verdict = parse(answer.text, allow_ok=allow_ok)
        return _Opinion(verdict, confidence(answer.score), (*messages, answer.message()))

    async def _place(
        self, passage: Passage, verdict: Verdict, messages: tuple[Message, ...]
    ) -> Place:
        locating = self.options.locating
        if locating == "off":
            return piece_place(passage)
        place = place_by_quote(passage, verdict)
        if place is None and locating == "ask":
            place = await self._asked_place(passage, messages)
        return place or place_by_names(passage, verdict) or piece_place(passage)

    async def _asked_place(self, passage: Passage, messages: tuple[Message, ...]) -> Place | None:
        choices = line_options(passage)
        if len(choices) < 2:
            return place_of_answer(passage, choices[0]) if choices else None
        answer = await self._ask(
            (*messages, Message("user", prompt.WHICH_LINE)),
            Guide(options=choices),
            sampling=Sampling(temperature=0),
            thinking="off",
            purpose="locate",
        )
        return place_of_answer(passage, answer.text)

    async def _ask(
        self,
        messages: tuple[Message, ...],
        form: Guide | None = None,
        *,
        limit: int = 0,
        sampling: Sampling | None = None,
        thinking: ThinkingMode | None = None,
        purpose: Purpose = "find",
    ) -> Answer:
        """One turn. `limit` is in tokens of answer; guided ones have their own."""
        self.purpose = purpose
        asked = self.options.request
        thinking = thinking or asked.thinking
        if form is not None and not self.engine.guides:
            limit = 2 * self.options.line_tokens
        request = msgspec.structs.replace(
            asked,
            messages=messages,
            thinking=thinking,
            sampling=sampling or asked.sampling,
            max_tokens=asked.max_tokens or (limit if thinking == "off" else 0),
            stop=(),  # the contract says where an answer ends
            guide=form if self.engine.guides else None,
        )
        return await ask(self.engine, request, self._saw)

    def _saw(self, event: Event) -> None:
        if isinstance(event, TurnFinished):
            self.stats.append(event.stats)
        self._watch(event)


def confidence(score: GuideScore | None) -> float | None:
    """How sure the model was, 0 to 1; None where it is not known.

    The probability that there is a bug at all (of the alternatives it had), times the
    geometric mean of the probabilities of the BUG line's tokens.
    """
    if score is None:
        return None
    line = math.exp(min(0.0, score.line_logprobs[0])) if score.line_logprobs else 1.0
    return round(min(1.0, max(0.0, score.branch_probability)) * line, 4)


def _known(verdict: Verdict, place: Place, told: list[Verdict], places: list[Place]) -> bool:
    """Whether it was told before: in about the same words, or of the same line."""
    if any(same_bug(verdict, before) for before in told):
        return True
    return place.located != "piece" and place.first in [p.first for p in places]


def _finding(passage: Passage, verdict: Verdict, place: Place, confidence: float | None) -> Finding:
    located = place.located != "piece"
    return Finding(
        path=passage.path,
        first_line=place.first,
        last_line=place.last,
        bug=verdict.bug,
        fix=verdict.fix,
        located=place.located,
        confidence=confidence,
        code=passage.text_of(place.first) if located else "",
        symbol=passage.symbol_at(place.first),
        language=passage.language,
    )


def _voted(finding: Finding, votes: int, samples: int) -> Finding:
    sure = finding.confidence
    if sure is not None and samples > 1:
        sure = round(sure * votes / samples, 4)
    return msgspec.structs.replace(finding, votes=votes, samples=samples, confidence=sure)
