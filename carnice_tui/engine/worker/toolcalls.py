"""Reads what a model writes between tool-call tags, and repairs what can only mean one thing.

The form is Qwen3.6's: `<function=name>`, then `<parameter=key>` blocks. Carnice is known to
write variants of it (Hermes JSON, closing tags left out, a space or another bracket for the
equals sign). What has one reading is accepted; the rest is answered with the problem.
"""

import json
import re
from collections.abc import Sequence
from typing import Any, cast

import msgspec

from carnice_tui.core.nesting import is_deeper
from carnice_tui.core.requests import Tool

_FUNCTION = re.compile(r"<function(?:=|\s+name=|\s+|>\s*<name>)\s*[\"']?([\w.\-]+)[\"']?\s*>?")
_PARAMETER = re.compile(r"<parameter(?:=|\s+name=|\s+|<)[\"']?([\w.\-]+)[\"']?>+")
_VALUE_END = re.compile(r"\n?</parameter>\s*(?=<parameter|</function|</tool_call|\Z)")
_SLOPPY_END = re.compile(r"\n?(?:</parameter>\s*|</function>\s*|</tool_call>\s*)*\Z")

DEEPEST = 64
"""Levels of arguments that are taken; whoever gets them has to go through them again."""


class BrokenCall(ValueError):
    """The text is no call; the message says what is wrong, for the model to read."""


def parse(text: str, tools: Sequence[Tool] = ()) -> tuple[str, dict[str, object]]:
    """Name and arguments of the call in `text` (without the outer tags).

    Raises:
        BrokenCall: there is no call in it, more than one, or a value that does not fit the
            tool's schema.
    """
    body = text.strip()
    if not body:
        raise BrokenCall("the tool call is empty")
    name, arguments = _parse_json(body) if body[0] in "{[" else _parse_xml(body)
    schema = next((tool.parameters for tool in tools if tool.name == name), None)
    if schema is None:
        if tools:
            known = ", ".join(tool.name for tool in tools)
            raise BrokenCall(f"there is no tool named {name!r}; the tools are: {known}")
        return name, _told(arguments)
    return name, _told(_fit(name, arguments, schema))


def _told(arguments: dict[str, object]) -> dict[str, object]:
    """`arguments`, if they can be told: Python's JSON takes more than there is in JSON.

    Raises:
        BrokenCall: they hold a number or a text that nobody could read, or go too deep.
    """
    if is_deeper(arguments, DEEPEST):
        raise BrokenCall(f"the arguments are nested more than {DEEPEST} levels deep")
    try:
        json.dumps(arguments, allow_nan=False)
        msgspec.msgpack.encode(arguments)
    except (OverflowError, ValueError) as error:
        raise BrokenCall(f"a value of the arguments cannot be told: {error}") from error
    return arguments


def _parse_json(body: str) -> tuple[str, dict[str, object]]:
    try:
        call: object = json.loads(body, strict=False)
    except (ValueError, RecursionError) as error:
        raise BrokenCall(f"the call is neither <function=…> nor valid JSON ({error})") from error
    if isinstance(call, list) and len(cast("list[object]", call)) == 1:
        call = cast("list[object]", call)[0]
    fields = cast("dict[str, Any]", call) if isinstance(call, dict) else {}
    if not isinstance(fields.get("name"), str):
        raise BrokenCall('the JSON must be {"name": …, "arguments": {…}}')
    arguments: object = fields.get("arguments", fields.get("parameters", {}))
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments, strict=False)
        except (ValueError, RecursionError) as error:
            raise BrokenCall(f"the arguments are no valid JSON ({error})") from error
    if not isinstance(arguments, dict):
        raise BrokenCall("the arguments must be a JSON object")
    return str(fields["name"]), cast("dict[str, object]", arguments)


def _parse_xml(body: str) -> tuple[str, dict[str, object]]:
    functions = list(_FUNCTION.finditer(body))
    if not functions or functions[0].start() != 0:
        raise BrokenCall("no <function=name> at the beginning of the call")
    function = functions[0]
    rest = body[function.end() :]
    if re.search(r"</function>\s*<function", rest):
        raise BrokenCall("two functions in one call: make one <tool_call> for each")
    arguments: dict[str, object] = {}
    at = 0
    while (opened := _PARAMETER.search(rest, at)) is not None:
        if rest[at : opened.start()].strip():
            raise BrokenCall(f"text between parameters: {rest[at : opened.start()].strip()[:60]!r}")
        key = opened.group(1)
        if key in arguments:
            raise BrokenCall(f"parameter {key!r} is given twice")
        end = _VALUE_END.search(rest, opened.end())
        if end is not None:
            value, at = rest[opened.end() : end.start()], end.end()
        else:
            # The closing tag is missing: the value reaches to the next parameter or the end.
            following = _PARAMETER.search(rest, opened.end())
            at = following.start() if following else _sloppy_end(rest, opened.end())
            value = rest[opened.end() : at].removesuffix("\n")
        if "</parameter>" in value and "\n<parameter=" in value:
            raise BrokenCall(f"text between parameters, after the value of {key!r}")
        arguments[key] = value.removeprefix("\n")
    leftover = re.sub(r"</function>|</tool_call>|</parameter>", "", rest[at:]).strip()
    if leftover:
        raise BrokenCall(f"unexpected text in the call: {leftover[:60]!r}")
    return function.group(1), arguments


def _sloppy_end(rest: str, start: int) -> int:
    match = _SLOPPY_END.search(rest, start)
    return match.start() if match else len(rest)


def _fit(name: str, arguments: dict[str, object], schema: dict[str, Any]) -> dict[str, object]:
    properties: dict[str, Any] = schema.get("properties") or {}
    unknown = [key for key in arguments if key not in properties]
    if unknown:
        known = ", ".join(properties) or "none"
        raise BrokenCall(f"{name} has no parameter {unknown[0]!r}; its parameters are: {known}")
    missing = [key for key in schema.get("required", []) if key not in arguments]
    if missing:
        raise BrokenCall(f"{name} needs the parameter {missing[0]!r}")
    return {
        key: _convert(name, key, value, _type_of(properties[key]))
        for key, value in arguments.items()
    }


def _type_of(property_schema: object) -> str:
    fields = cast("dict[str, Any]", property_schema) if isinstance(property_schema, dict) else {}
    return str(fields.get("type", "string"))


def _convert(name: str, key: str, value: object, wanted: str) -> object:
    if not isinstance(value, str) or wanted == "string":
        return value
    if wanted == "boolean":
        if value.strip().lower() in ("true", "false"):
            return value.strip().lower() == "true"
        raise BrokenCall(f"{name}: {key} must be true or false, not {value[:40]!r}")
    try:
        parsed: object = json.loads(value)
    except (ValueError, RecursionError):
        raise BrokenCall(f"{name}: {key} must be of type {wanted}, not {value[:40]!r}") from None
    if wanted == "integer" and isinstance(parsed, float) and parsed.is_integer():
        return int(parsed)
    fits: dict[str, tuple[type, ...]] = {
        "integer": (int,),
        "number": (int, float),
        "array": (list,),
        "object": (dict,),
        "null": (type(None),),
    }
    if isinstance(parsed, bool) or not isinstance(parsed, fits.get(wanted, (object,))):
        raise BrokenCall(f"{name}: {key} must be of type {wanted}, not {value[:40]!r}")
    return parsed
