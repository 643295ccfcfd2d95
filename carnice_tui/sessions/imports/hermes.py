"""The `state.db` of Hermes Agent: its sessions and their messages.

Schema: hermes_state.py of hermes-agent 0.19. Content that is no plain text is JSON behind
the prefix NUL "json:". Messages that were rewound or compacted away are not active.
"""

import sqlite3
from collections.abc import Iterator

import msgspec

from carnice_tui.core.messages import Message
from carnice_tui.sessions.imports.build import Chat
from carnice_tui.sessions.imports.openai import message_of
from carnice_tui.sessions.imports.sqlite import Row, columns, seconds_of, text_of

SOURCE = "Hermes Agent"
_JSON = "\0json:"


def is_hermes(found: set[str]) -> bool:
    """Whether a database with these tables is one of Hermes Agent's."""
    return {"sessions", "messages", "schema_version"} <= found


def read_hermes(connection: sqlite3.Connection) -> Iterator[Chat]:
    """Every session of the database that has messages."""
    active = "AND active IS NOT 0" if "active" in columns(connection, "messages") else ""
    for session in connection.execute("SELECT * FROM sessions ORDER BY started_at").fetchall():
        rows = connection.execute(
            f"SELECT * FROM messages WHERE session_id = ? {active} ORDER BY timestamp, id",
            (session["id"],),
        ).fetchall()
        read = [(message, row["timestamp"]) for row in rows if (message := _message(row))]
        messages = [message for message, _ in read]
        times = [seconds_of(when) for _, when in read]
        if not messages:
            continue
        system = text_of(session.get("system_prompt"))
        if system and messages[0].role != "system":
            messages.insert(0, Message("system", system))
            times.insert(0, times[0])
        yield Chat(
            messages,
            SOURCE,
            text_of(session.get("title")),
            text_of(session.get("model")),
            seconds_of(session["started_at"]) or None,
            times,
        )


def _message(row: Row) -> Message | None:
    return message_of(
        {
            "role": row["role"],
            "content": _content(row["content"]),
            "reasoning": row.get("reasoning_content") or row.get("reasoning"),
            "tool_calls": _json(row.get("tool_calls")),
            "tool_call_id": row.get("tool_call_id"),
            "name": row.get("tool_name"),
        }
    )


def _content(content: object) -> object:
    text = text_of(content)
    return _json(text.removeprefix(_JSON)) if text.startswith(_JSON) else text


def _json(text: object) -> object:
    if not isinstance(text, str):
        return None
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None
