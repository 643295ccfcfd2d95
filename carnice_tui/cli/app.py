"""Opens the app: brings the engine, the session's file and what was piped together."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from carnice_tui.cli.standard_input import PIPED, is_piped, read_piped_text
from carnice_tui.cli.start import Start, new_log, reopen_log
from carnice_tui.cli.terminal import reopen_terminal, require_terminal
from carnice_tui.core.messages import Attachment, Mode, attachment

if TYPE_CHECKING:
    from carnice_tui.ui.beginning import Opening
    from carnice_tui.ui.early_paint import EarlyPaint
    from carnice_tui.ui.first_frame import FirstFrame


def open_app(start: Start, opening: Opening | None = None) -> int:
    """Run the app until the user leaves it, and give the exit status.

    `opening` names the session to begin with.

    Raises:
        UsageError: there is no terminal for it, or what was piped cannot be read as text.
    """
    attachments: tuple[Attachment, ...] = ()
    if is_piped():
        text = read_piped_text()
        attachments = (attachment(PIPED, text),) if text else ()
        reopen_terminal()
    require_terminal()
    from carnice_tui.ui.early_paint import painted_early

    with painted_early(_first_frame(start, opening)) as early:
        return _run(start, opening, attachments, early)


def _first_frame(start: Start, opening: Opening | None) -> FirstFrame:
    from carnice_tui.ui.first_frame import FirstFrame
    from carnice_tui.ui.history import Draft
    from carnice_tui.ui.keys import map_keys

    map_keys(start.settings.keys)
    new = opening is None
    draft = Draft().read() if new else ""
    return FirstFrame(start.settings, start.mode, draft, welcomes=new)


def _run(
    start: Start,
    opening: Opening | None,
    attachments: tuple[Attachment, ...],
    early: EarlyPaint | None,
) -> int:
    from carnice_tui.cli.engines import is_here
    from carnice_tui.engine.asking import TurnOptions
    from carnice_tui.ui.app import run
    from carnice_tui.ui.setup import AppSetup

    def options(mode: Mode) -> TurnOptions:
        return replace(start, mode=mode).options()

    return run(
        AppSetup(
            engine=start.engine(),
            settings=start.settings,
            options=options,
            mode=start.mode,
            new_log=partial(new_log, start.settings),
            reopen_log=partial(reopen_log, start.settings),
            opening=opening,
            is_here=partial(is_here, start.settings),
            attachments=attachments,
            early=early,
            workspace=start.workspace,
        )
    )
