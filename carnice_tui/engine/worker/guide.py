"""Guided decoding: the answer keeps its form because no other token can be drawn.

Fixed text is fed on the same cache, not drawn; inside a line only tokens that stay in it can
be drawn, and the newline that ends it. So the answer is the one an unguided run would give
wherever that run keeps the form by itself, and keeps the form everywhere else.
"""

from collections.abc import Callable, Generator
from contextlib import closing

from carnice_tui.core.events import Event, FinishReason, GuideScore
from carnice_tui.core.requests import Guide
from carnice_tui.engine.worker.decode import Decoder, Drawn
from carnice_tui.engine.worker.sampling import Sampler, scored
from carnice_tui.engine.worker.speech import Speech
from carnice_tui.engine.worker.template import ChatTemplate
from carnice_tui.engine.worker.vocabulary import Vocabulary

Count = Callable[[], FinishReason | None]
"""Called after every token; says why the turn must end, if it must."""

Ended = FinishReason | None


class GuidedAnswer:
    """Speaks one answer in the form of its guide."""

    def __init__(
        self,
        guide: Guide,
        decoder: Decoder,
        template: ChatTemplate,
        vocabulary: Vocabulary,
        speech: Speech,
        sampler: Sampler,
        count: Count,
    ) -> None:
        self._guide = guide
        self._decoder = decoder
        self._template = template
        self._vocabulary = vocabulary
        self._speech = speech
        self._sampler = sampler
        self._count = count
        self._branch = ""
        self._probability = 1.0
        self._line_scores: list[float] = []
        self._ended_by_model = False
        self.exact = True
        """Whether the cache holds the answer and its end token, and nothing else."""

    def events(self) -> Generator[Event, None, FinishReason]:
        """The events of the answer; the prompt has been fed. Returns why it ended."""
        guide = self._guide
        ended: Ended
        if guide.options:
            ended = yield from self._choose(guide.options)
        elif guide.alternative:
            ended = yield from self._choose((guide.lines[0], guide.alternative), open_ended=True)
            if ended is None and self._branch == guide.lines[0]:
                ended = yield from self._lines(begun=True)
        else:
            self._branch = guide.lines[0]
            ended = yield from self._lines(begun=False)
        if ended is not None:
            return ended
        if self.exact and not self._ended_by_model:
            self._decoder.feed([min(self._template.eos_ids)])
        yield GuideScore(self._branch, self._probability, tuple(self._line_scores))
        return "stop"

    def _choose(
        self, options: tuple[str, ...], *, open_ended: bool = False
    ) -> Generator[Event, None, Ended]:
        """Walk the options' tokens together; draw only where they part.

        With `open_ended` the first option is a prefix: its last token is left to its line.
        """
        open_options = {option: self._template.encode(option) for option in options}
        if open_ended and len(open_options[options[0]]) > 1:
            open_options[options[0]] = open_options[options[0]][:-1]
        at = 0
        while True:
            nexts = {ids[at] for ids in open_options.values() if len(ids) > at}
            whole = [option for option, ids in open_options.items() if len(ids) == at]
            if not nexts:
                self._branch = whole[0]
                return None
            if len(nexts) == 1 and not whole:
                token = nexts.pop()
                if ended := (yield from self._force([token])):
                    return ended
            else:
                ways = sorted(nexts | (set(self._template.eos_ids) if whole else set()))
                shares = dict(zip(ways, self._decoder.probabilities(ways), strict=True))
                token = self._decoder.draw(scored(self._sampler, self._vocabulary.only(ways))).token
                if token in self._template.eos_ids:
                    self._probability *= sum(shares[t] for t in ways if t not in nexts)
                    self._branch, self._ended_by_model = whole[0], True
                    return None
                self._probability *= shares[token]
                yield from self._speech.add(token)
                if ended := self._count():
                    return ended
            open_options = {
                option: ids
                for option, ids in open_options.items()
                if len(ids) > at and ids[at] == token
            }
            at += 1

    def _lines(self, *, begun: bool) -> Generator[Event, None, Ended]:
        """One line for each prefix; `begun`: the first prefix has been said."""
        prefixes = self._guide.lines
        line_open = False
        for number, prefix in enumerate(prefixes):
            tokens = self._template.encode(f"\n{prefix}" if line_open else prefix)
            spoken = begun and number == 0
            whole = spoken and len(tokens) == 1
            spelled = b"" if whole else self._vocabulary.piece(tokens[-1])
            if not spoken and tokens[:-1] and (ended := (yield from self._force(tokens[:-1]))):
                return ended
            last = number == len(prefixes) - 1
            line_open = True
            scores: list[float] = []
            ended = yield from self._line(spelled, scores, last=last)
            self._line_scores.append(sum(scores) / max(1, len(scores)))
            if ended == "stop":  # the line was closed by a token of its own
                line_open = False
            elif ended is not None:
                return ended
        return None

    def _line(
        self, spelled: bytes, scores: list[float], *, last: bool
    ) -> Generator[Event, None, Ended]:
        """A line from `spelled`, the end of its prefix. Returns "stop" when a drawn token ended
        it, None when its limit did, anything else when the turn is over."""
        vocabulary = self._vocabulary
        allowed, rest = vocabulary.opening(spelled), b""
        while rest in (b"", b" "):
            drawn = self._decoder.draw(scored(self._sampler, allowed))
            piece = vocabulary.piece(drawn.token)
            rest += piece.removeprefix(spelled)
            spelled = b""
            if ended := (yield from self._say(drawn, scores if rest.strip() else [])):
                return ended
            allowed = vocabulary.after_space if rest else vocabulary.opening(b"")
        inside = vocabulary.in_last_line if last else vocabulary.in_line
        with closing(self._decoder.stream(scored(self._sampler, inside))) as tokens:
            for number, drawn in enumerate(tokens, start=2):
                if vocabulary.ends_line(drawn.token):
                    scores.append(drawn.logprob or 0.0)
                    self._count()
                    yield from self._end_line(drawn.token, last=last)
                    return "stop"
                if ended := (yield from self._say(drawn, scores)):
                    return ended
                if number >= self._guide.max_line_tokens:
                    return None
        return None

    def _end_line(self, token: int, *, last: bool) -> Generator[Event, None, None]:
        if token in self._template.eos_ids:
            self._ended_by_model = True
        elif last:
            # Its newline is not part of the answer, but the cache has read it.
            self.exact = False
            text = self._vocabulary.piece(token)[:-1].decode("utf-8", "replace")
            yield from self._speech.add_text(text)
        else:
            yield from self._speech.add(token)

    def _say(self, drawn: Drawn, scores: list[float]) -> Generator[Event, None, Ended]:
        scores.append(drawn.logprob or 0.0)
        yield from self._speech.add(drawn.token)
        return self._count()

    def _force(self, tokens: list[int]) -> Generator[Event, None, Ended]:
        """Feed fixed text, and say it."""
        self._decoder.feed(tokens)
        for token in tokens:
            yield from self._speech.add(token)
        return self._count()
