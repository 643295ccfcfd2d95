"""The worker's pipe: requests one way, events the other, as length-prefixed msgpack frames.

A frame is a 4-byte big-endian length and that many bytes of msgpack.
"""

import struct
from collections.abc import Iterator
from typing import Generic, TypeVar

import msgspec

from carnice_tui.core.events import Event
from carnice_tui.core.requests import TurnRequest

MAX_FRAME = 256 * 1024 * 1024
"""Bytes. Larger lengths mean that the stream is not ours or has lost its place."""

_LENGTH = struct.Struct(">I")
T = TypeVar("T")


class _Request(msgspec.Struct, frozen=True, tag_field="type", omit_defaults=True):
    """Base of all requests; `id` comes back with every event that answers it."""

    id: int


class Load(_Request, frozen=True):
    """Bring the model in the folder `path` into memory; `name` is what the user calls it."""

    path: str
    name: str = ""
    context_window: int = 0
    """Tokens; 0 takes the model's own."""
    prefix_folder: str = ""
    prefix_bytes: int = 0
    """Where system prompts that were read are kept, and how many bytes of them; 0: nowhere."""


class Turn(_Request, frozen=True):
    """Answer a conversation."""

    request: TurnRequest


class Warm(_Request, frozen=True):
    """Read the prompt of `request` into the prefix cache; any later request ends it."""

    request: TurnRequest


class Cancel(_Request, frozen=True):
    """Stop the turn `turn` within one token or one prefill chunk."""

    turn: int


class AnswerNow(_Request, frozen=True):
    """Close the think block of the turn `turn` and let it answer."""

    turn: int


class Unload(_Request, frozen=True):
    """Let go of the model."""


class Shutdown(_Request, frozen=True):
    """End the worker."""


Request = Load | Turn | Warm | Cancel | AnswerNow | Unload | Shutdown


class Hello(msgspec.Struct, frozen=True, tag_field="type", tag="hello"):
    """The worker's first frame: who answers, and with which libraries."""

    pid: int
    python: str
    mlx: str
    mlx_lm: str
    backend: str
    device: str
    blas: str


class Reply(msgspec.Struct, frozen=True, tag_field="type", tag="reply"):
    """An event that answers request `id`."""

    id: int
    event: Event


class Done(msgspec.Struct, frozen=True, tag_field="type", tag="done"):
    """Request `id` is finished; nothing more comes for it."""

    id: int


Frame = Hello | Reply | Done


class MalformedFrame(Exception):
    """The bytes on the pipe are not a frame."""


def pack(value: Request | Frame) -> bytes:
    """One frame, ready to write.

    Raises:
        OverflowError: it holds an integer of more than 64 bits.
        UnicodeEncodeError: it holds half of a surrogate pair, which no text does.
        RecursionError: it is nested too deeply.
    """
    payload = msgspec.msgpack.encode(value)
    return _LENGTH.pack(len(payload)) + payload


class FrameReader(Generic[T]):
    """Cuts a byte stream into frames of one kind; any chunking gives the same frames."""

    def __init__(self, decoder: "msgspec.msgpack.Decoder[T]") -> None:
        self._decoder = decoder
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[T]:
        """Take bytes in and give the frames they complete.

        Raises:
            MalformedFrame: a length over `MAX_FRAME`, or a payload that is none of ours.
        """
        self._buffer += data
        while len(self._buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer)
            if length > MAX_FRAME:
                raise MalformedFrame(f"a frame of {length:,} bytes is announced")
            end = _LENGTH.size + length
            if len(self._buffer) < end:
                return
            payload = bytes(self._buffer[_LENGTH.size : end])
            del self._buffer[:end]
            try:
                yield self._decoder.decode(payload)
            # Bytes that are no text and values nested too deeply are no DecodeError.
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                raise MalformedFrame(str(error)) from error


def request_reader() -> FrameReader[Request]:
    """Reads what the parent sends."""
    return FrameReader(msgspec.msgpack.Decoder(Request))


def frame_reader() -> FrameReader[Frame]:
    """Reads what the worker sends."""
    return FrameReader(msgspec.msgpack.Decoder(Frame))
