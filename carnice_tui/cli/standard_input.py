"""What was piped into the command: read whole, kept exactly, or refused with the reason."""

import os
import stat

from carnice_tui.core.errors import UsageError

LIMIT = 4 * 1024 * 1024
"""Bytes: about a million tokens, four times the largest window of the models we know."""

PIPED = "stdin"
"""The name of the file that piped text becomes."""

_CHUNK = 1 << 16


class InputRefused(UsageError):
    """Standard input cannot be given to a model; the message says why."""


def is_piped() -> bool:
    """Whether standard input is a pipe, a socket or a file: something to be read.

    A terminal, a closed descriptor and devices such as /dev/null are not.
    """
    try:
        mode = os.fstat(0).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)


def read_piped_text() -> str:
    """All of standard input as text, with nothing changed.

    Raises:
        InputRefused: it is longer than `LIMIT`, holds a NUL byte, or is not UTF-8.
    """
    data = bytearray()
    while chunk := os.read(0, _CHUNK):
        if (at := chunk.find(0)) >= 0:
            raise InputRefused(
                f"Standard input is no text: it has a NUL byte at {len(data) + at:,}. "
                "These models read text only."
            )
        data += chunk
        if len(data) > LIMIT:
            raise InputRefused(
                f"Standard input is longer than {LIMIT // 2**20} MiB, more than a model can read. "
                f"Pipe a part of it: head -c {LIMIT // 4}"
            )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputRefused(
            f"Standard input is no UTF-8 text: byte {error.start:,} is "
            f"0x{data[error.start]:02x}. Convert it first, as with: iconv -f latin1 -t utf-8"
        ) from None
