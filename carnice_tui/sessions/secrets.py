"""Masks what looks like a secret before it is saved.

Only shapes that hardly anything else has: prefixes that services give their tokens, private
key blocks, passwords inside addresses. What merely might be a secret stays as it is.
"""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, cast

import msgspec

from carnice_tui.core.events import AnswerDelta, ReasoningDelta, Record, ToolCallDelta
from carnice_tui.core.quantities import counted

_TOKENS = (
    ("Anthropic key", r"sk-ant-[A-Za-z0-9_-]{20,}"),
    ("OpenAI key", r"sk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{20,}"),
    ("GitHub token", r"gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{22,}"),
    ("GitLab token", r"glpat-[A-Za-z0-9_-]{20,}"),
    ("AWS key id", r"(?:AKIA|ASIA)[0-9A-Z]{16}(?![0-9A-Za-z])"),
    ("Google key", r"AIza[0-9A-Za-z_-]{35,}"),
    ("Slack token", r"xox[abeoprs]-[A-Za-z0-9-]{10,}"),
    ("Hugging Face token", r"hf_[A-Za-z0-9]{30,}"),
    ("npm token", r"npm_[A-Za-z0-9]{36,}"),
    ("PyPI token", r"pypi-[A-Za-z0-9_-]{50,}"),
    ("Stripe key", r"[rs]k_live_[A-Za-z0-9]{20,}"),
    ("JSON web token", r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
)
_OTHERS = (
    (
        "private key",
        r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----[\s\S]*?-----END [A-Z ]{0,20}PRIVATE KEY-----",
    ),
    ("password", r"(?<=://)[^\s/:@]{0,64}:[^\s/@]{1,128}(?=@)"),
)
_SHAPES = (*((name, rf"(?<![A-Za-z0-9])(?:{shape})") for name, shape in _TOKENS), *_OTHERS)
_SECRET = re.compile("|".join(f"({shape})" for _, shape in _SHAPES))
_NAMES = [name for name, _ in _SHAPES]

_PREFIXES = (
    *("sk-", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "AKIA", "ASIA"),
    *("AIza", *(f"xox{c}-" for c in "abeoprs"), "hf_", "npm_", "pypi-", "rk_live_", "sk_live_"),
    "eyJ",
)
_BEGINNINGS = sorted({prefix[:i] for prefix in _PREFIXES for i in range(1, len(prefix))})
_GROWING = re.compile(
    rf"(?<![A-Za-z0-9])(?:{'|'.join(map(re.escape, _PREFIXES))})[A-Za-z0-9_.-]*\Z"
    rf"|(?<![A-Za-z0-9])(?:{'|'.join(map(re.escape, _BEGINNINGS))})\Z"
    r"|:(?:/(?:/[^\s/@]{0,200})?)?\Z"
    r"|-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----"
    r"(?![\s\S]*-----END [A-Z ]{0,20}PRIVATE KEY-----)[\s\S]*\Z"
    r"|-{1,5}\Z|-----B[A-Z -]{0,45}\Z"
)
"""The end of a text that may be the beginning of a secret, wherever the next chunk is cut."""

_MAX_HELD = 64 * 1024
"""Characters; more than any key has."""

_CONTEXT = 64
_TEXT_FIELDS = ("text", "question", "reason", "message", "detail", "problem", "diff")
_STREAMED = (AnswerDelta, ReasoningDelta, ToolCallDelta)

Found = Counter[str]
"""How many secrets of which kind."""


def mask(text: str, found: Found, start: int = 0) -> str:
    """`text` from `start` on with its secrets masked; what they were is counted in `found`."""
    parts: list[str] = []
    at = start
    for match in _SECRET.finditer(text, start):
        name = _NAMES[(match.lastindex or 1) - 1]
        found[name] += 1
        parts += [text[at : match.start()], f"[{name} masked]"]
        at = match.end()
    return "".join([*parts, text[at:]])


class Redactor:
    """Masks the secrets in a stream of records, also those cut into many tokens.

    Pieces that may be the beginning of a secret wait until it is clear what they are; order,
    times and token counts stay.
    """

    def __init__(self) -> None:
        self.found = Found()
        self._held: list[Record] = []
        self._text = ""
        self._before = ""

    def take(self, record: Record) -> Iterable[Record]:
        """The records that are ready once `record` has come."""
        if not isinstance(record.event, _STREAMED):
            return [*self.rest(), self._whole(record)]
        ready: list[Record] = []
        if self._held and not _continues(self._held[-1], record):
            ready += self.rest()
        elif not self._held and not (self._before and _continues(self._last, record)):
            self._before = ""
        self._last = record
        self._held.append(record)
        self._text += record.event.text
        text = self._before + self._text
        if len(self._text) > _MAX_HELD or not _GROWING.search(text, len(self._before)):
            ready += self._release()
        return ready

    def rest(self) -> list[Record]:
        """What was held back, at the end of a message."""
        released = self._release()
        self._before = ""
        return released

    def _release(self) -> list[Record]:
        held, text = self._held, self._before + self._text
        masked = mask(text, self.found, len(self._before))
        if masked != self._text:
            whole = [masked, *("" for _ in held[1:])]
            held = [_with_text(one, new) for one, new in zip(held, whole, strict=True)]
        self._held, self._text, self._before = [], "", text[-_CONTEXT:]
        return held

    def _whole(self, record: Record) -> Record:
        event = record.event
        changes: dict[str, Any] = {}
        for name in event.__struct_fields__:
            value = getattr(event, name)
            new = value
            if name == "title":
                # Made of a message, and counted there.
                new = mask(value, Found())
            elif name in _TEXT_FIELDS:
                new = mask(value, self.found)
            elif name in ("arguments", "attachments", "finding"):
                new = self._inside(value)
            if new != value:
                changes[name] = new
        if not changes:
            return record
        event = msgspec.structs.replace(event, **changes)
        return msgspec.structs.replace(record, event=event)

    def _inside(self, value: Any) -> Any:
        match value:
            case str():
                return mask(value, self.found)
            case list():
                return [self._inside(item) for item in cast("list[Any]", value)]
            case tuple():
                return tuple(self._inside(item) for item in cast("tuple[Any, ...]", value))
            case dict():
                items = cast("dict[Any, Any]", value).items()
                return {key: self._inside(item) for key, item in items}
            case msgspec.Struct():
                return self._inside_struct(value)
            case _:
                return value

    def _inside_struct(self, value: msgspec.Struct) -> msgspec.Struct:
        """Every text of a struct masked; a digest of a text that changed says nothing more."""
        texts = {
            name: text
            for name in value.__struct_fields__
            if name != "digest" and isinstance(text := getattr(value, name), str)
        }
        changes = {
            name: masked
            for name, text in texts.items()
            if (masked := mask(text, self.found)) != text
        }
        if changes and "digest" in value.__struct_fields__:
            changes["digest"] = ""
        return msgspec.structs.replace(value, **changes) if changes else value

    _last: Record


def told(found: Found) -> str:
    """What was masked, in words: "1 GitHub token, 2 passwords"."""
    return ", ".join(counted(n, name) for name, n in sorted(found.items()))


def _continues(before: Record, record: Record) -> bool:
    return before.node == record.node and type(before.event) is type(record.event)


def _with_text(record: Record, text: str) -> Record:
    return msgspec.structs.replace(record, event=msgspec.structs.replace(record.event, text=text))
