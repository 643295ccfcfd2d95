"""What is selected gives the source as it was written, not what was painted of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from carnice_tui.ui.transcript.alignment import aligned
from carnice_tui.ui.transcript.entry import Entry
from carnice_tui.ui.transcript.markdown_entry import MarkdownEntry, UserEntry
from carnice_tui.ui.transcript.pointed import line_at, word_at
from carnice_tui.ui.transcript.selected_source import selected_source
from carnice_tui.ui.transcript.selection import Point, Selection
from carnice_tui.ui.transcript.window import Window
from tests.ui.painting import LOOK

FENCE = """```python
def f(python):
    if python:
        return python
	# tab
```"""
TABLE = """| name | what it does in many words so that it wraps in the cell |
|------|-----|
| ab | first words of a cell that wraps around in the narrow width |
| 漢字 | wide **cell** |"""
SOURCE = f"""# A heading with *stress*

Some **bold** and `code` in a paragraph that is so long that it is wrapped over
lines of its own and others, with a [link](https://example.com/x?y=1) at its end.

- apple
- pear with a second line that has to be wrapped because it is long
  1. one
  1. two uses 1
- [ ] task

1. Use Python 1
1. Use Python 2

{FENCE}

{TABLE}

漢字かな交じり文 is wide.

> quoted text here"""


class Page:
    """Entries as they stand on a screen of sixty columns."""

    def __init__(self, *entries: Entry) -> None:
        self.window = Window(list(entries), LOOK)
        self.window.resize(60, 200)
        self.lines = [strip.text for strip in self.window.rows()]

    def cell(self, text: str, *, end: bool = False, within: str = "") -> Point:
        """The first cell of `text` on the screen, or its last; on the line that has `within`."""
        y = next(i for i, line in enumerate(self.lines) if text in line and within in line)
        at = self.lines[y].index(text) + (len(text) if end else 0)
        place = self.window.places[y]
        assert place is not None
        return Point(place, cell_len(self.lines[y][:at]) - end)

    def copied(self, first: str, last: str = "", *, within: str = "") -> str:
        """The source from one text on the screen to another."""
        end = self.cell(last or first, end=True, within="" if last else within)
        return selected_source(Selection(self.cell(first, within=within), end), self.window)

    def all(self) -> str:
        """The source of everything."""
        places = [place for place in self.window.places if place is not None]
        everything = Selection(Point(places[0], 0), Point(places[-1], 59))
        return selected_source(everything, self.window)


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(MarkdownEntry("m", SOURCE))


@pytest.mark.parametrize(
    ("first", "last", "source"),
    [
        ("stress", "", "stress"),
        ("bold", "code", "bold** and `code"),
        ("wrapped", "of its own", "wrapped over\nlines of its own"),
        ("link", "", "link"),
        ("pear", "wrapped because", "pear with a second line that has to be wrapped because"),
        ("two uses 1", "", "two uses 1"),
        ("Use Python 2", "", "Use Python 2"),
        ("def f", "", "def f"),
        ("if python", "return python", "if python:\n        return python"),
        ("first words", "", "first words"),
        ("wide cell", "", "wide **cell"),
        ("かな", "", "かな"),
        ("quoted", "here", "quoted text here"),
    ],
)
def test_a_part_is_what_was_written_there(page: Page, first: str, last: str, source: str) -> None:
    assert page.copied(first, last) == source


def test_the_first_line_of_code_keeps_its_indentation(page: Page) -> None:
    y = page.cell("if python").place
    selection = Selection(Point(y, 3), page.cell("return python", end=True))

    assert selected_source(selection, page.window) == "    if python:\n        return python"


def test_several_blocks_come_with_what_stands_between_them(page: Page) -> None:
    assert (
        page.copied("Use Python 1", "wide cell")
        == SOURCE[SOURCE.index("Use Python 1") : SOURCE.index("cell**") + 4].replace(
            "wide **cell", "wide **cell"
        )
        + "** |"
    )
    assert page.all() == SOURCE


def test_a_fence_that_is_cut_is_closed_and_opened_again(page: Page) -> None:
    assert (
        page.copied("2. Use", "def f(python)") == "1. Use Python 2\n\n```python\ndef f(python)\n```"
    )
    cut = page.copied("return python", "quoted")
    assert cut.startswith("```python\nreturn python\n\t# tab\n```\n\n| name")


@pytest.mark.parametrize(
    "said", ["what is it?", "look:\n```py\nx = 1\n```", "```py\nx = 1\n```\nwhy?", "one\n\ntwo"]
)
def test_a_message_of_ones_own_is_copied_as_it_was_written_without_its_files(said: str) -> None:
    asked = UserEntry("u", said, ["notes.txt · 3 lines", "branch 1/2"])
    alone, among = Page(asked), Page(MarkdownEntry("m", "Hi."), asked, MarkdownEntry("n", "Yes."))

    assert alone.all() == said
    assert among.all() == f"Hi.\n\n{said}\n\nYes."
    assert alone.copied("notes.txt") == "notes.txt"


def test_messages_are_set_apart(page: Page) -> None:
    asked = UserEntry("u", "look:\n```py\nx = 1\n```")
    both = Page(asked, MarkdownEntry("m", SOURCE), asked)

    question = "look:\n```py\nx = 1\n```"
    assert both.all() == f"{question}\n\n{SOURCE}\n\n{question}"


@pytest.mark.parametrize(
    ("cell", "word"),
    [
        ("example", "https://example.com/x?y=1"),
        ("漢", "漢字かな交じり文"),
        ("heading", "heading"),
        ("python)", "python"),
    ],
)
def test_a_word_is_what_a_terminal_takes_for_one(page: Page, cell: str, word: str) -> None:
    within = "かな" if cell == "漢" else ""
    found = word_at(page.cell(cell, within=within), page.window)

    assert found is not None
    assert selected_source(found, page.window) == word


def test_between_words_there_is_none(page: Page) -> None:
    heading = page.cell("heading", end=True)
    assert word_at(Point(heading.place, heading.column + 1), page.window) is None


@pytest.mark.parametrize(
    ("cell", "line"),
    [
        ("second line", "- pear with a second line that has to be wrapped because it is long"),
        ("of its own", SOURCE.split("\n")[3]),
        ("return python", "        return python"),
        ("first words", "| ab | first words of a cell that wraps around in the narrow width |"),
        ("heading", "# A heading with *stress*"),
    ],
)
def test_a_line_is_one_of_the_source_however_it_is_wrapped(
    page: Page, cell: str, line: str
) -> None:
    found = selected_source(line_at(page.cell(cell), page.window), page.window)

    assert found in line
    assert len(line) - len(found) <= len("# |  |**")


words = st.lists(st.sampled_from(["one", "two", "2", "漢字", "a.b", "`c`", "**d**"]), min_size=1)
blocks = st.one_of(
    words.map(" ".join),
    words.map(lambda found: "\n".join(f"- {word}" for word in found)),
    words.map(lambda found: "\n".join(f"1. {word}" for word in found)),
    words.map(lambda found: "```py\n" + "\n".join(f"  {word}" for word in found) + "\n```"),
    words.map(lambda found: "|a|b|\n|-|-|\n" + "\n".join(f"|{word}|x|" for word in found)),
    words.map(lambda found: "> " + " ".join(found)),
)


@given(st.lists(blocks, min_size=1, max_size=6).map("\n\n".join))
def test_all_of_a_message_is_its_source_and_of_code_alone_the_code(source: str) -> None:
    only_code = source.startswith("```") and source.count("```") == 2 and source.endswith("```")
    expected = "\n".join(source.split("\n")[1:-1]) if only_code else source
    assert Page(MarkdownEntry("m", source)).all() == expected


@given(st.text(max_size=60), st.integers(min_value=1, max_value=9))
def test_text_that_is_painted_as_it_was_written_is_found_in_its_place(
    text: str, width: int
) -> None:
    lines = [text[at : at + width] for at in range(0, len(text), width)] or [""]
    lines = [line.replace("\n", " ") for line in lines]
    places = [place for line in aligned(lines, text) for place in line if place >= 0]

    assert places == sorted(set(places))
    for line, found in zip(lines, aligned(lines, text), strict=True):
        for char, place in zip(line, found, strict=True):
            assert place < 0 or text[place] == char or char.isspace()
