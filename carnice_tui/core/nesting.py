"""How deep a JSON value goes, asked without going deep oneself."""

from typing import cast


def is_deeper(value: object, limit: int) -> bool:
    """Whether lists and objects in `value` are nested more than `limit` deep."""
    level = [value]
    for _ in range(limit + 1):
        below: list[object] = []
        for one in level:
            if isinstance(one, dict):
                below.extend(cast("dict[str, object]", one).values())
            elif isinstance(one, list):
                below.extend(cast("list[object]", one))
        if not below:
            return False
        level = below
    return True
