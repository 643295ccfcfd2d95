"""Sheets: the keys, the details."""

from typing import TYPE_CHECKING

from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.ui.commands import COMMANDS
from carnice_tui.ui.screens.asking import app_of
from carnice_tui.ui.screens.sheet import Sheet

if TYPE_CHECKING:
    from carnice_tui.ui.screens.chat import ChatScreen

_ELSEWHERE = """
## In the composer

| key | what it does |
|---|---|
| Enter | send; while the model is busy it waits its turn |
| Ctrl+J, Shift+Enter | new line |
| ↑ in the first line | what you sent before, or take back what waits |
| / at the beginning | commands |
| @ | add a file |

## Browsing messages (Ctrl+B, Alt+↑, or a click)

| key | what it does |
|---|---|
| ↑ ↓ | the message before, the next |
| Shift+arrows | select text; Ctrl+Y copies it |
| e · r · y · c | edit · regenerate · copy · copy its code |
| [ ] | the other branches here |
| Esc | back to the composer |
"""


def show_help(screen: "ChatScreen") -> None:
    """Every key, from the bindings as they are set."""
    remapped = screen.settings.keys
    rows = [
        f"| {key_label(remapped.get(c.name, c.keys))} | {'/' + c.name if c.slash else ''} "
        f"| {c.title} | {c.help} |"
        for c in COMMANDS
    ]
    table = "| key | command | | |\n|---|---|---|---|\n" + "\n".join(rows)
    app_of(screen).push_screen(
        Sheet("Keys", f"{table}\n{_ELSEWHERE}", screen.transcript.window.look)
    )


def key_label(keys: str) -> str:
    """Keys as people write them."""
    names = {"escape": "Esc", "pageup": "PgUp", "pagedown": "PgDn"}
    shown: list[str] = []
    for key in filter(None, keys.split(",")):
        parts = [names.get(part, part.capitalize()) for part in key.strip().split("+")]
        shown.append("+".join(parts))
    return ", ".join(shown)


def show_details(screen: "ChatScreen") -> None:
    """The model and the last turn, in figures."""
    model = screen.session.loaded
    lines = ["## Model", ""]
    if model is None:
        lines.append("None is loaded.")
    else:
        rows = [
            ("name", model.name),
            ("type", model.model_type),
            ("computes on", model.backend + (f" ({model.blas})" if model.blas else "")),
            ("in memory", f"{model.weight_bytes / 2**30:.2f} GiB" if model.weight_bytes else ""),
            ("parameters", f"{model.parameters:,}" if model.parameters else ""),
            ("bits per weight", f"{model.bits_per_weight:.2f}" if model.bits_per_weight else ""),
            ("quantisation", model.quantization),
            ("context window", f"{model.context_window:,} tokens"),
            ("folder", model.path),
        ]
        lines += _table(rows)
    stats = screen.figures.stats
    lines += ["", "## Last turn", ""]
    lines += _table(
        [
            ("speed", f"{stats.decode_tps:.1f} tok/s" if stats.decode_tps else ""),
            ("first token", f"{stats.time_to_first_token:.2f} s"),
            ("prompt", f"{stats.prompt_tokens:,} tokens"),
            ("of it cached", f"{stats.cached_tokens:,} tokens"),
            ("read anew", f"{stats.prefilled_tokens:,} tokens"),
            ("thought", f"{stats.reasoning_tokens:,} tokens in {stats.reasoning_time:.1f} s"),
            ("answered", f"{stats.answer_tokens:,} tokens"),
            ("peak memory", f"{stats.peak_memory / 2**30:.2f} GiB" if stats.peak_memory else ""),
            ("seed", "" if stats.seed is None else str(stats.seed)),
        ]
    )
    look = screen.transcript.window.look
    app_of(screen).push_screen(Sheet("Details", "\n".join(lines), look))


def _table(rows: list[tuple[str, str]]) -> list[str]:
    shown = [f"| {name} | {_cell(value)} |" for name, value in rows if value]
    return ["| | |", "|---|---|", *shown]


def _cell(value: str) -> str:
    return sanitize_line(value).replace("\\", "\\\\").replace("|", "\\|")
