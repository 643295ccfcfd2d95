"""Opens the app."""

from carnice_tui.cli.standard_input import is_piped, read_piped_text
from carnice_tui.cli.start import Start
from carnice_tui.cli.terminal import reopen_terminal, require_terminal
from carnice_tui.core.errors import UsageError


def open_app(start: Start) -> int:
    """Run the app until the user leaves it, and give the exit status.

    Raises:
        UsageError: there is no terminal for it, or what was piped cannot be read as text.
    """
    if is_piped():
        read_piped_text()
        reopen_terminal()
    require_terminal()
    raise UsageError(f"The app is not here yet: use -p. ({start.settings.model})")
