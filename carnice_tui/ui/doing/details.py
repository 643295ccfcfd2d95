"""The sheet with the figures: the model, its memory, the context, the last turn."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from carnice_tui.core.events import ModelLoaded, TurnStats
from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.models.architecture import Architecture, architecture_of
from carnice_tui.models.fit import speed_limit
from carnice_tui.models.machine import Machine, this_machine
from carnice_tui.models.memory import Load
from carnice_tui.ui.figures import USEFUL_CONTEXT, Figures
from carnice_tui.ui.screens.sheet import show_sheet

if TYPE_CHECKING:
    from carnice_tui.ui.screens.chat import ChatScreen

Row = tuple[str, str]


async def show_details(screen: "ChatScreen") -> None:
    """The model and the last turn, in figures."""
    model, figures = screen.session.loaded, screen.figures
    parts = ["## Model", ""]
    if model is None:
        parts.append("None is loaded.")
    else:
        machine = await this_machine()
        load = await asyncio.to_thread(_load, model)
        parts += _table(model_rows(model))
        parts += ["", "## Memory and context", ""]
        parts += _table(memory_rows(model, load, figures))
        parts += ["", "## Speed", "", *_table(speed_rows(load, machine, figures))]
    parts += ["", "## Last turn", "", *_table(turn_rows(figures.stats))]
    look = screen.transcript.window.look
    await show_sheet(screen, "Details", "\n".join(parts), look)


def model_rows(model: ModelLoaded) -> list[Row]:
    """What was loaded."""
    return [
        ("name", model.name),
        ("type", model.model_type),
        ("computes on", model.backend + (f" ({model.blas})" if model.blas else "")),
        ("parameters", f"{model.parameters:,}" if model.parameters else ""),
        ("quantisation", model.quantization),
        ("bits per weight", f"{model.bits_per_weight:.2f}" if model.bits_per_weight else ""),
        ("thinking", "yes" if model.has_thinking else "no"),
        ("tools", "yes" if model.has_tools else "no"),
        ("server" if model.backend == "remote" else "folder", model.path),
    ]


def memory_rows(model: ModelLoaded, load: Load, figures: Figures) -> list[Row]:
    """What it takes, and how full its window is."""
    used = figures.context_used()
    window = model.context_window
    share = f" ({used / window:.0%})" if window else ""
    useful = min(USEFUL_CONTEXT, window)
    past = "now past it" if used > useful else "not reached"
    peak = figures.stats.peak_memory
    return [
        ("weights", _size(model.weight_bytes)),
        ("keys, values and states", _size(load.kv_bytes(used) + load.state_bytes)),
        ("most in the last turn", _size(peak)),
        ("context used", f"{used:,} of {window:,} tokens{share}"),
        ("useful context", f"to about {useful:,} tokens, {past}" if window else ""),
    ]


def speed_rows(load: Load, machine: Machine, figures: Figures) -> list[Row]:
    """How fast it was, beside what the memory's bandwidth allows."""
    speed = figures.stats.decode_tps
    limit = speed_limit(load, machine, figures.context_used())
    bandwidth = f"{machine.bandwidth:.0f} GB/s" if machine.bandwidth else ""
    share = f"{speed / limit:.0%} of {limit:.1f} tok/s" if limit and speed else ""
    return [
        ("chip", machine.chip),
        ("memory bandwidth", bandwidth or "not known for this chip"),
        ("last turn", f"{speed:.1f} tok/s" if speed else ""),
        ("of the bandwidth limit", share),
    ]


def turn_rows(stats: TurnStats) -> list[Row]:
    """The last turn."""
    drafted = f"{stats.accepted_tokens:,} of {stats.drafted_tokens:,} tokens"
    thought = f"{stats.reasoning_tokens:,} tokens in {stats.reasoning_time:.1f} s"
    return [
        ("first token", f"{stats.time_to_first_token:.2f} s" if stats.time_to_first_token else ""),
        ("prompt", f"{stats.prompt_tokens:,} tokens" if stats.prompt_tokens else "no turn yet"),
        ("of it cached", f"{stats.cached_tokens:,} tokens" if stats.prompt_tokens else ""),
        ("read anew", f"{stats.prefilled_tokens:,} tokens" if stats.prompt_tokens else ""),
        ("thought", thought if stats.reasoning_tokens else ""),
        ("answered", f"{stats.answer_tokens:,} tokens" if stats.answer_tokens else ""),
        ("drafts accepted", drafted if stats.drafted_tokens else ""),
        ("whole turn", f"{stats.total_time:.1f} s" if stats.total_time else ""),
        ("seed", "" if stats.seed is None else str(stats.seed)),
    ]


def _load(model: ModelLoaded) -> Load:
    """What the loaded model weighs; reads its configuration."""
    architecture: Architecture | None = None
    # It may run elsewhere, or be of a family whose geometry is not known here.
    with suppress(OSError, ValueError, msgspec.MsgspecError):
        architecture = architecture_of((Path(model.path) / "config.json").read_bytes())
    item_bytes = 4 if model.backend == "cpu" else 2
    return Load(model.weight_bytes, model.weight_bytes, architecture, item_bytes)


def _size(count: int) -> str:
    if not count:
        return ""
    return f"{count / 2**30:.2f} GiB" if count >= 2**28 else f"{count / 2**20:.1f} MiB"


def _table(rows: list[Row]) -> list[str]:
    shown = [f"| {name} | {_cell(value)} |" for name, value in rows if value]
    return ["| | |", "|---|---|", *shown]


def _cell(value: str) -> str:
    return sanitize_line(value).replace("\\", "\\\\").replace("|", "\\|")
