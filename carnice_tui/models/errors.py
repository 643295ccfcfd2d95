"""What goes wrong with models, in words for a person."""

from carnice_tui.core.errors import CarniceError


class ModelError(CarniceError):
    """A model cannot be found, fetched or used; the message says what to do next."""
