"""Server-sent events: bytes to messages, however they were cut.

https://html.spec.whatwg.org/multipage/server-sent-events.html (id, event and retry have no
meaning here and are passed over)
"""

from collections.abc import Iterator
from dataclasses import dataclass

MOST_BYTES = 16 * 1024 * 1024
"""Of one message; more of it means that the stream is none of ours."""


class MalformedStream(Exception):
    """The bytes are no server-sent events."""


@dataclass(frozen=True)
class Message:
    """The data of one event."""

    data: bytes


@dataclass(frozen=True)
class Comment:
    """A line that begins with a colon: a sign of life."""

    text: bytes


class EventReader:
    """Cuts a byte stream into messages and comments; any chunking gives the same."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._after_return = False
        self._data: list[bytes] = []
        self._first = True

    def feed(self, chunk: bytes) -> Iterator[Message | Comment]:
        """Take bytes in and give what they complete.

        Raises:
            MalformedStream: a message goes on past `MOST_BYTES`.
        """
        if self._after_return and chunk:
            chunk = chunk.removeprefix(b"\n")
            self._after_return = False
        self._rest += chunk
        if len(self._rest) + sum(map(len, self._data)) > MOST_BYTES:
            raise MalformedStream(f"a message of more than {MOST_BYTES:,} bytes")
        lines = bytes(self._rest).replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        self._after_return = self._rest.endswith(b"\r")
        self._rest = bytearray(lines.pop())
        for line in lines:
            yield from self._line(line)

    def _line(self, line: bytes) -> Iterator[Message | Comment]:
        if self._first:
            line = line.removeprefix(b"\xef\xbb\xbf")
            self._first = False
        if not line:
            if self._data:
                yield Message(b"\n".join(self._data))
                self._data = []
        elif line.startswith(b":"):
            yield Comment(line[1:].removeprefix(b" "))
        else:
            name, _, value = line.partition(b":")
            if name == b"data":
                self._data.append(value.removeprefix(b" "))
