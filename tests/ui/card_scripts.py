"""Turns in which every card of the transcript comes up."""

from carnice_tui.core.events import (
    AnswerDelta,
    ApprovalAsked,
    ApprovalGiven,
    BugFound,
    EngineFailed,
    Notice,
    PatchSuggested,
    ReasoningDelta,
    ReviewProgress,
    ToolCall,
    ToolCallBroken,
    ToolResult,
    TurnFinished,
    TurnStats,
)
from carnice_tui.core.finding import Finding
from tests.ui.scripted_engine import Gate, Script

STATS = TurnStats(
    prompt_tokens=45, cached_tokens=30, prefilled_tokens=15, reasoning_tokens=12,
    answer_tokens=84, time_to_first_token=0.31, total_time=4.3, decode_tps=22.5,
    reasoning_time=0.8, context_window=32_768,
)  # fmt: skip

DIFF = """\
--- a/src/cart.py
+++ b/src/cart.py
@@ -1,6 +1,6 @@
 def total(items):
     \"\"\"The sum of all prices.\"\"\"
     result = 0
-    for i in range(len(items) + 1):
+    for i in range(len(items)):
         result += items[i].price
     return result
"""

SURE = Finding(
    "src/cart.py", 4, 4, "Off-by-one: the loop runs one step past the end of `items`.",
    "Iterate over range(len(items)).", "quoted", 0.93,
    code="    for i in range(len(items) + 1):", symbol="total", language="python",
)  # fmt: skip
LIKELY = Finding(
    "src/app.ts", 2, 2, "The index `items.length` is undefined: the last one is length - 1.",
    "Return items[items.length - 1].", "asked", 0.51,
    code="  return items[items.length];", symbol="lastItem", language="typescript",
)  # fmt: skip
VAGUE = Finding(
    "src/a/long/path/to/a/module_with_a_name.py", 1, 240, "A file is opened and never closed.",
    "Use a with statement.", confidence=0.2,
)  # fmt: skip

TOOLS: Script = [
    ReasoningDelta("Let me look at the file first.", 12),
    AnswerDelta("I will read the file, then change it."),
    ToolCall("1", "read_file", {"path": "src/cart.py", "lines": [1, 20]}),
    ToolResult("1", "\n".join(f"line {n}" for n in range(1, 31))),
    ToolCall("2", "edit_file", {"path": "src/cart.py", "old": "a\nb", "new": "c"}),
    ToolResult("2", DIFF),
    ToolCallBroken('{"name": "run"', "the JSON ends too soon"),
    TurnFinished("tool-calls", STATS),
]


def approvals(gate: Gate) -> Script:
    """One question answered, one refused, one that waits at `gate`."""
    return [
        ToolCall("1", "run", {"command": "git status"}),
        ApprovalAsked("1", "Run `git status` in this folder?"),
        ApprovalGiven("1", "always"),
        ToolCall("2", "run", {"command": "rm -r build"}),
        ApprovalAsked("2", "Run `rm -r build`? It deletes 14 files."),
        ApprovalGiven("2", "no", "Keep the build for now."),
        ToolCall("3", "run", {"command": "make test"}),
        ApprovalAsked("3", "Run `make test` in this folder?"),
        gate,
        TurnFinished("stop", STATS),
    ]


def review(gate: Gate) -> Script:
    """A folder's review that stands at `gate` after three findings."""
    return [
        ReviewProgress(0, 40, "src/a/long/path/to/a/module_with_a_name.py"),
        BugFound(VAGUE),
        ReviewProgress(7, 40, "src/app.ts"),
        BugFound(LIKELY),
        ReviewProgress(12, 40, "src/cart.py"),
        BugFound(SURE),
        gate,
        Notice("info", "Reviewed 40 files in 61 s: 3 bugs."),
        TurnFinished("stop", STATS),
    ]


PATCH: Script = [
    AnswerDelta("BUG: x\nFIX: y"),
    BugFound(SURE),
    PatchSuggested(DIFF, "src/cart.py"),
    TurnFinished("stop", STATS),
]

TROUBLE: Script = [
    Notice("info", "The session is saved."),
    Notice("warning", "The file is not saved: the disk is full."),
    Notice("error", "The prompt is longer than the window: 41,200 of 32,768 tokens."),
    EngineFailed("The worker died (signal 9).", "last line of its log"),
    TurnFinished("failed"),
]
