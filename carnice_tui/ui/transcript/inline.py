"""Inline Markdown tokens as styled spans."""

import re
from collections.abc import Sequence

from markdown_it.token import Token
from rich.style import Style

from carnice_tui.core.sanitize import sanitize, sanitize_line
from carnice_tui.ui.transcript.look import Look
from carnice_tui.ui.transcript.markdown import FOOTNOTE
from carnice_tui.ui.transcript.wrap import Span

_LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
"""What models write in the cells of a table, where Markdown has no line break."""


def inline_spans(tokens: Sequence[Token], look: Look, base: Style) -> list[Span]:
    """The spans of one paragraph, heading or cell. Links show their target after their text."""
    spans: list[Span] = []
    styles = [base]
    targets: list[str] = []
    for at, token in enumerate(tokens):
        match token.type:
            case "text" | "text_special":
                _add(spans, token.content, styles[-1])
            case "code_inline":
                _add(spans, token.content, look.code_inline)
            case "math_inline":
                _add_lines(spans, token.content, styles[-1] + look.math)
            case "strong_open":
                styles.append(styles[-1] + look.strong)
            case "em_open":
                styles.append(styles[-1] + look.emphasis)
            case "s_open":
                styles.append(styles[-1] + look.strike)
            case "link_open":
                styles.append(styles[-1] + look.link)
                targets.append(str(token.attrs.get("href", "")))
            case "link_close":
                shown = _text_of_link(spans, styles)
                styles.pop()
                _add_target(spans, targets.pop(), shown, look, styles[-1])
            case "strong_close" | "em_close" | "s_close":
                styles.pop()
            case "softbreak" if FOOTNOTE.match(tokens[at + 1].content if tokens[at + 1 :] else ""):
                spans.append(("\n", styles[-1]))
            case "softbreak":
                _add(spans, " ", styles[-1])
            case "hardbreak":
                spans.append(("\n", styles[-1]))
            case "image":
                alt = "".join(child.content for child in token.children or [])
                _add(spans, alt or "image", styles[-1] + look.emphasis)
                _add_target(spans, str(token.attrs.get("src", "")), alt, look, styles[-1])
            case "html_inline" if _LINE_BREAK.fullmatch(token.content):
                spans.append(("\n", styles[-1]))
            case _:  # raw HTML is shown as it is written
                _add(spans, token.content, styles[-1])
    return spans


def _add_lines(spans: list[Span], text: str, style: Style) -> None:
    """Mathematics on lines of its own keeps them."""
    for at, line in enumerate(text.split("\n")):
        if at:
            spans.append(("\n", style))
        _add(spans, line, style)


def _add(spans: list[Span], text: str, style: Style) -> None:
    # A reference such as &#27; may have become a control character in here.
    text = one_line(text)
    if not text:
        return
    if spans and spans[-1][1] is style and spans[-1][0] != "\n":
        spans[-1] = (spans[-1][0] + text, style)
    else:
        spans.append((text, style))


def one_line(text: str) -> str:
    """`text` safe and on one line, every blank of it kept."""
    if text.isascii() and text.isprintable():
        return text
    if "\n" in text or "\t" in text:
        text = text.replace("\n", " ").replace("\t", " ")
    return sanitize(text)


def _text_of_link(spans: list[Span], styles: list[Style]) -> str:
    text = ""
    for shown, style in reversed(spans):
        if style is not styles[-1]:
            break
        text = shown + text
    return text


def _add_target(spans: list[Span], target: str, shown: str, look: Look, base: Style) -> None:
    target = sanitize_line(target)
    if target and target.removeprefix("mailto:") != shown:
        muted = Style(color=look.muted.color, bgcolor=base.bgcolor)
        _add(spans, f" ({target})", muted)
