"""Which character of the source stands in each painted cell.

Markdown takes marks away, adds bullets, labels and borders, and counts its lists anew, but what
was written keeps its order. So the words that both have in common are found first, and what lies
between two of them is compared character by character.
"""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

MANY_WORDS = 4_000
"""Words and signs of a block up to which all are compared with all; above, only the near ones."""

REACH = 200
"""Characters of source that are searched for a painted one; what is not found is decoration."""

_WORD = re.compile(r"\w+|[^\w\s]")

NOTHING = -1


def aligned(lines: Sequence[str], source: str) -> list[list[int]]:
    """For each character of each painted line its place in `source`, -1 for decoration."""
    painted = "\n".join(lines)
    places = [NOTHING] * len(painted)
    at, source_at = 0, 0
    for begin, source_begin, size in (*_common(painted, source), (len(painted), len(source), 0)):
        _fill(places, painted, source, (at, begin), (source_at, source_begin))
        places[begin : begin + size] = range(source_begin, source_begin + size)
        at, source_at = begin + size, source_begin + size
    _fill_blanks(places, painted, source)
    return list(_by_line(places, lines))


def _common(painted: str, source: str) -> Iterator[tuple[int, int, int]]:
    """Words that both have, in order: their places, and their length."""
    ours, theirs = list(_WORD.finditer(painted)), list(_WORD.finditer(source))
    if max(len(ours), len(theirs)) > MANY_WORDS:
        return
    matcher = SequenceMatcher(
        None, [word[0] for word in ours], [word[0] for word in theirs], autojunk=False
    )
    for first, source_first, count in matcher.get_matching_blocks():
        for step in range(count):
            word, source_word = ours[first + step], theirs[source_first + step]
            yield word.start(), source_word.start(), len(word[0])


def _fill(
    places: list[int], painted: str, source: str, ours: tuple[int, int], theirs: tuple[int, int]
) -> None:
    """What neither end of a gap tells: words that were broken, and signs shown as others."""
    shown = [at for at in range(*ours) if not painted[at].isspace()]
    written = [at for at in range(*theirs) if not source[at].isspace()]
    if len(shown) == len(written):
        for at, place in zip(shown, written, strict=True):
            places[at] = place
        return
    begin, end = theirs
    for at in shown:
        found = source.find(painted[at], begin, min(end, begin + REACH))
        if found >= 0:
            places[at] = found
            begin = found + 1


def _fill_blanks(places: list[int], painted: str, source: str) -> None:
    """The blanks before and after what was found, as far as the source has blanks there."""
    for at in range(len(painted) - 2, -1, -1):
        place = places[at + 1] - 1
        if places[at] == NOTHING and place >= 0 and _both_blank(painted[at], source[place]):
            places[at] = place
    known = NOTHING
    for at, char in enumerate(painted):
        place = places[at - 1] + 1 if at and places[at - 1] != NOTHING else len(source)
        is_open = places[at] == NOTHING and known < place < len(source)
        if is_open and _both_blank(char, source[place]):
            places[at] = place
        known = max(known, places[at])


def _both_blank(shown: str, written: str) -> bool:
    return shown.isspace() and shown != "\n" and written.isspace() and written != "\n"


def _by_line(places: Sequence[int], lines: Sequence[str]) -> Iterator[list[int]]:
    at = 0
    for line in lines:
        yield list(places[at : at + len(line)])
        at += len(line) + 1
