"""The checks of `carnice-chat doctor`: what is here, and whether an answer really comes."""

import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

import msgspec
import psutil

from carnice_tui.cli.engines import local_engine
from carnice_tui.cli.standard_input import is_piped
from carnice_tui.core import paths
from carnice_tui.core.errors import CarniceError
from carnice_tui.core.events import AnswerDelta, EngineFailed, ModelLoaded, TurnFinished
from carnice_tui.core.messages import Message, Sampling
from carnice_tui.core.requests import TurnRequest
from carnice_tui.core.settings import Settings
from carnice_tui.core.settings_file import load_settings
from carnice_tui.engine.process import openblas

Verdict = Literal["ok", "note", "problem"]

LIBRARIES = ("mlx", "mlx-lm", "textual", "transformers", "huggingface-hub", "msgspec")
GIB = 2**30
LITTLE_ROOM = 1 * GIB
"""Bytes free on the sessions' disk under which it is worth a note."""


class Finding(msgspec.Struct, frozen=True):
    """One line of the report. A `problem` means that the main job does not work."""

    topic: str
    verdict: Verdict
    text: str


def machine() -> Iterator[Finding]:
    """Versions, system and memory."""
    yield Finding("version", "ok", f"carnice-chat {version('carnice-tui')}")
    yield Finding("python", "ok", f"{platform.python_version()} ({sys.executable})")
    for name in LIBRARIES:
        try:
            yield Finding(name, "ok", version(name))
        except PackageNotFoundError:
            yield Finding(name, "problem", "not installed: install carnice-tui again")
    yield Finding("system", "ok", f"{platform.platform()}, {os.cpu_count()} cores")
    memory = psutil.virtual_memory()
    yield Finding(
        "memory", "ok", f"{memory.total / GIB:.1f} GiB, {memory.available / GIB:.1f} GiB free"
    )


def terminal() -> Finding:
    """What the app would be shown on."""
    name = os.environ.get("TERM", "")
    if not sys.stdout.isatty():
        return Finding("terminal", "note", "standard output is none; only -p works here")
    columns, lines = os.get_terminal_size(1)
    true_colour = os.environ.get("COLORTERM", "") in ("truecolor", "24bit")
    facts = [f"{name or 'TERM is not set'}, {columns}×{lines}"]
    facts.append("true colour" if true_colour else "256 colours or fewer (COLORTERM is not set)")
    facts += [text for variable, text in _AROUND.items() if os.environ.get(variable)]
    if is_piped():
        facts.append("input is piped")
    return Finding("terminal", "note" if name in ("", "dumb") else "ok", ", ".join(facts))


_AROUND = {"TMUX": "in tmux", "SSH_CONNECTION": "over SSH", "NO_COLOR": "NO_COLOR is set"}


def settings() -> tuple[Finding, Settings]:
    """Whether the settings can be read."""
    try:
        loaded = load_settings()
    except CarniceError as error:
        return Finding("settings", "problem", str(error)), Settings()
    changed = ", ".join(f"{name} ({origin})" for name, origin in loaded.origins.items())
    text = f"{paths.settings_file()}: {changed or 'all as by default'}"
    return Finding("settings", "ok", text), loaded.settings


def folders() -> Iterator[Finding]:
    """Whether what is said can be kept."""
    yield _folder("sessions", paths.sessions_dir())
    yield _folder("logs", paths.state_dir())


def _folder(topic: str, folder: Path) -> Finding:
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        return Finding(
            topic,
            "note",
            f"{folder} cannot be written ({error.strerror}): chats work, but are not kept",
        )
    free = shutil.disk_usage(existing).free
    verdict: Verdict = "ok" if free > LITTLE_ROOM else "note"
    return Finding(topic, verdict, f"{folder}, {free / GIB:.1f} GiB free")


def model_cache() -> Finding:
    """The models that were fetched from the hub."""
    from huggingface_hub import constants, scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    offline = ", HF_HUB_OFFLINE is set" if constants.HF_HUB_OFFLINE else ""
    try:
        cache = scan_cache_dir()
    except CacheNotFound:
        return Finding("models", "ok", f"none fetched yet into {constants.HF_HUB_CACHE}{offline}")
    models = [repo for repo in cache.repos if repo.repo_type == "model"]
    size = sum(repo.size_on_disk for repo in models) / 1e9
    names = ", ".join(sorted(repo.repo_id for repo in models)) or "no model"
    text = f"{constants.HF_HUB_CACHE}, {size:.1f} GB: {names}{offline}"
    return Finding("models", "ok", text)


def blas() -> Finding | None:
    """Whether the fast matrix library of Linux CPUs is there."""
    if sys.platform != "linux":
        return None
    if (library := openblas()) is not None:
        return Finding("openblas", "ok", f"{library} is loaded before MLX")
    return Finding(
        "openblas",
        "note",
        "not installed; without it reading a prompt on the CPU is 6 to 15 times slower "
        "(Debian, Ubuntu: apt install libopenblas0-pthread)",
    )


async def answer(model: str) -> Iterator[Finding]:
    """Start the engine, load `model` and let it say a few words."""
    engine = local_engine(Settings())
    findings: list[Finding] = []
    words: list[str] = []
    try:
        began = time.monotonic()
        async for event in engine.load(model):
            match event:
                case EngineFailed(message=message, detail=detail):
                    findings.append(Finding("engine", "problem", f"{message} {detail}".strip()))
                case ModelLoaded():
                    findings.append(_loaded(event, time.monotonic() - began))
                case _:
                    pass
        if engine.model is None:
            return iter(findings)
        request = TurnRequest(
            (Message("user", "Hello!"),), sampling=Sampling(temperature=0), max_tokens=24
        )
        async for event in engine.turn(request):
            match event:
                case EngineFailed(message=message):
                    findings.append(Finding("answer", "problem", message))
                case AnswerDelta(text=text):
                    words.append(text)
                case TurnFinished(reason=reason, stats=stats) if reason != "failed":
                    findings.append(
                        Finding(
                            "answer",
                            "ok",
                            f"{stats.answer_tokens} tokens, first after "
                            f"{stats.time_to_first_token:.2f} s, then {stats.decode_tps:.0f} "
                            f"tok/s: {''.join(words)!r}",
                        )
                    )
                case _:
                    pass
    finally:
        await engine.close()
    return iter(findings)


def _loaded(model: ModelLoaded, seconds: float) -> Finding:
    facts = [
        f"{model.name} on {model.backend}",
        f"{model.weight_bytes / 1e6:,.0f} MB",
        f"{model.context_window:,} tokens of context",
        f"up in {seconds:.1f} s",
    ]
    if model.blas:
        facts.append(f"BLAS: {model.blas}")
    return Finding("engine", "ok", ", ".join(facts))
