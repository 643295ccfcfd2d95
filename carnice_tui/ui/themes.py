"""Themes: one typed TOML file each, checked before it is used."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from carnice_tui.core import paths
from carnice_tui.core.errors import CarniceError
from carnice_tui.core.sanitize import sanitize_line

Colour = Annotated[str, Meta(pattern=r"^#[0-9a-fA-F]{6}$")]
Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]


class ThemeError(CarniceError):
    """A theme file that cannot be used: names the file, the key and what is allowed."""


class Colours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The colours of the screen. Every text colour must be readable on every ground."""

    background: Colour
    """The ground of the transcript."""
    surface: Colour
    """The ground of code, of your own messages and of the composer."""
    panel: Colour
    """The ground of dialogs and of what is selected."""
    text: Colour
    muted: Colour
    """What may be overlooked: labels, footers, thinking."""
    primary: Colour
    """Headings, links, the focused edge."""
    accent: Colour
    """Your own messages, inline code."""
    success: Colour
    warning: Colour
    error: Colour


class CodeColours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The colours of highlighted code, on `surface`."""

    keyword: Colour
    string: Colour
    number: Colour
    comment: Colour
    function: Colour
    type: Colour
    operator: Colour


class ThemeFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole theme. `name` is what the settings hold, `title` what the picker shows."""

    name: Name
    title: Annotated[str, Meta(min_length=1, max_length=40)]
    dark: bool
    colors: Colours
    code: CodeColours


def read_theme(file: Path) -> ThemeFile:
    """The theme in `file`.

    Raises:
        ThemeError: the file cannot be read, or holds a wrong or missing key.
    """
    shown = sanitize_line(file.name)
    try:
        return msgspec.toml.decode(file.read_bytes(), type=ThemeFile)
    except OSError as error:
        raise ThemeError(f"Theme {shown} cannot be read: {error.strerror}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        problem = sanitize_line(str(error))
        raise ThemeError(
            f"Theme {shown} is not used: {problem}. Colours are written as #rrggbb."
        ) from error


def theme_files() -> Iterator[Path]:
    """Every theme file: the shipped ones, then the user's."""
    for folder in (paths.shipped("themes"), paths.user_themes()):
        if folder.is_dir():
            yield from sorted(folder.glob("*.toml"))


def find_theme(name: str) -> ThemeFile | None:
    """The theme that goes by `name` (the user's win), without reading all the others."""
    own = paths.user_themes()
    own_files = sorted(own.glob("*.toml"), reverse=True) if own.is_dir() else []
    for file in (*own_files, paths.shipped("themes") / f"{name}.toml"):
        try:
            theme = read_theme(file)
        except ThemeError:
            continue
        if theme.name == name:
            return theme
    return None


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    lighter, darker = sorted((luminance(*rgb(one)), luminance(*rgb(other))), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(red: int, green: int, blue: int) -> float:
    """Relative luminance of a colour, 0 to 1; its parts are 0 to 255."""
    linear = [_linear(part / 255) for part in (red, green, blue)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def rgb(colour: str) -> tuple[int, int, int]:
    """The parts of a colour that is written as #rrggbb, 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
