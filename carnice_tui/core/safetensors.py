"""The header of a safetensors file: what is in it, without reading a weight.

The format: an 8-byte little-endian length, that many bytes of JSON, then the data.
https://huggingface.co/docs/safetensors
"""

import struct
from pathlib import Path

import msgspec

from carnice_tui.core.errors import CarniceError

MAX_HEADER_BYTES = 100_000_000
"""The limit that the format itself sets."""

_LENGTH = struct.Struct("<Q")
_METADATA = "__metadata__"


class MalformedShard(CarniceError):
    """A file that is no safetensors file, or not all of one."""


class Tensor(msgspec.Struct, frozen=True):
    """A tensor of a shard: `dtype` as the format spells it (BF16, U32), where its bytes lie."""

    dtype: str
    shape: tuple[int, ...]
    data_offsets: tuple[int, int]

    @property
    def nbytes(self) -> int:
        """Its size in bytes."""
        return self.data_offsets[1] - self.data_offsets[0]


def read_header(path: Path) -> dict[str, Tensor]:
    """The tensors of a shard by name.

    Raises:
        MalformedShard: it is cut short, or no safetensors file; the message is the second
            half of a sentence that begins with the file's name.
        OSError: it cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(_LENGTH.size)
        length: int = _LENGTH.unpack(start)[0] if len(start) == _LENGTH.size else size + 1
        if length > min(size - _LENGTH.size, MAX_HEADER_BYTES):
            raise MalformedShard("is no whole safetensors file")
        content = file.read(length)
    try:
        raw = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
        raw.pop(_METADATA, None)
        tensors = {key: msgspec.json.decode(entry, type=Tensor) for key, entry in raw.items()}
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedShard("has a damaged header") from error
    if any(t.data_offsets[0] < 0 or t.nbytes < 0 for t in tensors.values()):
        raise MalformedShard("has a damaged header")
    end = max((t.data_offsets[1] for t in tensors.values()), default=0) + _LENGTH.size + length
    if end > size:
        raise MalformedShard(f"is {size:,} bytes long and should be {end:,}")
    return tensors
