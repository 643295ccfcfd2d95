"""An app on a scripted engine, in folders of its own."""

import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from textual.app import App

from carnice_tui.core.settings import Settings
from carnice_tui.engine.asking import TurnOptions
from carnice_tui.ui.app import CarniceApp
from carnice_tui.ui.setup import AppSetup
from carnice_tui.ui.themed import ThemedApp
from tests.ui.scripted_engine import Script, ScriptedEngine

MakeApp = Callable[..., CarniceApp]


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes what the person at this machine has."""
    for folder in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"CARNICE_{folder}_DIR", str(tmp_path / folder.lower()))


@pytest.fixture(autouse=True)
def errors_of_ours_fail_tests(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The app lives on when a handler breaks; a test does not, unless it asks for `enduring`."""
    if "enduring" not in request.fixturenames:
        monkeypatch.setattr(ThemedApp, "endure", App._handle_exception)


@pytest.fixture(autouse=True)
def everything_is_collected() -> Iterator[None]:
    """What an app leaves behind is garbage for the next test's collector, also what it froze."""
    yield
    gc.unfreeze()


@pytest.fixture
def enduring() -> None:
    """Errors of ours do not fail this test."""


@pytest.fixture
def make_app() -> MakeApp:
    """Makes an app whose engine plays the scripts given."""

    def make(
        *scripts: Script,
        engine: ScriptedEngine | None = None,
        settings: Settings | None = None,
        **more,
    ) -> CarniceApp:
        engine = engine or ScriptedEngine(scripts)
        options = more.pop("options", lambda mode: TurnOptions(mode=mode))
        return CarniceApp(AppSetup(engine, settings or Settings(), options, **more))

    return make
