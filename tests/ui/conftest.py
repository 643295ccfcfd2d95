"""An app on a scripted engine, in folders of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from carnice_tui.core.settings import Settings
from carnice_tui.engine.conversation import TurnOptions
from carnice_tui.ui.app import CarniceApp
from carnice_tui.ui.setup import AppSetup
from tests.ui.scripted_engine import Script, ScriptedEngine

MakeApp = Callable[..., CarniceApp]


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes what the person at this machine has."""
    for folder in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"CARNICE_{folder}_DIR", str(tmp_path / folder.lower()))


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
