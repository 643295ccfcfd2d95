"""What makes two programmers' code look different: indentation, quotes, comments, logging."""

import itertools
import random
import re
from dataclasses import dataclass

from carnice_tui.models.demo_training.naming import Case, Names
from carnice_tui.models.demo_training.snippets import Line

CASES = {
    "py": Case.SNAKE,
    "js": Case.CAMEL,
    "go": Case.CAMEL,
    "c": Case.SNAKE,
    "rust": Case.SNAKE,
}
TAGS = {
    "py": ("python", "python", "py"),
    "js": ("js", "javascript", "js"),
    "ts": ("ts", "ts", "typescript"),
    "go": ("go",),
    "c": ("c",),
    "rust": ("rust", "rust", "rs"),
}
_INDENTS = {
    "py": ("    ", "    ", "    ", "  "),
    "js": ("  ", "  ", "    "),
    "go": ("\t", "\t", "    "),
    "c": ("    ", "  ", "\t"),
    "rust": ("    ",),
}
_FLAT_SHARE = 0.05
"""Share of code in languages with braces that lost its indentation on the way."""
_DOCSTRINGS = (
    '"""Return the {}."""', '"""Work on every {}."""', '"""Keep the {} up to date."""',
    "'''The {} of this module.'''", '"""See the {}, and what it is for."""',
)  # fmt: skip
_DOCUMENTED_SHARE = 0.08
_COMMENTS = (
    "loop over the {}",
    "TODO: check the {}",
    "update the {}",
    "see the {} docs",
    "FIXME later: {}",
    "this is the {} part",
    "keep the {} small",
    "the {} comes first",
    "handle the {}",
    "default {}",
    "no bug here",
    "BUG: none",
    "works for every {}",
    "simple {} check",
    "returns the {}",
)
_LOGS = {
    "py": ('print("{}")', 'logger.info("{}")', 'logging.debug("{} %s", {})', "print({})"),
    "js": ('console.log("{}");', 'console.debug("{}", {});', 'logger.info("{}");'),
    "go": ('fmt.Println("{}")', 'log.Printf("{}")'),
    "c": ('printf("{}\\n");', 'puts("{}");'),
    "rust": ('println!("{}");', 'log::debug!("{}");'),
}
_PYTHON_FUNCTION = re.compile(r"\s*(async )?def .*:$")
_STATEMENT = re.compile(r"^\s+(return|for|while|if|const|let|var|[a-z_.A-Z]+ (=|\+=|:=))(?=[ (])")
_OPEN_ENDS = ("(", "[", ",", "\\", "&&", "||", "?", "=>", "=")


@dataclass(frozen=True)
class Look:
    """The choices that hold for a whole snippet."""

    indent: str
    single_quotes: bool
    semicolons: bool
    arrow_functions: bool


def draw_look(rng: random.Random, language: str) -> Look:
    """How this snippet's author writes."""
    flat = language != "py" and rng.random() < _FLAT_SHARE
    return Look(
        indent="" if flat else rng.choice(_INDENTS[language]),
        single_quotes=language in ("py", "js") and rng.random() < 0.4,
        semicolons=language != "js" or rng.random() < 0.65,
        arrow_functions=language == "js" and rng.random() < 0.25,
    )


def styled(text: str, look: Look) -> str:
    """One line as this author writes it."""
    body = text.lstrip(" ")
    depth = (len(text) - len(body)) // 4
    if look.single_quotes and "'" not in body and '"""' not in body:
        body = body.replace('"', "'")
    if not look.semicolons and body.endswith(";"):
        body = body[:-1]
    if look.arrow_functions and depth == 0:
        body = re.sub(
            r"^((?:export )?)(async )?function (\w+)(\(.*\)(?:: [^{]+)?) \{$",
            lambda m: f"{m[1]}const {m[3]} = {m[2] or ''}{m[4]} => {{",
            body,
        )
    return look.indent * depth + body if body else ""


def may_insert_statement(lines: list[Line], at: int) -> bool:
    """Whether a statement may stand before line `at`, which it is indented like."""
    before = lines[at - 1].text.rstrip()
    if not _STATEMENT.match(lines[at].text) or before.endswith(_OPEN_ENDS):
        return False
    return not (before.endswith(")") and re.match(r"\s*(if|for|while|else)\b", before) is not None)


def _log_line(rng: random.Random, language: str, names: Names) -> str:
    template = rng.choice(_LOGS[language])
    words = [names["S"], names["v"]]
    for word in words:
        template = template.replace("{}", word, 1)
    return template


def _same_place_in_both(lines: list[Line], at: int) -> bool:
    """Whether a line put in before line `at` stands alike, indented alike, in both twins."""
    if lines[at].mark not in "-+":
        return True
    if at > 0 and lines[at - 1].mark in "-+":
        return False
    changed = itertools.takewhile(lambda line: line.mark in "-+", lines[at:])
    return len({line.indent for line in changed}) == 1


def with_noise(
    rng: random.Random, lines: list[Line], language: str, names: Names, share: float
) -> list[Line]:
    """The lines with comments, logging and blank lines in some places; neither twin's bug moves."""
    mark = "#" if language == "py" else "//"
    noisy: list[Line] = []
    for at, line in enumerate(lines):
        indent = line.indent
        roll = rng.random() if _same_place_in_both(lines, at) else 1.0
        follows = at > 0 and not lines[at - 1].text.rstrip().endswith(_OPEN_ENDS)
        if roll < share * 0.5 and line.text.strip() and (follows or at == 0):
            comment = rng.choice(_COMMENTS).format(names[f"S{rng.randint(4, 6)}"])
            noisy.append(Line(" ", f"{indent}{mark} {comment}"))
        elif roll < share and at > 0 and may_insert_statement(lines, at):
            noisy.append(Line(" ", indent + _log_line(rng, language, names)))
        if (
            rng.random() < share * 0.15
            and line.text.strip()
            and not line.text.rstrip().endswith("\\")
        ):
            comment = rng.choice(_COMMENTS).format(names[f"S{rng.randint(4, 6)}"])
            line = Line(line.mark, f"{line.text}  {mark} {comment}")
        noisy.append(line)
        if (
            language == "py"
            and _PYTHON_FUNCTION.match(line.text)
            and (rng.random() < _DOCUMENTED_SHARE)
        ):
            text = rng.choice(_DOCSTRINGS).format(names[f"S{rng.randint(4, 6)}"])
            noisy.append(Line(line.mark, f"{indent}    {text}"))
    return noisy
