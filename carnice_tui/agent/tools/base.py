"""What a tool is: arguments that describe themselves, and what is done with them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

import msgspec
from msgspec import inspect

from carnice_tui.agent.errors import ToolProblem
from carnice_tui.agent.limits import Limits
from carnice_tui.agent.workspace import Workspace
from carnice_tui.core.requests import Tool


class Arguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of all arguments. The first line of the docstring tells the model what the tool does,
    a field's `Meta` what the field is."""


@dataclass(frozen=True)
class Setting:
    """Where a tool works: its folder, its limits, and what its commands know of the environment."""

    workspace: Workspace
    limits: Limits
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Action:
    """A call that can be done: `do` gives the result. `question` is what the person is asked
    before it, its first line alone or with a diff after an empty line; "" asks nothing."""

    do: Callable[[], Awaitable[str]]
    question: str = ""


A = TypeVar("A", bound=Arguments)


@dataclass(frozen=True)
class ToolKind(Generic[A]):
    """A tool. `prepare` looks at a call without changing anything, and gives what to do.

    `prepare` runs off the event loop, and raises ToolProblem.
    """

    name: str
    arguments: type[A]
    prepare: Callable[[A, Setting], Action]

    def schema(self) -> Tool:
        """As the model reads it."""
        description = (self.arguments.__doc__ or "").split("\n")[0]
        return Tool(self.name, description, _parameters(self.arguments))

    def prepared(self, arguments: Mapping[str, object], setting: Setting) -> Action:
        """What a call with these arguments does.

        Raises:
            ToolProblem: the arguments do not fit, or it cannot be done.
        """
        try:
            fitting = msgspec.convert(dict(arguments), self.arguments)
        except msgspec.ValidationError as error:
            raise ToolProblem(f"{self.name} was called wrongly: {error}.") from None
        return self.prepare(fitting, setting)


def _parameters(arguments: type[Arguments]) -> dict[str, object]:
    info = cast("inspect.StructType", inspect.type_info(arguments))
    return {
        "type": "object",
        "properties": {field.name: _property(field.type) for field in info.fields},
        "required": [field.name for field in info.fields if field.required],
    }


def _property(described: inspect.Type) -> dict[str, str]:
    assert isinstance(described, inspect.Metadata)
    # msgspec leaves open what the dictionary holds: here it is what `Meta(description=…)` says.
    extra = cast("dict[str, str]", described.extra_json_schema)  # pyright: ignore[reportUnknownMemberType]
    kind = "integer" if isinstance(described.type, inspect.IntType) else "string"
    return {"type": kind, "description": extra["description"]}
