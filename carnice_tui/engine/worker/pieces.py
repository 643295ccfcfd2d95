"""Text to ids, message by message: what was turned into ids before is looked up.

An agent sends its whole conversation with every request, and all but the end of it has been
turned into ids already. Text is cut after each end-of-turn token, where the tokenizer itself
splits before anything else it does: the ids of the pieces are the ids of the whole.
"""

from array import array
from collections import OrderedDict
from collections.abc import Iterator

from carnice_tui.engine.worker.mlxlm import AddedToken, Tokenizer, is_byte_level

KEPT_CHARACTERS = 4_000_000
"""Of pieces, the least recently used are forgotten first: some ten conversations that fill a
window of 100,000 tokens, in about 20 MB."""


class PieceEncoder:
    """Turns text into ids with one tokenizer, and remembers the pieces."""

    def __init__(self, tokenizer: Tokenizer, kept: int = KEPT_CHARACTERS) -> None:
        """`kept`: characters of pieces that are remembered."""
        self._tokenizer = tokenizer
        self._kept = kept
        self._border = _border(tokenizer)
        self._known: OrderedDict[str, array[int]] = OrderedDict()
        self._characters = 0

    def encode(self, text: str) -> list[int]:
        """Ids of `text`, special tokens in it recognised, none added."""
        return [token for piece in self._pieces(text) for token in self._ids(piece)]

    def _pieces(self, text: str) -> Iterator[str]:
        if not self._border:
            yield text
            return
        *whole, rest = text.split(self._border)
        yield from (piece + self._border for piece in whole)
        if rest:
            yield rest

    def _ids(self, piece: str) -> "array[int]":
        known = self._known.get(piece)
        if known is not None:
            self._known.move_to_end(piece)
            return known
        ids = array("I", self._tokenizer.encode(piece, add_special_tokens=False))
        self._known[piece] = ids
        self._characters += len(piece)
        while self._characters > self._kept:
            oldest, _ = self._known.popitem(last=False)
            self._characters -= len(oldest)
        return ids


def _border(tokenizer: Tokenizer) -> str:
    """The end-of-turn token after which text may be cut; "" where none is certain.

    It must be found in the raw text and stand for itself alone, take no blanks along, and begin
    in no other token. Other kinds of tokenizers treat the beginning of a text as something apart.
    """
    if not is_byte_level(tokenizer):
        return ""
    tokens = tokenizer.added_tokens_decoder
    spellings = [token.content for token in tokens.values()]
    for number in sorted(tokenizer.eos_token_ids):
        token = tokens.get(number)
        if token is not None and _stands_alone(token) and _is_apart(token.content, spellings):
            return token.content
    return ""


def _stands_alone(token: AddedToken) -> bool:
    return not (token.lstrip or token.rstrip or token.single_word or token.normalized)


def _is_apart(border: str, spellings: list[str]) -> bool:
    """Whether no token can hold the beginning of `border` and something before it, or more."""
    begins = tuple(border[:at] for at in range(1, len(border) + 1))
    others = (text for text in spellings if text != border)
    return not any(border in text or text.endswith(begins) for text in others)
