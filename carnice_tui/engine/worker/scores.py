"""Which tokens made which text of an answer, and how probable they were."""

from collections import deque

from carnice_tui.core.events import Alternative, TokenLogprob
from carnice_tui.engine.worker.decode import Drawn
from carnice_tui.engine.worker.detokenizer import DetokenizerFactory


def logprob_of(drawn: Drawn, spellings: DetokenizerFactory) -> TokenLogprob:
    """A drawn token as it is told: its bytes in place of its id."""
    return TokenLogprob(
        spellings.spelling(drawn.token),
        round(drawn.logprob or 0.0, 6),
        tuple(Alternative(spellings.spelling(t), round(p, 6)) for t, p in drawn.top),
    )


class AnswerScores:
    """Holds each token back until its first character is given out.

    Characters may be held (for a stop string) or come later than their tokens (a character in
    two pieces). What is never given out, such as a stop string, gives out no tokens either.
    """

    def __init__(self) -> None:
        self._unplaced: list[TokenLogprob] = []
        self._placed: deque[tuple[int, TokenLogprob]] = deque()
        self._received = 0
        self._said = 0

    def token(self, score: TokenLogprob) -> None:
        """One more token; its text follows, or comes with that of the next."""
        self._unplaced.append(score)

    def received(self, text: str) -> None:
        """The text that the tokens so far have made."""
        self._placed.extend((self._received, score) for score in self._unplaced)
        self._unplaced.clear()
        self._received += len(text)

    def said(self, text: str) -> tuple[TokenLogprob, ...]:
        """`text` is given out: the tokens that begin in it."""
        self._said += len(text)
        scores: list[TokenLogprob] = []
        while self._placed and self._placed[0][0] < self._said:
            scores.append(self._placed.popleft()[1])
        return tuple(scores)

    def drop(self) -> None:
        """The tokens that wait made no text of the answer."""
        self._unplaced.clear()
