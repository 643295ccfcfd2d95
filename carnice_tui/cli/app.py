"""Opens the app: brings the engine, the session's file and what was piped together."""

from dataclasses import replace

from carnice_tui.cli.standard_input import PIPED, is_piped, read_piped_text
from carnice_tui.cli.start import Start, open_log
from carnice_tui.cli.terminal import reopen_terminal, require_terminal
from carnice_tui.core.messages import Attachment, Mode, attachment


def open_app(start: Start) -> int:
    """Run the app until the user leaves it, and give the exit status.

    Raises:
        UsageError: there is no terminal for it, or what was piped cannot be read as text.
        SessionError: the session it goes on with cannot be written.
    """
    attachments: tuple[Attachment, ...] = ()
    if is_piped():
        text = read_piped_text()
        attachments = (attachment(PIPED, text),) if text else ()
        reopen_terminal()
    require_terminal()
    _run(start, attachments)
    return 0


def _run(start: Start, attachments: tuple[Attachment, ...]) -> None:
    from carnice_tui.cli.engines import local_engine
    from carnice_tui.engine.conversation import TurnOptions
    from carnice_tui.ui.app import run
    from carnice_tui.ui.setup import AppSetup, SessionSink, Tell

    def options(mode: Mode) -> TurnOptions:
        return replace(start, mode=mode).options()

    def new_log(tell: Tell) -> SessionSink | None:
        return open_log(Start(start.settings), tell)

    run(
        AppSetup(
            engine=local_engine(start.settings),
            settings=start.settings,
            options=options,
            mode=start.mode,
            open_log=lambda tell: open_log(start, tell),
            new_log=new_log,
            records=start.records,
            began=start.began,
            attachments=attachments,
        )
    )
