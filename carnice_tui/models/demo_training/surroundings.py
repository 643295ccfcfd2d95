"""Lines that have nothing to do with the bug: assignments, calls, imports, constants.

A network that only ever saw a bug in the shape of its template knows the shape and not the bug.
"""

import random

from carnice_tui.models.demo_training.naming import Names
from carnice_tui.models.demo_training.snippets import Line
from carnice_tui.models.demo_training.styling import may_insert_statement

_STATEMENTS = {
    "py": ("{v} = {w}.{F}", "{v} = {n}", "{v} = [{w}, {u}]", "{w}.{F} = {n}", '{v} = "{S}"',
           '{v} = f"{S}-{{{w}}}"', "{v} = {w}.{F} + {n}", "{v} = {{\"{S}\": {w}}}"),
    "js": ("const {v} = {w}.{F};", "const {v} = {n};", "{w}.{F} = {n};", 'const {v} = "{S}";',
           "const {v} = [{w}, {u}];", "const {v} = `{S}-${{{w}}}`;", "const {{ {v} }} = {w};"),
    "go": ("{v} := {n}", "{w}.{G} = {n}", '{v} := "{S}"', "{v} := {w}.{G}",
           "{v} := []int{{{n}, {w}}}"),
    "c": ("int {v} = {n};", "{w}->{F} = {n};", 'const char *{v} = "{S}";', "int {v} = {w}->{F};",
          "{w}.{F} = {n};"),
    "rust": ("let {v} = {n};", "let {v} = {w}.{F};", "{w}.{F} = {n};", 'let {v} = "{S}";',
             "let {v} = ({w}, {n});"),
}  # fmt: skip
# A call that nobody waits for, or whose error nobody reads, is itself a bug in these.
_CALLS = {
    "py": ("{v} = {fn}({w})", "{w}.{m}({u})", "{fn}({w}, {n})", "{v} = {w}.{m}()"),
    "js": ("const {v} = {fn}({w});", "{w}.{m}({u});", "{fn}({w}, {n});", "const {v} = {w}.{m}();"),
    "c": ("{fn}({w});", "int {v} = {fn}({w}, {n});"),
    "rust": ("let {v} = {fn}(&{w});", "{fn}({w});"),
    "go": ("{v} := {fn}({w})",),
}
_ASYNCHRONOUS = ("async", "await", "Promise", "then(")
_PREFACES = {
    "py": ("import {S}\n", "from {S} import {fn}\n", "{K} = {n}\n", "from {S} import {u}, {w}\n"),
    "js": ('import {{ {fn} }} from "./{S}";\n', 'const {u} = require("{S}");\n',
           "const {K} = {n};\n", 'import {u} from "{S}";\n'),
    "go": ('import "{S}"\n', "const {u} = {n}\n", 'import (\n\t"{S}"\n\t"{F}"\n)\n',
           "package {S}\n"),
    "c": ('#include "{S}.h"\n', "#include <{S}.h>\n", "#define {K} {n}\n",
          "static int {u} = {n};\n"),
    "rust": ("use crate::{S}::{fn};\n", "const {K}: usize = {n};\n", "use {S}::{{{u}, {w}}};\n"),
}  # fmt: skip
_PREFACE_SHARE = 0.3


def _filled(rng: random.Random, names: Names, text: str) -> str:
    """`text` with names that the snippet does not use."""
    at = rng.randint(6, 9)
    slots = ("v", "w", "u", "F", "S", "fn", "m", "K")
    chosen = {slot: names[f"{slot}{at}"] for slot in slots}
    capital = chosen["F"][:1].upper() + chosen["F"][1:]
    return text.format(**chosen, G=capital, n=rng.choice((0, 1, 2, 3, 5, 8, 10, 16, 60, 100, 255)))


def _in_both_twins(lines: list[Line], at: int) -> bool:
    """Whether a statement before line `at` stands well in the buggy text and in the corrected."""
    if lines[at - 1].mark in "-+" or lines[at].mark == "+" or not may_insert_statement(lines, at):
        return False
    if lines[at - 1].text.endswith("else"):
        return False
    if lines[at].mark != "-":
        return True
    after = next((line for line in lines[at:] if line.mark != "-"), None)
    return after is not None and after.mark == "+" and after.indent == lines[at].indent


def with_statements(
    rng: random.Random, lines: list[Line], language: str, names: Names
) -> list[Line]:
    """The lines with one to three statements more, in both twins and where one may stand."""
    whole = "\n".join(line.text for line in lines)
    choices = _STATEMENTS[language]
    if not any(word in whole for word in _ASYNCHRONOUS):
        choices += _CALLS[language]
    places = [at for at in range(1, len(lines)) if _in_both_twins(lines, at)]
    chosen = rng.sample(places, min(len(places), rng.randint(1, 3)))
    longer: list[Line] = []
    for at, line in enumerate(lines):
        if at in chosen:
            longer.append(Line(" ", line.indent + _filled(rng, names, rng.choice(choices))))
        longer.append(line)
    return longer


def with_preface(rng: random.Random, lines: list[Line], language: str, names: Names) -> list[Line]:
    """The lines under an import or a constant, at times."""
    if rng.random() >= _PREFACE_SHARE:
        return lines
    text = _filled(rng, names, rng.choice(_PREFACES[language]))
    return [*(Line(" ", line) for line in text.split("\n")), *lines]
