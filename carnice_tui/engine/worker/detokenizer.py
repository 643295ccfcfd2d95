"""Token ids to text, one by one, never cutting a character in two."""

import codecs
from typing import Protocol

from carnice_tui.engine.worker.mlxlm import Tokenizer, is_byte_level


class Detokenizer(Protocol):
    """Turns the ids of one stretch of text into text as they come."""

    def add(self, token: int) -> str:
        """The text that `token` completes ("" while a character is not whole)."""
        ...

    def finish(self) -> str:
        """What is left at the end; an incomplete character becomes U+FFFD."""
        ...


def _byte_alphabet() -> dict[str, int]:
    """The byte-level BPE alphabet: each byte has one printable character (GPT-2's table)."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    table = {chr(byte): byte for byte in printable}
    shifted = (byte for byte in range(256) if byte not in printable)
    table.update({chr(0x100 + n): byte for n, byte in enumerate(shifted)})
    return table


_BYTES = _byte_alphabet()


def token_bytes(piece: str) -> bytes:
    """The bytes that a byte-level token spells; special tokens spell themselves."""
    return b"".join(bytes([_BYTES[char]]) if char in _BYTES else char.encode() for char in piece)


class ByteLevelDetokenizer:
    """For byte-level BPE: exact at every byte, linear in the length.

    mlx-lm's own drops the first space of a stretch and holds text back until it ends well;
    here a stretch may begin in the middle of a line (after a think block, or continued).
    """

    def __init__(self, tokenizer: Tokenizer, cache: dict[int, bytes]) -> None:
        self._tokenizer = tokenizer
        self._cache = cache
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def add(self, token: int) -> str:
        """See `Detokenizer`."""
        return self._decoder.decode(self._bytes(token))

    def finish(self) -> str:
        """See `Detokenizer`."""
        text = self._decoder.decode(b"", final=True)
        self._decoder.reset()
        return text

    def _bytes(self, token: int) -> bytes:
        known = self._cache.get(token)
        if known is None:
            known = token_bytes(self._tokenizer.convert_ids_to_tokens(token) or "")
            self._cache[token] = known
        return known


class WrappedDetokenizer:
    """For every other kind of tokenizer: mlx-lm's streaming detokenizer."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._inner = tokenizer.detokenizer

    def add(self, token: int) -> str:
        """See `Detokenizer`."""
        self._inner.add_token(token)
        return self._inner.last_segment

    def finish(self) -> str:
        """See `Detokenizer`."""
        self._inner.finalize()
        text = self._inner.last_segment
        self._inner.reset()
        return text


class DetokenizerFactory:
    """Makes detokenizers for one tokenizer; the table of token bytes is shared."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._byte_level = is_byte_level(tokenizer)
        self._cache: dict[int, bytes] = {}

    def spelling(self, token: int) -> bytes:
        """The bytes of one token; special tokens spell themselves."""
        if not self._byte_level:
            return self._tokenizer.decode([token]).encode()
        return token_bytes(self._tokenizer.convert_ids_to_tokens(token) or "")

    def pieces(self, size: int) -> list[bytes]:
        """The bytes of the first `size` ids; empty for special tokens and unused ids."""
        special = self._tokenizer.added_tokens_decoder
        return [b"" if t in special else self.spelling(t) for t in range(size)]

    def make(self) -> Detokenizer:
        """A fresh one, at the start of a stretch of text."""
        if self._byte_level:
            return ByteLevelDetokenizer(self._tokenizer, self._cache)
        return WrappedDetokenizer(self._tokenizer)
