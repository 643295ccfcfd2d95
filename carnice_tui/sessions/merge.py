"""A conversation in far fewer records: tokens joined, progress left out."""

from collections.abc import Iterable, Iterator

from carnice_tui.core.events import LoadProgress, PrefillProgress, Record
from carnice_tui.core.merge import joined

_PASSING = (PrefillProgress, LoadProgress)


def merged(records: Iterable[Record]) -> Iterator[Record]:
    """The same conversation without what was only of use while it went on."""
    return joined(record for record in records if not isinstance(record.event, _PASSING))
