"""Code templates into snippets: a buggy text and its corrected twin, line by line.

A template file holds templates that begin with `@ class[/variant] language role=text …`. Each line
after it begins with a mark: a blank (in both texts), `-` (only in the buggy one), `+` (only in the
corrected one), `!` (in both; the line a reviewer would point at), `?` (in both, left out at times).
`$slot` is a name (see `naming`), `$^slot` the same with a capital; `⟦a¦b⟧` is a choice, and
`⟦1:a¦b⟧` the same choice wherever it has that number; `⟨…⟩` stays only where types are written.
"""

import random
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from carnice_tui.models.demo_training.classes import Wording, bug_classes
from carnice_tui.models.demo_training.naming import Names

FOLDER = Path(__file__).with_name("templates")
_SLOT = re.compile(r"\$(\^?)(fns|fn|acc|sec|log|xs|ys|zs|Ss|[a-zA-Z])(\d?)")
_CHOICE = re.compile(r"⟦(?:(\d):)?([^⟦⟧]*)⟧")
_ROLE = re.compile(r'(\w)=("[^=]*"(?= |$)|(?:⟦[^⟧]*⟧|\S)+)')
_TYPED = re.compile(r"⟨([^⟨⟩]*)⟩")
_SKIP_OPTIONAL = 0.5


@dataclass(frozen=True)
class Template:
    """One template as it stands in its file."""

    bug_class: str
    variant: str
    language: str
    roles: dict[str, str]
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Line:
    """A rendered line and where it stands."""

    mark: str
    text: str

    @property
    def indent(self) -> str:
        """The white space it begins with."""
        return self.text[: len(self.text) - len(self.text.lstrip())]


@dataclass
class Snippet:
    """A rendered template."""

    template: Template
    lines: list[Line]
    roles: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def buggy(self) -> list[str]:
        """The lines with the bug."""
        return [line.text for line in self.lines if line.mark != "+"]

    @property
    def correct(self) -> list[str]:
        """The lines of the corrected twin."""
        return [line.text for line in self.lines if line.mark != "-"]

    @property
    def wrong_line(self) -> str:
        """The line a reviewer would point at."""
        marked = [line.text for line in self.lines if line.mark == "!"]
        return (marked or [line.text for line in self.lines if line.mark == "-"])[0]

    @property
    def wording(self) -> Wording:
        """How its bug is put into words."""
        return bug_classes()[self.template.bug_class].wordings[self.template.variant]

    def told(self, text: str) -> str:
        """`text` of a wording with this snippet's identifiers."""
        return re.sub(r"\{([a-z])\}", lambda found: self.roles[found[1]], text)


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] == '"'
    return value[1:-1] if quoted else value


def parse_templates(text: str) -> list[Template]:
    """The templates of one file."""
    templates: list[Template] = []
    for block in re.split(r"^@ ", text, flags=re.MULTILINE)[1:]:
        header, _, body = block.partition("\n")
        name, language, *rest = header.split(maxsplit=2)
        roles = {key: _unquoted(value) for key, value in _ROLE.findall(" ".join(rest))}
        bug_class, _, variant = name.partition("/")
        lines = [(line[:1] or " ", line[1:]) for line in body.rstrip("\n").split("\n")]
        for mark, _line in lines:
            if mark not in " -+!?":
                raise ValueError(f"unknown mark {mark!r} in the template {header!r}")
        templates.append(
            Template(
                bug_class,
                variant or "main",
                language,
                roles,
                tuple(lines),
            )
        )
    return templates


@cache
def all_templates() -> dict[str, tuple[Template, ...]]:
    """Every template, by language."""
    by_language: dict[str, list[Template]] = {}
    for path in sorted(FOLDER.glob("*.txt")):
        for template in parse_templates(path.read_text(encoding="utf-8")):
            by_language.setdefault(template.language, []).append(template)
    return {language: tuple(found) for language, found in by_language.items()}


class Renderer:
    """Fills templates with the names and choices of one snippet."""

    def __init__(self, rng: random.Random, names: Names, *, types: bool):
        self.rng = rng
        self.names = names
        self.types = types
        self._choices: dict[str, int] = {}
        self._changed_line = False

    def text(self, text: str) -> str:
        """One line or role text, filled in."""
        text = _TYPED.sub(lambda found: found[1] if self.types else "", text)
        while _CHOICE.search(text):
            text = _CHOICE.sub(self._choose, text)
        return _SLOT.sub(self._name, text)

    def _choose(self, found: re.Match[str]) -> str:
        options = found[2].split("¦")
        if found[1] is None and not self._changed_line:
            return self.rng.choice(options)
        # A wrong line and its mended twin differ in the bug alone.
        key = found[1] or found[2]
        chosen = self._choices.setdefault(key, self.rng.randrange(len(options)))
        return options[chosen]

    def _name(self, found: re.Match[str]) -> str:
        name = self.names[found[2] + found[3]]
        return name[:1].upper() + name[1:] if found[1] else name

    def snippet(self, template: Template) -> Snippet:
        """A snippet from `template`."""
        lines: list[Line] = []
        for mark, text in template.lines:
            if "$log" in text or (mark == "?" and self.rng.random() < _SKIP_OPTIONAL):
                continue
            self._changed_line = mark in "-+"
            lines.append(Line(" " if mark == "?" else mark, self.text(text)))
        self._changed_line = False
        roles = {role: self.text(text) for role, text in template.roles.items()}
        if "f" not in roles:
            roles["f"] = self._enclosing_function(template)
        return Snippet(template, lines, roles)

    def _enclosing_function(self, template: Template) -> str:
        body = "\n".join(text for _, text in template.lines)
        found = re.search(r"\$(fn|m)(?![a-z0-9])", body)
        return self.text(found[0]) if found else "the code"
