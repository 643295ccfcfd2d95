"""Which engine answers: the worker on this machine with its models, or a server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from carnice_tui.core.settings import Settings
    from carnice_tui.engine.base import Engine
    from carnice_tui.engine.remote.plan import LaunchPlan


def engine_of(settings: Settings) -> Engine:
    """Who answers with these settings.

    Raises:
        EngineError: the server's address is none.
    """
    if not settings.remote.base_url:
        return local_engine(settings)
    from carnice_tui.engine.remote.engine import RemoteEngine

    return RemoteEngine(
        settings.remote.base_url,
        key_variable=settings.remote.api_key_env,
        context_window=settings.context_window,
    )


def local_engine(settings: Settings) -> Engine:
    """The engine of this machine; nothing is started before it is asked to load a model."""
    from carnice_tui.core import paths
    from carnice_tui.engine.local import LocalEngine, PrefixFolder
    from carnice_tui.models.resolve import resolve

    most_bytes = int(settings.prompts.disk_gb * 1e9) if settings.sessions.save else 0
    return LocalEngine(
        resolve,
        context_window=settings.context_window,
        prefixes=PrefixFolder(paths.cache_dir() / "prefixes", most_bytes),
    )


def launched_engine(settings: Settings, plan: LaunchPlan) -> Engine:
    """The ranks of `plan`; nothing is started before a model is asked for."""
    from carnice_tui.core import paths
    from carnice_tui.engine.remote.launched import LaunchedEngine
    from carnice_tui.models.resolve import resolve

    return LaunchedEngine(
        plan, paths.state_dir() / "launch.log", resolve, context_window=settings.context_window
    )


def place_of(model: str) -> Path:
    """The folder of `model` if it lies on this machine, else its name as it is."""
    from carnice_tui.models.errors import ModelError
    from carnice_tui.models.own import path_of

    try:
        place = path_of(model)
    except ModelError:
        return Path(model)
    return place if place.is_dir() else Path(model)


def is_here(settings: Settings, model: str) -> bool:
    """Whether `model` loads without being fetched: it lies on this machine, or a server has it."""
    if settings.remote.base_url:
        return True
    from carnice_tui.models.errors import ModelError
    from carnice_tui.models.own import path_of

    try:
        return path_of(model).is_dir()
    except ModelError:
        return False
