"""What can go wrong in a review, told to the person."""

from carnice_tui.core.errors import CarniceError


class ReviewError(CarniceError):
    """A source, a baseline or a patch cannot be used; the message says what to do next."""


class ContractBroken(CarniceError):
    """An answer that keeps neither form of the contract: a failure, never a clean verdict."""


class PatchRefused(CarniceError):
    """A suggested patch that is not used, and why in a few words."""


class SourceRefused(CarniceError):
    """One source that is not reviewed, and why in a few words."""


class Unreadable(SourceRefused):
    """A source that should have been reviewed and cannot be read: never the same as clean."""
