"""What can go wrong with sessions, told to the person."""

from carnice_tui.core.errors import CarniceError


class SessionError(CarniceError):
    """A session cannot be found, read or written; the message says what to do next."""


class SessionLocked(SessionError):
    """Another running app writes this session: open it for reading, or fork it."""
