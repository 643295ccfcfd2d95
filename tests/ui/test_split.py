"""However an answer is cut into chunks, it ends up painted as if parsed at once."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carnice_tui.ui.transcript.prose import LONGEST, cut_prose
from carnice_tui.ui.transcript.split import Splitter
from tests.ui.painting import painted, parsed_at_once, streamed

PIECES = st.sampled_from(
    [
        "word", "two words", " ", "\n", "\n\n", "# ", "## Title\n", "- ", "* ", "+ ", "1. ", "2) ",
        "10. ", "  ", "    ", "```", "```python\n", "~~~\n", "\n```\n", "`code`", "`", "**", "*",
        "_", "~~", "[ref]", "[a](b)", "\n[ref]: /target\n", "> ", "| a | b |\n", "|---|:-:|\n",
        "| 1 | 2 |\n", "---\n", "===\n", "***\n", "<b>", "<!-- x -->\n", "\\", "$x_1$", "&amp;",
        "def f(x):\n", "    return 1\n", "\t", "日本語", "- [ ] ", "- [x] done\n", "!", "<http://a.b>",
        "- item\n", "1. one\n", "\n\n    code\n", "$$", "\n$$\n", "$$ a = b\n", "\\[\n", "\\]\n",
        "\\begin{align}\n", "\\end{align}\n", "[^1]: Note\n", "[^2]: Word and word\n",
    ]
)  # fmt: skip
SOURCES = st.lists(PIECES, max_size=40).map("".join)


def _chunks(source: str, cuts: list[int]) -> list[str]:
    places = sorted({cut % (len(source) + 1) for cut in cuts})
    edges = [0, *places, len(source)]
    return [source[a:b] for a, b in itertools.pairwise(edges)]


@settings(max_examples=400, deadline=None)
@given(SOURCES, st.lists(st.integers(0, 500), max_size=30))
def test_any_chunking_paints_what_one_parse_of_the_whole_paints(
    source: str, cuts: list[int]
) -> None:
    assert streamed(_chunks(source, cuts)) == parsed_at_once(source)


@settings(max_examples=150, deadline=None)
@given(SOURCES)
def test_looking_at_every_character_changes_nothing(source: str) -> None:
    assert streamed(list(source), looking=True) == parsed_at_once(source)


def test_a_definition_that_comes_late_turns_earlier_text_into_a_link() -> None:
    lines = streamed(["See [this].\n\n", "More.\n\n", "[this]: https://example.org\n"])

    assert lines[0] == "See this (https://example.org)."


def test_a_list_item_is_frozen_when_the_next_begins() -> None:
    splitter = Splitter()
    splitter.feed("- one\n- two\n- thr")

    assert painted(splitter.frozen) == ["• one"]
    splitter.feed("ee\n- f")
    assert painted(splitter.frozen) == ["• one", "• two"]


def test_a_row_of_a_table_is_shown_when_it_is_whole() -> None:
    splitter = Splitter()
    splitter.feed("| a | b |\n|---|---|\n| 1 | 2 |\n| 3 |")

    shown = painted([*splitter.frozen, *splitter.open_blocks()])
    assert [line.replace(" ", "") for line in shown] == ["a│b", "──┼──", "1│2"]


@pytest.mark.parametrize("partial", ["-", "---", "#", "1.", "> ", "``", "|"])
def test_marks_that_are_not_settled_yet_are_held_back(partial: str) -> None:
    splitter = Splitter()
    splitter.feed("text\n\n" + partial)

    assert painted([*splitter.frozen, *splitter.open_blocks()]) == ["text"]


def test_open_emphasis_is_shown_as_emphasis_while_it_is_written() -> None:
    splitter = Splitter()
    splitter.feed("so **very imp")

    assert painted(splitter.open_blocks()) == ["so very imp"]


def test_code_is_shown_line_by_line_and_its_fence_mark_never() -> None:
    splitter = Splitter()
    splitter.feed("```python\nx = 1\ny")
    assert painted(splitter.open_blocks()) == [" python", " x = 1", " y"]
    splitter.feed(" = 2\n``")
    assert painted(splitter.open_blocks()) == [" python", " x = 1", " y = 2"]


def test_a_paragraph_longer_than_anybody_writes_is_cut_at_the_same_places_in_any_chunking() -> None:
    source = "Some words of a sentence. " * 700
    pieces, rest = cut_prose(source.rstrip())

    assert all(len(piece) < LONGEST for piece in [*pieces, rest])
    assert streamed([source[i : i + 7] for i in range(0, len(source), 7)]) == streamed([source])


def test_escape_sequences_become_pictures_in_prose_code_and_tables() -> None:
    evil = "\x1b]52;c;QUJD\x07 \x9b2J \u202e"
    source = f"{evil}\n\n`{evil}`\n\n```\n{evil}\n```\n\n| {evil} |\n|---|\n| &#27;[2J |\n"

    text = "\n".join(streamed([source]))

    assert not set(text) & {"\x1b", "\x07", "\x9b", "\u202e"}
    assert "␛]52;c;QUJD␇" in text
