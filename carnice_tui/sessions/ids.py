"""Short session ids that sort by time: ten characters of Crockford's base 32.

Seven count tenths of a second since 2025 (enough until 2133), three are random. The
alphabet has no i, l, o or u, and what people type in their place is understood.
"""

import secrets
from collections.abc import Iterable

LENGTH = 10
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_EPOCH = 1_735_689_600  # 2025-01-01T00:00:00Z
_TIME_DIGITS = 7
_READ_AS = str.maketrans({"i": "1", "l": "1", "o": "0"})


def new_id(now: float) -> str:
    """An id for a session that begins at `now` (seconds since 1970)."""
    tenths = min(max(0, int((now - _EPOCH) * 10)), 32**_TIME_DIGITS - 1)
    rest = LENGTH - _TIME_DIGITS
    return _base32(tenths, _TIME_DIGITS) + _base32(secrets.randbelow(32**rest), rest)


def as_typed(text: str) -> str:
    """`text` as an id or the beginning of one: lower case, look-alikes read as digits."""
    return text.strip().lower().translate(_READ_AS)


def is_id(text: str) -> bool:
    """Whether `text` is a whole id as we write them."""
    return len(text) == LENGTH and all(char in _ALPHABET for char in text)


def matching(typed: str, ids: Iterable[str]) -> list[str]:
    """The ids that `typed` may mean: the one it equals, or all that it begins; sorted."""
    prefix = as_typed(typed)
    exact = typed.strip()
    known = list(ids)
    if exact in known:
        return [exact]
    return sorted(one for one in known if prefix and (one.startswith(prefix) or one == prefix))


def _base32(number: int, digits: int) -> str:
    out = ""
    for _ in range(digits):
        number, digit = divmod(number, 32)
        out = _ALPHABET[digit] + out
    return out
