"""Names for the slots of a code template: words, invented words, random letters, short ones."""

import random
import string
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from carnice_tui.models.demo_training import words
from carnice_tui.models.demo_training.words import words_of


class Case(Enum):
    """How a language joins the words of a name."""

    SNAKE = "snake"
    CAMEL = "camel"


@dataclass(frozen=True)
class Vocabulary:
    """The words names are drawn from."""

    nouns: tuple[str, ...]
    verbs: tuple[str, ...]
    adjectives: tuple[str, ...]
    glued_share: float = 0.0
    """Share of words that are glued from the pieces of two others."""


TRAINING = Vocabulary(words.NOUNS, words.VERBS, words.ADJECTIVES, glued_share=0.25)
HELD_OUT = Vocabulary(words.HELD_OUT_NOUNS, words.HELD_OUT_VERBS, words.HELD_OUT_ADJECTIVES)

RESERVED = frozenset(
    words_of(
        """
        abs all any array as assert async await bool break byte case catch chan char class
        const continue copy def default defer del delete dict dir do double else enum eval
        except exec exit export extern extends false file filter final finally float fn for
        format from func function global go goto hash id if impl import in input int
        interface is isinstance iter len let list lock long loop map match max min mod
        module mut new next nil none not null object open or package pass print private
        process public pub query range raise record ref register reset return reversed round
        row select self set short signed sizeof slice sort sorted sql static str string
        struct sum super switch template this throw true try tuple type typeof unsigned use
        using var vars void volatile while with yield zip conn cursor cmd low high mid
        response request data_ db app sock host port width height age password line rate
        smallest match err ok mu wg res req ctx resp fs
        """
    )
)

_ACCUMULATORS = words_of(
    "total result results out output acc found matches seen sum_ answer collected"
)
_HELD_OUT_WORDS = frozenset((*HELD_OUT.nouns, *HELD_OUT.verbs, *HELD_OUT.adjectives))

_COUNTERS = words_of("n count total size limit num length amount k steps depth remaining")
_HANDLES = words_of("f fh file_ handle fp src stream reader infile inp")
_PATHS = words_of("path filename file_path fname source_path config_path target src_path")
_OBJECTS = words_of("client service store repo api manager_ backend session_ gateway worker")
_SECRETS = words_of("API_KEY TOKEN SECRET_KEY apiKey secret_token AUTH_TOKEN jwt_secret password")
_SHORT = words_of(
    "a b c d e g p q r s t u v w x y z arr lst tmp foo bar baz val cur prev res_ obj el ptr"
)
_SYLLABLES = [a + b for a in "bcdfghjklmnprstvwz" for b in "aeiou"]
_INDEXES = words_of("i j k idx index pos ii t")
_TYPE_NAMES = {"C", "D"}
_STRINGS = {"S", "T", "Ss"}


class Style(Enum):
    """What the names of one snippet look like."""

    WORDS = "words"
    GLUED = "glued"
    """Pieces of two words: new, yet cut into tokens as real words are."""
    INVENTED = "invented"
    LETTERS = "letters"
    SHORT = "short"


class Names:
    """The names of one snippet: each slot is drawn once and no two slots share a name."""

    def __init__(
        self, rng: random.Random, case: Case, style: Style, vocabulary: Vocabulary = TRAINING
    ):
        self.rng = rng
        self.case = case
        self.style = style
        self.vocabulary = vocabulary
        self._drawn: dict[str, str] = {}
        self._taken: set[str] = set(RESERVED)
        self._roots: dict[str, list[str]] = {}

    def __getitem__(self, slot: str) -> str:
        """The text for `slot`, such as `xs`, `fn2` or `N`."""
        if slot not in self._drawn:
            kind = slot.rstrip("0123456789")
            text = self._draw(slot, kind, widen=0)
            for attempt in range(1, 60):
                if text not in self._taken:
                    break
                text = self._draw(slot, kind, widen=attempt // 12)
            self._drawn[slot] = text
            if not text.isdigit():
                self._taken.add(text)
        return self._drawn[slot]

    def _draw(self, slot: str, kind: str, widen: int) -> str:
        if kind in ("N", "M"):
            return str(
                self.rng.choice((2, 3, 5, 7, 8, 10, 12, 16, 20, 24, 30, 50, 60, 64, 100, 256))
            )
        if kind in _STRINGS:
            noun = self._noun()
            return words.plural(noun) if kind == "Ss" else noun
        if self.style is Style.WORDS or kind in ("i", "j", "sec"):
            return self._from_words(slot, kind, widen)
        if self.style is Style.SHORT and kind not in _TYPE_NAMES and self.rng.random() < 0.8:
            return self.rng.choice(_SHORT)
        return self._cased([self._odd_word() for _ in range(1 + (self.rng.random() < 0.4))], kind)

    def _odd_word(self) -> str:
        if self.style is Style.GLUED:
            return self._glued_word()
        if self.style is Style.LETTERS:
            return "".join(self.rng.choices(string.ascii_lowercase, k=self.rng.randint(2, 6)))
        return "".join(self.rng.choices(_SYLLABLES, k=self.rng.randint(2, 3)))

    def _glued_word(self) -> str:
        """Never a held-out word: those must stay new."""
        while True:
            first, second = self.rng.choices(self.vocabulary.nouns, k=2)
            word = first[: self.rng.randint(2, 5)] + second[-self.rng.randint(2, 5) :]
            if word not in _HELD_OUT_WORDS:
                return word

    def _word(self, known: tuple[str, ...]) -> str:
        if self.rng.random() < self.vocabulary.glued_share:
            return self._glued_word()
        return self.rng.choice(known)

    def _noun(self) -> str:
        return self._word(self.vocabulary.nouns)

    def _verb(self) -> str:
        return self._word(self.vocabulary.verbs)

    def _from_words(self, slot: str, kind: str, widen: int) -> str:
        rng = self.rng
        ready: dict[str, tuple[str, ...]] = {
            "i": _INDEXES,
            "j": _INDEXES,
            "h": _HANDLES,
            "p": _PATHS,
            "o": _OBJECTS,
            "sec": _SECRETS,
            "acc": _ACCUMULATORS,
            "n": _COUNTERS,
        }
        if kind in ready and (rng.random() < 0.6 or kind in ("i", "j", "sec")):
            name = rng.choice(ready[kind])
            return name if kind == "sec" else self._cased(name.strip("_").split("_"), kind)
        draw: Callable[[], list[str]] = {
            "fn": lambda: [self._verb(), *self._phrase(rng.random() < 0.35)],
            "m": lambda: [self._verb(), *([self._noun()] if widen else [])],
            "fns": lambda: [rng.choice(("handlers", "callbacks", "actions", "hooks", "funcs"))],
        }.get(kind, lambda: self._phrase(rng.random() < 0.4 or widen > 0))
        if kind in ("x", "xs", "y", "ys", "z", "zs"):
            return self._cased(self._element(slot, kind), kind)
        return self._cased(draw(), kind)

    def _element(self, slot: str, kind: str) -> list[str]:
        """A list and its element share their noun: `orders` and `order`."""
        root = kind[0] + slot[len(kind) :]
        if root not in self._roots or self._taken >= {self._roots[root][-1]}:
            self._roots[root] = self._phrase(self.rng.random() < 0.2)
        root_words = self._roots[root]
        if kind.endswith("s"):
            if self.rng.random() < 0.06:
                return [*root_words, "list"]
            return [*root_words[:-1], words.plural(root_words[-1])]
        return root_words if self.rng.random() < 0.8 else [root_words[-1][0]]

    def _phrase(self, longer: bool) -> list[str]:  # noqa: FBT001
        if not longer:
            return [self._noun()]
        if self.rng.random() < 0.5:
            return [self.rng.choice(self.vocabulary.adjectives), self._noun()]
        return [self._noun(), self._noun()]

    def _cased(self, parts: list[str], kind: str) -> str:
        if kind in _TYPE_NAMES:
            return "".join(part.capitalize() for part in parts)
        if kind == "K":
            return "_".join(parts).upper()
        if self.case is Case.SNAKE:
            return "_".join(parts)
        return parts[0] + "".join(part.capitalize() for part in parts[1:])
