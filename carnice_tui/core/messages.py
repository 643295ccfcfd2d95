"""Messages of a conversation, as the chat template and the model see them."""

import hashlib
from typing import Literal

import msgspec

Role = Literal["system", "user", "assistant", "tool"]
Mode = Literal["chat", "bugs", "agent"]
ThinkingMode = Literal["off", "on", "low", "medium", "high"]


class Attachment(msgspec.Struct, frozen=True, omit_defaults=True):
    """A text file the user added to a message.

    `digest` is the BLAKE2b-128 hex digest of the UTF-8 text; a session may store the text
    once under that name and leave `text` empty in the log.
    """

    name: str
    text: str = ""
    language: str = ""
    digest: str = ""


def attachment(name: str, text: str, language: str = "") -> Attachment:
    """A file added to a message, with its digest."""
    data = text.encode("utf-8", "surrogatepass")
    return Attachment(name, text, language, hashlib.blake2b(data, digest_size=16).hexdigest())


class Call(msgspec.Struct, frozen=True):
    """A tool call of the model: `arguments` are already parsed, `id` is ours."""

    id: str
    name: str
    arguments: dict[str, object]


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message in the order the model reads them.

    `reasoning` is the text of the think block (no tags), `calls` the tool calls of an
    assistant message, `call_id` the call that a tool message answers.
    """

    role: Role
    content: str
    reasoning: str = ""
    calls: tuple[Call, ...] = ()
    call_id: str = ""


class Sampling(msgspec.Struct, frozen=True, omit_defaults=True):
    """How the next token is drawn; what is None, the model's own configuration says.

    `temperature` 0 is greedy. `seed` None draws one, and the turn's statistics say which.
    """

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    seed: int | None = None


def attached_text(text: str, attachments: tuple[Attachment, ...]) -> str:
    """The user's text with its attachments as fenced blocks before it, as the model reads it."""
    if not attachments:
        return text
    blocks = [fenced(a.text, a.language, title=a.name) for a in attachments]
    return "\n\n".join([*blocks, text]) if text else "\n\n".join(blocks)


def fenced(code: str, language: str = "", title: str = "") -> str:
    """`code` in a Markdown fence that nothing inside can close, under its `title`."""
    longest = run = 0
    for char in code:
        run = run + 1 if char == "`" else 0
        longest = max(longest, run)
    fence = "`" * max(3, longest + 1)
    heading = f"{title}:\n" if title else ""
    newline = "" if code.endswith("\n") else "\n"
    return f"{heading}{fence}{language}\n{code}{newline}{fence}"
