"""What the suites ask. Ours, but for the bug prompt, which is the model card's own example."""

from typing import NamedTuple

from carnice_tui.core.messages import Message


class Prompt(NamedTuple):
    """A conversation to be answered."""

    name: str
    messages: tuple[Message, ...]


_AGENT = "You are an agent in a terminal. Be brief and exact; do not repeat the question."

_CARD_CODE = """```ts
async function processItems(items: string[]) {
  const results = []
  for (const item of items) {
    results.push(fetch(`/api/process/${item}`).then(r => r.json()))
  }
  return await results
}
```
What's wrong?"""

_CARD_SYSTEM = (
    "You find bugs. Reply with: BUG: <one-line description>, then FIX: <one-line patch "
    "description>. No code fences, no extra prose."
)

_LOG = """$ make test
tests/test_cache.py::test_expiry FAILED
E   assert cache.get("a") is None
E   AssertionError: assert 1 is None
cache.py:14:     if now - entry.created > self.ttl_ms:"""


def _asked(name: str, text: str, system: str = _AGENT) -> Prompt:
    return Prompt(name, (Message("system", system), Message("user", text)))


AGENT7 = (
    _asked("bug", _CARD_CODE, _CARD_SYSTEM),
    _asked(
        "shell",
        "Give one shell command that lists the ten largest files under the current folder, "
        "with sizes people can read, and leaves out .git.",
    ),
    _asked(
        "plan",
        "A Python project must move from setup.py to pyproject.toml without a change in what "
        "is installed. Give the steps as a numbered list, one line each.",
    ),
    _asked("log", f"This test began to fail today. Name the likely cause in one sentence.\n{_LOG}"),
    _asked(
        "json",
        "Answer with one JSON object and nothing else: the keys file, line and severity for this "
        'message: "src/io.c:88: warning: result of realloc is not checked".',
    ),
    _asked(
        "edit",
        "Rewrite this Python function so that it reads the file only once, and give only the "
        "code:\n```python\ndef stats(path):\n    lines = len(open(path).readlines())\n"
        "    words = len(open(path).read().split())\n    return lines, words\n```",
    ),
    _asked(
        "summary",
        "Summarise for a commit message, in at most two lines: the retry loop slept before the "
        "first attempt, so every call took at least a second; it now sleeps only after a "
        "failure, and the test that asserted the old timing is gone.",
    ),
)
"""Seven tasks as an agent has them: short prompts, short answers."""

CAPITALS = (
    "What is the capital of France? Say one sentence about it.",
    "And of Japan?",
    "And of Brazil?",
    "Which of the three is the largest, and which the oldest?",
)
"""The four turns of the second model card's chat, in our words."""

FILLER = (
    "The harbour master wrote down each ship, its cargo, its draught and the hour it came in; "
    "in the evening the list went to the customs house, where a clerk compared it with his own. "
)
"""Text to make a prompt as long as it must be."""

LONG_QUESTION = "Which two people compared lists? Answer in one word each."
