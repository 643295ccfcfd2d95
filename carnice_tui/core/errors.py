"""The one kind of exception a person is meant to read."""


class CarniceError(Exception):
    """Something went wrong that the user can understand and act on.

    The message says what was being done, what was found and what to do next, in one
    line. Each room has its own subclass; the command line prints the message and exits
    with `exit_code`, the app shows it as a notice.
    """

    exit_code: int = 2


class UsageError(CarniceError):
    """A flag, an argument or a piece of input that cannot be used as it is."""
