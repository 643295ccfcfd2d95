"""The six tools the dialogues use, as the chat template lists them."""

import random
from typing import Any

PARAMETERS: dict[str, dict[str, tuple[str, str, bool]]] = {
    "read_file": {
        "path": ("string", "Path of the file", True),
        "start": ("integer", "First line to read", False),
        "end": ("integer", "Last line to read", False),
    },
    "list_files": {"path": ("string", "Folder to list", True)},
    "search": {
        "pattern": ("string", "Text or regular expression", True),
        "path": ("string", "Where to search", False),
    },
    "edit_file": {
        "path": ("string", "Path of the file", True),
        "old": ("string", "Exact text to replace", True),
        "new": ("string", "Text to put in its place", True),
    },
    "write_file": {
        "path": ("string", "Path of the file", True),
        "content": ("string", "Whole new content", True),
    },
    "run_command": {"command": ("string", "Shell command to run", True)},
}
"""Each tool's parameters: type, description, whether it must be given."""
_DESCRIPTIONS: dict[str, tuple[str, ...]] = {
    "read_file": (
        "Read lines of a file.",
        "Read a text file, with line numbers.",
        "Returns a file",
    ),
    "list_files": ("List the files of a folder.", "Lists files", "List files below a path."),
    "search": ("Search the files for a pattern.", "Find text in files.", "Search"),
    "edit_file": ("Replace text in a file.", "Replace one exact piece of text.", "Edit a file"),
    "write_file": ("Write a file.", "Create or overwrite a file.", "Writes a file"),
    "run_command": (
        "Run a shell command.",
        "Run a command and return its output.",
        "Runs a command",
    ),
}


def tool_schemas(rng: random.Random | None = None) -> list[dict[str, Any]]:
    """The six tools as the template lists them; with `rng`, worded and ordered differently."""
    schemas: list[dict[str, Any]] = []
    wordy = rng is None or rng.random() < 0.5
    for name, parameters in PARAMETERS.items():
        described = rng is None or (wordy and rng.random() < 0.8)
        properties: dict[str, dict[str, str]] = {}
        for key, (kind, text, _) in parameters.items():
            properties[key] = {"type": kind} | ({"description": text} if described else {})
        schemas.append(
            {
                "type": "function",
                "function": {
                    "name": name,
                    "description": rng.choice(_DESCRIPTIONS[name])
                    if rng
                    else _DESCRIPTIONS[name][0],
                    "parameters": {
                        "type": "object",
                        "properties": properties,
                        "required": [key for key, entry in parameters.items() if entry[2]],
                    },
                },
            }
        )
    if rng and rng.random() < 0.5:
        rng.shuffle(schemas)
    return schemas
