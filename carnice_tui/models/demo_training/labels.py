"""What the training's own classifier is told: the class of the bug, at the wrong line itself."""

from dataclasses import dataclass

from carnice_tui.models.demo_training.classes import class_numbers
from carnice_tui.models.demo_training.samples import shipped_tokenizer
from carnice_tui.models.demo_training.snippets import Snippet

LINE_LABEL, MENDED_LABEL, NO_BUG_LABEL = 0.5, 0.4, 0.05
"""Weights of the classifier's labels at the end of a wrong line, of a mended one, of any other."""


@dataclass(frozen=True)
class Exhibit:
    """A snippet as it is shown, and what is known about it."""

    language: str
    tag: str
    code: str
    corrected: str
    bugs: tuple[Snippet, ...]
    wrong_lines: tuple[str, ...]
    mended_lines: tuple[str, ...] = ()
    """Lines of the corrected code that the code with the bugs does not have."""


def line_labels(text: str, shown: str, exhibit: Exhibit) -> list[tuple[int, int, float]]:
    """Labels (token position, class, weight) at the line ends of `shown`, a part of `text`.

    `text` is the rendered conversation and `shown` the message in it that has the snippet.
    """
    encoding = shipped_tokenizer().encode(text, add_special_tokens=False)
    begin = text.index(shown)
    end = begin + len(shown)
    numbers = class_numbers()
    wrong: dict[int, int] = {}
    for bug, line in zip(exhibit.bugs, exhibit.wrong_lines, strict=True):
        at = text.find(line, begin, end)
        if at >= 0 and all(entry.mark != "!" for entry in bug.lines):
            wrong[at + len(line)] = numbers[bug.template.bug_class]
    mended = {
        at + len(line) for line in exhibit.mended_lines if (at := text.find(line, begin, end)) >= 0
    }
    labels: list[tuple[int, int, float]] = []
    for position, (start, stop) in enumerate(encoding.offsets):
        if begin < start < end and "\n" in text[start:stop]:
            number = next((wrong[at] for at in range(start, stop) if at in wrong), 0)
            ends_mended = not mended.isdisjoint(range(start, stop))
            weight = LINE_LABEL if number else MENDED_LABEL if ends_mended else NO_BUG_LABEL
            labels.append((position, number, weight))
    return labels
