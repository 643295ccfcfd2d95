"""What each token looks like as bytes, and which tokens may stand where in a guided line."""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, cast

import mlx.core as mx
from llguidance import LLTokenizer

from carnice_tui.engine.worker.template import ChatTemplate

_NEWLINE = 0x0A
_TAB = 0x09


class Vocabulary:
    """Masks over the vocabulary, computed once a model, on first use (0.4 s at 248,000)."""

    def __init__(self, template: ChatTemplate, size: int) -> None:
        """`size`: how many logits the model gives; it may pad the tokenizer's vocabulary."""
        self._size = size
        self._eos = template.eos_ids
        self._encode = template.encode
        self._pieces = template.detokenizers.pieces(size)
        self._openings: dict[bytes, mx.array] = {}

    @property
    def size(self) -> int:
        """How many ids there are."""
        return self._size

    @cached_property
    def for_grammars(self) -> LLTokenizer:
        """The vocabulary as grammars read it."""
        return LLTokenizer(
            cast("Any", _Spellings(self._pieces, self._eos, self._encode)),
            n_vocab=self._size,
            eos_token=sorted(self._eos),
        )

    def single(self, byte: bytes) -> int | None:
        """The token that spells one byte and no more."""
        return self._singles.get(byte)

    @cached_property
    def _singles(self) -> dict[bytes, int]:
        return {p: t for t, p in reversed([*enumerate(self._pieces)]) if len(p) == 1}

    def piece(self, token: int) -> bytes:
        """The bytes of a token; empty for special tokens."""
        return self._pieces[token]

    def ends_line(self, token: int) -> bool:
        """Whether the token is the end of a line, or holds it."""
        return token in self._eos or self._pieces[token].endswith(b"\n")

    def opening(self, spelled: bytes) -> mx.array:
        """What may spell `spelled`, the end of a prefix ("" where it has been said), and what may
        follow it: a space, alone or with the first visible character.

        A tokenizer may join the colon of `BUG:` and the space after it; cutting between them
        would leave the model in a place it has never been.
        """
        if spelled not in self._openings:
            size = len(spelled)
            self._openings[spelled] = self._mask(
                lambda p: p.startswith(spelled) and _may_open_line(p[size:])
            )
        return self._openings[spelled]

    @cached_property
    def after_space(self) -> mx.array:
        """What may follow that space: a visible character."""
        return self._mask(_is_text)

    @cached_property
    def in_line(self) -> mx.array:
        """What may stand in a line that another follows: text, or the newline that ends it."""
        return self._mask(_is_line_part)

    @cached_property
    def in_last_line(self) -> mx.array:
        """What may stand in the last line: as above, or the end of the answer."""
        return self._mask(_is_line_part, also=self._eos)

    @cached_property
    def not_the_end(self) -> mx.array:
        """Everything but the end of the answer: for thinking that must lead to one."""
        return self.only(t for t in range(self._size) if t not in self._eos)

    def only(self, tokens: Iterable[int]) -> mx.array:
        """Exactly these."""
        mask = [False] * self._size
        for token in tokens:
            mask[token] = True
        return mx.array(mask)

    def _mask(self, fits: Callable[[bytes], bool], also: frozenset[int] = frozenset()) -> mx.array:
        tokens = [t for t, piece in enumerate(self._pieces) if piece and fits(piece)]
        return self.only([*tokens, *also])


class _Spellings:
    """What `LLTokenizer` asks of a tokenizer: the bytes of each id, and which ids are none."""

    is_tokenizer_wrapper = True
    bos_token_id = None

    def __init__(
        self, pieces: list[bytes], eos: frozenset[int], encode: Callable[[str], list[int]]
    ) -> None:
        self.eos_token_id = min(eos)
        # A byte that no UTF-8 text holds stands before what is not text.
        self.tokens = [piece or b"\xff%d" % token for token, piece in enumerate(pieces)]
        self.special_token_ids = [token for token, piece in enumerate(pieces) if not piece]
        self._encode = encode

    def __call__(self, text: str | bytes) -> list[int]:
        """Text to ids, for text that the schema forces."""
        return self._encode(text if isinstance(text, str) else text.decode("utf-8", "replace"))


def _may_open_line(rest: bytes) -> bool:
    """Nothing yet, a space, or a space and the first visible characters."""
    return rest in (b"", b" ") or (rest[:1] == b" " and _is_text(rest[1:]))


def _is_text(piece: bytes) -> bool:
    """Begins with something visible (also a character's first byte), and stays in the line."""
    return (0x21 <= piece[0] <= 0x7E or piece[0] >= 0xC3) and _is_plain(piece)


def _is_plain(piece: bytes) -> bool:
    return all(byte >= 0x20 or byte == _TAB for byte in piece) and 0x7F not in piece


def _is_line_part(piece: bytes) -> bool:
    """Text without a line end, or one newline at its very end."""
    return _is_plain(piece[:-1] if piece[-1] == _NEWLINE else piece)
