"""What a coding agent sends: its system prompt and tools, and the course of a piece of work.

The texts are written here, the same for every server and on every machine. Their sizes follow
what agents send: a system prompt and tool schemas of a few thousand tokens, one sentence and one
call an answer, results of a line or of a few dozen.
"""

import json
from typing import Any, Protocol

Json = dict[str, Any]

SYSTEM = """\
You are a coding agent. You work in the user's repository with the tools you are given, until the
task is done, and then say in a few sentences what you changed and why.

How you work
- Look before you change: search, then read the part of the file that matters.
- Change as little as you can, and only what the task is about. Keep the style of the file.
- After a change run the tests that cover it. A failure is read, not guessed at.
- Say one sentence before each call: what you are about to do, and what you expect to find.
- Never invent a path, a name or a result. If a tool fails, say what it said.
- Ask when the task can be read in two ways and the two lead to different code.

What the user's repository says of itself (AGENTS.md)
"""

RULE = (
    "- Rule {number}: a public function of the {room} room has a docstring that says its units and "
    "what it raises; its test is a sentence about behaviour and waits for events.\n"
)
ROOMS = ("store", "engine", "parser", "server", "screen", "agent", "review", "bench")

FILES = ("store", "ledger", "queue", "parser", "report", "window")


def _tool(name: str, description: str, **arguments: str) -> Json:
    properties = {key: {"type": "string", "description": text} for key, text in arguments.items()}
    required = [key for key, text in arguments.items() if not text.startswith("Optional")]
    return {
        "type": "function",
        "function": {
            "name": name,
            "description": description,
            "parameters": {"type": "object", "properties": properties, "required": required},
        },
    }


TOOLS = [
    _tool(
        "read_file",
        "Read a text file of the repository. Long files come in parts: name the first line.",
        path="Path from the root of the repository.",
        first_line="Optional. The number of the first line that is wanted, from 1.",
        last_line="Optional. The number of the last line that is wanted.",
    ),
    _tool(
        "search",
        "Search the files of the repository with a regular expression; gives path, line and text.",
        pattern="The regular expression, as ripgrep takes it.",
        folder="Optional. Search below this folder only.",
        glob="Optional. Search only files whose names match, such as *.py.",
    ),
    _tool(
        "edit_file",
        "Replace one passage of a file. The passage must occur exactly once: give enough of it.",
        path="Path from the root of the repository.",
        old="The passage as it stands in the file, with its indentation.",
        new="What stands there afterwards.",
    ),
    _tool(
        "write_file",
        "Write a whole file. Use it for new files; an old one is replaced.",
        path="Path from the root of the repository.",
        content="The whole text of the file.",
    ),
    _tool(
        "list_files",
        "List the files of a folder, as git knows them, with their sizes in lines.",
        folder="Path from the root of the repository; . is the root.",
        depth="Optional. How many folders deep, 1 where nothing is said.",
    ),
    _tool(
        "run_command",
        "Run a shell command in the sandbox, without a network. Gives its output and exit status.",
        command="The command line.",
        seconds="Optional. How long it may take, 120 where nothing is said.",
    ),
    _tool(
        "plan",
        "Keep the list of steps that the user sees. Send the whole list each time.",
        steps="One step a line; a line that begins with x is done.",
    ),
    _tool(
        "ask_user",
        "Ask the user one question and wait for the answer. Use it rarely.",
        question="The question, with the choices you see.",
    ),
]

TASKS = (
    "The balance in src/store.py is wrong when an entry is removed twice. Find out why, fix it, "
    "and add a test that fails without the fix.",
    "Good. The same mistake may be in the other files of src. Look through them and fix what you "
    "find, one file after the other.",
    "Now the report: its last line is missing when the file has no newline at the end. Fix that "
    "as well, and run all the tests at the end.",
)


class Tokenizer(Protocol):
    """The model's own, as mlx-lm loads it."""

    def encode(self, text: str) -> list[int]:
        """Text to ids."""
        ...


def opening(tokenizer: Tokenizer, tokens: int) -> Json:
    """The system message that makes, together with `TOOLS`, about so many tokens."""
    text, number = SYSTEM, 0
    spent = len(tokenizer.encode("".join(json.dumps(tool) + "\n" for tool in TOOLS)))
    while spent + len(tokenizer.encode(text)) < tokens:
        number += 1
        text += RULE.format(number=number, room=ROOMS[number % len(ROOMS)])
    return {"role": "system", "content": text}


def step(number: int, requests: int, tasks: int) -> tuple[str, Json, Json | None]:
    """What comes before request `number` of `requests`, in which the user gives `tasks` tasks:
    what the agent's last answer says, its call, and what the call gave (or what the user says,
    and no call)."""
    each = -(-requests // tasks)
    if number % each == 0:
        said = "That is fixed now: the entry is looked up once, and the test fails without it."
        return said, {"role": "user", "content": TASKS[number // each % len(TASKS)]}, None
    file = FILES[number // 4 % len(FILES)]
    kind = number % 4
    if kind == 1:
        said = f"I look for the places where {file} drops an entry."
        name, arguments = "search", {"pattern": f"def drop|entries.pop|{file}", "folder": "src"}
        result = _found(file)
    elif kind == 2:
        said = f"I read src/{file}.py from the function that drops an entry."
        name, arguments = "read_file", {"path": f"src/{file}.py", "first_line": "31"}
        result = _source(file)
    elif kind == 3:
        said = "The amount is taken off before the entry is known to be there: I turn that round."
        name, arguments = "edit_file", {"path": f"src/{file}.py", "old": _OLD, "new": _NEW}
        result = f"src/{file}.py: 1 passage replaced, lines 44 to 49."
    else:
        said = "I run the tests of what I changed."
        name, arguments = "run_command", {"command": f"python -m pytest -q tests/test_{file}.py"}
        result = _tested(file)
    call = f"call_{number:02}"
    function = {"name": name, "arguments": json.dumps(arguments)}
    called: Json = {"id": call, "type": "function", "function": function}
    return said, {"role": "tool", "tool_call_id": call, "content": result}, called


_OLD = """\
        self.total -= entry.amount
        if key not in self.entries:
            return None
        return self.entries.pop(key)
"""
_NEW = """\
        entry = self.entries.pop(key, None)
        if entry is not None:
            self.total -= entry.amount
        return entry
"""


def _found(file: str) -> str:
    lines = [f"src/{file}.py:{at}:    def {name}(self, key: str) -> Entry | None:"
             for at, name in ((38, "drop"), (52, "drop_all"), (67, "drop_older"))]  # fmt: skip
    lines += [f"src/{file}.py:{at}:        return self.entries.pop(key)" for at in (47, 61, 75)]
    lines += [f"tests/test_{file}.py:{at}:    {file}.drop('a{at}')" for at in (12, 19, 33, 48)]
    return "\n".join(lines) + "\n10 lines in 2 files"


def _source(file: str) -> str:
    lines = [
        f"class {file.title()}:",
        f'    """The entries of a {file}, and their sum."""',
        "",
        "    def __init__(self, limit: int) -> None:",
        "        self.entries: dict[str, Entry] = {}",
        "        self.limit = limit",
        "        self.total = 0",
        "",
        "    def drop(self, key: str) -> Entry | None:",
        '        """Take out one entry; None where there is none."""',
        "        entry = self.entries.get(key, EMPTY)",
        *_OLD.splitlines(),
        "",
        "    def add(self, key: str, entry: Entry) -> None:",
        '        """Put an entry in, or in the place of another."""',
        "        if len(self.entries) >= self.limit:",
        '            raise Full(f"{key}: more than {self.limit} entries")',
        "        self.drop(key)",
        "        self.entries[key] = entry",
        "        self.total += entry.amount",
        "",
        "    def drop_older(self, than: float) -> int:",
        '        """Take out what is older; gives how many."""',
        "        old = [key for key, entry in self.entries.items() if entry.time < than]",
        "        for key in old:",
        "            self.drop(key)",
        "        return len(old)",
    ]
    return "\n".join(f"{at:4} {line}" for at, line in enumerate(lines, 31))


def _tested(file: str) -> str:
    names = ("adds", "adds_twice", "drops", "drops_twice", "drops_older", "keeps_its_limit")
    lines = [f"tests/test_{file}.py::test_a_{file}_{name} PASSED" for name in names]
    return "\n".join(["=== test session starts ===", *lines, "=== 6 passed in 0.12s ==="])
