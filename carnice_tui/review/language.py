"""Which language a source is written in: by its name, by its content, and as a fence names it."""

import re
from pathlib import PurePath

_EXTENSIONS = {
    "bash": "sh bash zsh ksh",
    "c": "c h",
    "clojure": "clj cljs cljc",
    "cpp": "cc cpp cxx c++ hh hpp hxx h++ ino",
    "csharp": "cs",
    "css": "css scss less",
    "cuda": "cu cuh",
    "d": "d",
    "dart": "dart",
    "elixir": "ex exs",
    "elm": "elm",
    "erlang": "erl hrl",
    "fortran": "f f90 f95 f03",
    "fsharp": "fs fsx",
    "go": "go",
    "groovy": "groovy gradle",
    "haskell": "hs",
    "java": "java",
    "javascript": "js mjs cjs",
    "jsx": "jsx",
    "julia": "jl",
    "kotlin": "kt kts",
    "lua": "lua",
    "metal": "metal",
    "nim": "nim",
    "objective-c": "m mm",
    "ocaml": "ml mli",
    "perl": "pl pm",
    "php": "php",
    "powershell": "ps1 psm1",
    "python": "py pyi pyw",
    "r": "r",
    "ruby": "rb rake",
    "rust": "rs",
    "scala": "scala sc",
    "sql": "sql",
    "svelte": "svelte",
    "swift": "swift",
    "tcl": "tcl",
    "ts": "ts mts cts",
    "tsx": "tsx",
    "vue": "vue",
    "zig": "zig",
}
_BY_EXTENSION = {ext: tag for tag, all_of in _EXTENSIONS.items() for ext in all_of.split()}
_BY_NAME = {
    "dockerfile": "dockerfile",
    "makefile": "makefile",
    "gnumakefile": "makefile",
    "rakefile": "ruby",
    "gemfile": "ruby",
    "jenkinsfile": "groovy",
    "cmakelists.txt": "cmake",
}
_INTERPRETERS = {
    "python": "python",
    "pypy": "python",
    "node": "javascript",
    "deno": "ts",
    "bun": "ts",
    "ts-node": "ts",
    "bash": "bash",
    "sh": "bash",
    "dash": "bash",
    "zsh": "bash",
    "ksh": "bash",
    "ruby": "ruby",
    "perl": "perl",
    "php": "php",
    "lua": "lua",
    "Rscript": "r",
    "julia": "julia",
    "pwsh": "powershell",
}
_SHEBANG = re.compile(r"#!\s*(?:\S*/)?(?:env\s+(?:-\S+\s+)*)?(?:\S*/)?([A-Za-z-]+)")
_MODELINE = re.compile(r"(?:-\*-\s*(?:mode:\s*)?|vim?:.*\b(?:ft|filetype)=)([A-Za-z+#]+)")

_DECISIVE = (
    ("diff", re.compile(r"^diff --git |^--- \S.*\n\+\+\+ \S.*\n@@ ", re.M)),
    ("php", re.compile(r"\A\s*<\?php")),
    ("go", re.compile(r"^package \w+\s*$", re.M)),
    ("rust", re.compile(r"^[ \t]*(?:pub(?:\(\w+\))? )?fn \w+.*(?:->|\{)|\blet mut \w", re.M)),
    ("cpp", re.compile(r"^[ \t]*#include <\w+>|\bstd::\w|^[ \t]*template\s*<", re.M)),
    ("c", re.compile(r"^[ \t]*#\s*include [<\"][\w/]+\.h[>\"]", re.M)),
    ("java", re.compile(r"^[ \t]*(?:public |final |abstract )*class \w+.*\{|^import java", re.M)),
    (
        "ts",
        re.compile(
            r"^[ \t]*(?:export )?(?:interface \w+|type \w+ =)"
            r"|\b(?:const|let|function)\b[^\n]*[\w)]\s*:\s*"
            r"(?:string|number|boolean|void|any|unknown|Promise<|\w+\[\])"
            r"|\(\w+\s*:\s*(?:string|number|boolean|any|unknown)\b",
            re.M,
        ),
    ),
    (
        "python",
        re.compile(r"^[ \t]*(?:async )?def \w+\(.*\).*:\s*(?:#.*)?$|^from [\w.]+ import ", re.M),
    ),
    ("ruby", re.compile(r"^[ \t]*def \w+[^:\n]*\n(?:.*\n)*?[ \t]*end\b", re.M)),
    (
        "javascript",
        re.compile(r"=>|\bfunction\b[^\n]*\{|^[ \t]*(?:const|let|var) \w+ =|\brequire\(", re.M),
    ),
    ("bash", re.compile(r"^[ \t]*(?:if \[|fi$|done$|esac$|echo \S)", re.M)),
    ("sql", re.compile(r"^[ \t]*(?:SELECT|INSERT INTO|CREATE TABLE|UPDATE)\b", re.M | re.I)),
)
"""In the order of how little each can be mistaken for another. White space before a word is that
of its line: with that of the lines above it too, 20,000 empty ones did not end in 15 seconds."""

_MODELINE_WIDTH = 400
"""Characters of a line in which an editor's mode line is looked for."""
_LOOKED_AT = 20_000
"""Characters of content that are looked at."""


def language_of(name: str, text: str = "") -> str:
    """The language as a fence names it: by `name`, else by `text`; "" where neither says."""
    return language_by_name(name) or language_by_content(text)


def language_by_name(name: str) -> str:
    """The language that a file's name tells; "" where it tells none that is code."""
    path = PurePath(name)
    by_name = _BY_NAME.get(path.name.lower())
    return by_name or _BY_EXTENSION.get(path.suffix.lower().removeprefix("."), "")


def language_by_content(text: str) -> str:
    """The language that the content tells: interpreter line, editor's mode line, or its look."""
    head = text[:_LOOKED_AT].removeprefix("\ufeff")
    if match := _SHEBANG.match(head):
        return _INTERPRETERS.get(match[1], "")
    if match := _MODELINE.search(
        "\n".join(line[:_MODELINE_WIDTH] for line in head.splitlines()[:3])
    ):
        told = match[1].lower()
        return "cpp" if told == "c++" else told
    return next((tag for tag, looks in _DECISIVE if looks.search(head)), "")


def is_diff(text: str) -> bool:
    """Whether `text` is a unified diff."""
    return language_by_content(text) == "diff"
