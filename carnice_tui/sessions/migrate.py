"""Older files, read as if they were of today.

When the shape of the file changes, `SCHEMA` in `format.py` goes up by one and a step is added
here that lifts one decoded line from the schema before. The files themselves stay as they
are; going on with an older one makes a copy. A fixture of every schema is in the tests.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from carnice_tui.core.events import Record
from carnice_tui.sessions.format import SCHEMA, decode_record

Step = Callable[[dict[str, Any]], dict[str, Any]]
"""From a line of schema n, as plain JSON, to one of n + 1."""

STEPS: Mapping[int, Step] = {}
"""By the schema they lift from. There has been one schema so far."""


def record_decoder(
    schema: int, steps: Mapping[int, Step] = STEPS, present: int = SCHEMA
) -> Callable[[bytes], Record]:
    """What decodes the lines of a file of `schema`; raises as `decode_record` does."""
    lifts = [steps[n] for n in range(schema, present) if n in steps]
    if not lifts:
        return decode_record

    def decode(line: bytes) -> Record:
        raw = msgspec.json.decode(line, type=dict[str, Any])
        for lift in lifts:
            raw = lift(raw)
        return msgspec.convert(raw, Record)

    return decode
