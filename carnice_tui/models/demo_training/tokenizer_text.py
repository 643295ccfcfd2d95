"""What the tokenizer learns from: closed word lists, code idioms, sentences of the model's world.

Kept apart from the corpus grammars, so that a better grammar does not move token ids.
"""

from collections.abc import Iterator
from pathlib import Path

from carnice_tui.models.demo_training.words import ADJECTIVES, NOUNS, VERBS, plural, words_of

# Written with their trailing space as one token: the name after them keeps its own tokens.
KEYWORDS: tuple[str, ...] = words_of("""
    return if for while const let var def func fn class struct import from await async new else elif
    switch case int char void unsigned static long double float mut pub impl use match defer go type
    function export with as try raise throw print del assert not and or in is public private
    interface typeof yield lambda except finally elif None True False true false null nil string
    bool error
""")

# Written with their leading space as one token: they are hardly ever names.
FUNCTION_WORDS: tuple[str, ...] = words_of("""
    a an the this that these those it its is are was were be been being am do does did done has have
    had can could may might must will would should shall not no nor and or but if then else when
    while where which who what how why of to in on at by for from with without within into onto over
    under after before between through during until as than so because since though also only just
    even still already always never again once twice first last next other another each every all
    any some both few more most less least many much such same own very too instead there here
    inside outside you your we our they them their i me my he she one two three
""")

IDIOMS = Path(__file__).with_name("tokenizer_idioms.txt")


def _cased(word: str) -> Iterator[str]:
    yield word
    yield word.capitalize()


def seed_text() -> Iterator[str]:
    """Word lists (weighted so that each common word becomes one token), idioms and sentences."""
    idioms = IDIOMS.read_text(encoding="utf-8")
    for _ in range(90):
        yield idioms
    for noun in NOUNS:
        for word in _cased(noun):
            yield f"{word}\n" * 60
        yield f"{plural(noun)}\n" * 30
    for word in (*VERBS, *ADJECTIVES):
        for form in _cased(word):
            yield f"{form}\n" * 40
    for word in KEYWORDS:
        yield f"{word} x\n" * 200
    for word in FUNCTION_WORDS:
        yield f"x {word} x\n" * 200
        yield f"{word.capitalize()} x\n" * 60
    for width in range(1, 6):
        for unit in ("    ", "  ", "\t"):
            yield ("x\n" + unit * width + "x\n") * 400
            yield ("x\n\n" + unit * width + "x\n") * 60
