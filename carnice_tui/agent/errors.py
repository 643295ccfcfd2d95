"""What can go wrong: for the person who starts the agent, and for the model that calls a tool."""

from carnice_tui.core.errors import CarniceError

NOT_ALLOWED = "error: not allowed"
"""How a refusal begins; short and plain, so that the smallest model takes it for one."""


class AgentError(CarniceError):
    """The agent cannot work as it was asked to."""


class ToolProblem(Exception):
    """A tool could not do what it was called for; the message is what the model reads."""
