"""Which engine answers: the worker on this machine, with the models of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from carnice_tui.core.settings import Settings
    from carnice_tui.engine.base import Engine


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


def is_here(model: str) -> bool:
    """Whether `model` lies on this machine, so that it loads without being fetched."""
    from carnice_tui.models.errors import ModelError
    from carnice_tui.models.own import path_of

    try:
        return path_of(model).is_dir()
    except ModelError:
        return False
