"""Nothing that commands a terminal survives, however the text is cut; what people write does."""

import itertools
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from carnice_tui.core.sanitize import Sanitizer, is_safe, sanitize, sanitize_line

NASTY = (
    "\x1b]52;c;aGk=\x07\x1b]8;;http://x\x1b\\\x1b[2J\x9b31m\x90q\x7f\x00\r\n\r\t\x08"
    "\u202e\u2066\u2069\u200e\u061c\u200b\u200c\u200d\u2060\ufeff\u00ad\u2028\u2029\u180e"
    "\ufe0f\ufe0e\U000e0041\U000e007f\ud800\udfff\ufff9\u034f\u115f\u3164\uffa0"
    "👩👨🏽🇫🏴नमیه क्ष\u0600\u180b\u1820\u17b4"
)
WRITTEN = [
    "👩‍💻",
    "👨‍👩‍👧",
    "🏳️‍🌈",
    "❤️",
    "1️⃣",
    "می‌خواهم",
    "क्‍ष",
    "ශ්‍රී",
    "\r\n",
    "葛\U000e0101",
    "\u200d",
    "\r",
]
texts = st.one_of(
    st.text(alphabet=st.one_of(st.sampled_from(NASTY), st.characters()), max_size=60),
    st.lists(st.sampled_from([*WRITTEN, *NASTY]), max_size=12).map("".join),
)


def cut(text: str, places: list[int]) -> list[str]:
    edges = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[a:b] for a, b in itertools.pairwise(edges)]


def commands_a_terminal(char: str) -> bool:
    code = ord(char)
    return (
        (code < 0x20 and char not in "\n\t")
        or 0x7F <= code <= 0x9F
        or unicodedata.category(char) == "Cs"
        or unicodedata.bidirectional(char)
        in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
        or char in "\u200e\u200f\u061c\u2028\u2029\u200b\ufeff"
        or 0xE0000 <= code < 0xE0080
    )


@given(texts, st.lists(st.integers(min_value=0), max_size=8))
def test_any_chunking_gives_the_same_text(text: str, places: list[int]):
    cleaner = Sanitizer()
    pieces = [cleaner.feed(chunk) for chunk in cut(text, places)]
    assert "".join(pieces) + cleaner.end() == sanitize(text)


@given(texts)
def test_character_by_character_is_a_chunking_too(text: str):
    cleaner = Sanitizer()
    assert "".join(map(cleaner.feed, text)) + cleaner.end() == sanitize(text)


@given(texts)
def test_no_character_that_commands_a_terminal_survives(text: str):
    clean = sanitize(text)
    assert not [char for char in clean if commands_a_terminal(char)]
    assert is_safe(clean)
    clean.encode("utf-8")


@given(texts)
@example("\u0600\u200c\u061c")  # a joiner between letters of which one is a control
@example("\u061c\u200c\u0628")
@example("a\u180b\u200c\u1820")
@example("😀\U000e0100\u200d😀")
def test_what_is_clean_stays_as_it_is(text: str):
    clean = sanitize(text)
    assert sanitize(clean) == clean


@given(texts)
def test_safe_text_is_never_changed(text: str):
    if is_safe(text):
        assert sanitize(text) == text


@given(texts)
def test_a_line_is_one_line(text: str):
    line = sanitize_line(text)
    assert not set(line) & set("\n\t\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
    assert is_safe(line)


@given(st.text(alphabet="abc \n\t.,äß中文日本語한국어עבריתالعربية😀`*_#", max_size=60))
def test_ordinary_text_of_any_script_is_left_alone(text: str):
    assert sanitize(text) == text


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("👩‍💻", "a woman at a computer"),
        ("👨‍👩‍👧‍👦", "a family"),
        ("👩🏽‍🚀", "with a skin tone before the joiner"),
        ("🏳️‍🌈", "with a variation selector before the joiner"),
        ("❤️", "a variation selector"),
        ("🧑🏻‍❤️‍💋‍🧑🏿", "everything at once"),
        ("می‌خواهم", "Persian with a non-joiner"),
        ("क्‍ष", "Devanagari with a joiner"),
        ("ශ්‍රී", "Sinhala with a joiner"),
    ],
)
def test_joiners_that_people_write_are_kept(text: str, meaning: str):
    assert sanitize(text) == text, meaning


@pytest.mark.parametrize(
    "text",
    [
        "pass\u200dword",
        "ad\u200cmin",
        "\u200dx",
        "x\u200d",
        "👩\u200d",
        "👩\u200d\u200d💻",
        "1\u200c2",
        "می\u200c خواهم",
        "می\u200c\u200cخواهم",
    ],
)
def test_joiners_that_join_nothing_are_shown(text: str):
    clean = sanitize(text)
    assert not set(clean) & {"\u200c", "\u200d"}
    assert "\u2423" in clean


@pytest.mark.parametrize("text", ["❤\ufe0f", "1\ufe0f\u20e3", "葛\U000e0101", "≨\ufe00"])
def test_a_selector_that_varies_something_is_kept(text: str):
    assert sanitize(text) == text


@pytest.mark.parametrize("text", ["a\ufe0f", "\ufe0f", "❤\ufe0f\ufe0e", "a\U000e0101", " \ufe00"])
def test_selectors_that_vary_nothing_cannot_smuggle_text(text: str):
    assert "\u2423" in sanitize(text)


def test_each_removed_character_leaves_a_picture():
    assert sanitize("\x1b[2J\x07\x00\x7f") == "␛[2J␇␀␡"
    assert sanitize("\x9b31m") == "\ufffd31m"
    assert sanitize("a\u202eb") == "a␦b"


def test_windows_line_ends_become_newlines_but_a_lone_return_is_shown():
    assert sanitize("a\r\nb\rc\r") == "a\nb␍c␍"
