"""The styles that the transcript is painted with, made from a theme."""

from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any

# `_TokenType` is the only name that Pygments has for the type of a token.
from pygments.token import Token, _TokenType  # pyright: ignore[reportPrivateUsage]
from rich.color import Color
from rich.style import Style

from carnice_tui.ui.themes import ThemeFile


@dataclass(frozen=True, eq=False)
class Glyphs:
    """The signs drawn around text; a screen reader gets words and plain ASCII instead."""

    user: str = "›"
    bullet: tuple[str, ...] = ("•", "◦", "▪")
    done: str = "☑"
    open: str = "☐"
    quote: str = "▎"
    rule: str = "─"
    folded: str = "▸"
    unfolded: str = "▾"
    column: str = " │ "
    cross: str = "─┼─"
    card: str = "▎"
    full: str = "█"
    empty: str = "░"
    bars: str = "▁▂▃▄▅▆▇█"
    scrollbar: str = "▐"
    browsed: str = "▌"
    new_below: str = " ↓ new below · {end} goes there "


PLAIN_GLYPHS = Glyphs(
    user="You:",
    bullet=("-", "*", "+"),
    done="[x]",
    open="[ ]",
    quote=">",
    rule="-",
    folded="+",
    unfolded="-",
    column=" | ",
    cross="-+-",
    card="|",
    full="",
    empty="",
    bars="",
    scrollbar=" ",
    browsed=">",
    new_below=" New below: {end} goes there ",
)


@dataclass(frozen=True, eq=False)
class Look:
    """Resolved styles. Every one has its ground, so a painted line needs nothing more."""

    text: Style
    muted: Style
    strong: Style
    """Added to another style, as are `emphasis`, `strike`."""
    emphasis: Style
    strike: Style
    heading: Style
    heading_small: Style
    link: Style
    code_inline: Style
    math: Style
    label: Style
    """The language of a fence, on the ground of code."""
    code: Style
    user: Style
    user_mark: Style
    thinking: Style
    quote: Style
    rule: Style
    success: Style
    warning: Style
    error: Style
    accent: Style
    primary: Style
    panel: Style
    selected: Style
    """Added to what is selected."""
    scrollbar: Style
    scrollbar_thumb: Style
    code_styles: dict[str, Style]
    added: Style
    removed: Style
    glyphs: Glyphs = Glyphs()
    _tokens: dict[_TokenType, Style] = field(default_factory=dict[_TokenType, Style])

    def token(self, kind: _TokenType) -> Style:
        """The style of a pygments token."""
        style = self._tokens.get(kind)
        if style is None:
            style = self._tokens[kind] = self._resolve(kind)
        return style

    def _resolve(self, kind: _TokenType) -> Style:
        step: _TokenType | None = kind
        while step is not None:
            name = _TOKEN_COLOURS.get(step)
            if name is not None:
                return self.code_styles[name]
            step = step.parent
        return self.code


_TOKEN_COLOURS: dict[_TokenType, str] = {
    Token.Keyword: "keyword",
    Token.Keyword.Type: "type",
    Token.Keyword.Constant: "number",
    Token.Name.Tag: "keyword",
    Token.Name.Attribute: "function",
    Token.Name.Function: "function",
    Token.Name.Class: "type",
    Token.Name.Exception: "type",
    Token.Name.Decorator: "function",
    Token.Name.Builtin: "type",
    Token.Name.Builtin.Pseudo: "keyword",
    Token.Name.Constant: "number",
    Token.Literal.String: "string",
    Token.Literal.String.Interpol: "operator",
    Token.Literal.String.Doc: "comment",
    Token.Literal.Number: "number",
    Token.Literal: "number",
    Token.Operator: "operator",
    Token.Operator.Word: "keyword",
    Token.Comment: "comment",
    Token.Comment.Preproc: "keyword",
    Token.Generic.Inserted: "inserted",
    Token.Generic.Deleted: "deleted",
    Token.Generic.Heading: "function",
    Token.Generic.Subheading: "function",
    Token.Generic.Prompt: "comment",
    Token.Generic.Output: "comment",
}


def look_of(theme: ThemeFile, glyphs: Glyphs | None = None) -> Look:
    """The styles of `theme`."""
    colours, code = theme.colors, theme.code

    def on(ground: str, colour: str, *, bold: bool = False, italic: bool = False) -> Style:
        # None, not False: a style added to another one must not take its weight away.
        return Style(
            color=_colour(colour),
            bgcolor=_colour(ground),
            bold=bold or None,
            italic=italic or None,
        )

    page, raised = colours.background, colours.surface
    return Look(
        text=on(page, colours.text),
        muted=on(page, colours.muted),
        strong=Style(bold=True),
        emphasis=Style(italic=True),
        strike=Style(strike=True),
        heading=on(page, colours.primary, bold=True),
        heading_small=on(page, colours.text, bold=True),
        link=Style(color=_colour(colours.primary), underline=True),
        code_inline=on(raised, colours.accent),
        math=Style(color=_colour(colours.accent), italic=True),
        label=on(raised, colours.muted),
        code=on(raised, colours.text),
        user=on(raised, colours.text),
        user_mark=on(raised, colours.accent, bold=True),
        thinking=on(page, colours.muted, italic=True),
        quote=on(page, colours.muted),
        rule=on(page, colours.panel),
        success=on(page, colours.success),
        warning=on(page, colours.warning),
        error=on(page, colours.error),
        accent=on(page, colours.accent),
        primary=on(page, colours.primary),
        panel=on(colours.panel, colours.text),
        selected=Style(bgcolor=_colour(colours.primary), color=_colour(page)),
        scrollbar=on(page, colours.panel),
        scrollbar_thumb=on(page, colours.muted),
        code_styles={
            "keyword": on(raised, code.keyword),
            "string": on(raised, code.string),
            "number": on(raised, code.number),
            "comment": on(raised, code.comment, italic=True),
            "function": on(raised, code.function),
            "type": on(raised, code.type),
            "operator": on(raised, code.operator),
            "inserted": on(raised, colours.success),
            "deleted": on(raised, colours.error),
        },
        added=on(page, colours.success),
        removed=on(page, colours.error),
        glyphs=glyphs or Glyphs(),
    )


@cache
def unstyled() -> Look:
    """No styles at all: to measure text."""
    none = Style.null()
    kinds = (Style, "Style")
    styles: dict[str, Any] = {f.name: none for f in fields(Look) if f.type in kinds}
    return Look(**styles, code_styles={})


@cache
def _colour(value: str) -> Color:
    return Color.parse(value)
