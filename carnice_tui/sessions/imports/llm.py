"""The `logs.db` of `llm`: its conversations and responses, and since 0.32 its message tree.

Schema: llm/migrations.py of github.com/simonw/llm.
"""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, cast

import msgspec

from carnice_tui.core.messages import Call, Message, Role
from carnice_tui.sessions.imports.build import Chat
from carnice_tui.sessions.imports.openai import arguments_of
from carnice_tui.sessions.imports.sqlite import Row, tables

SOURCE = "llm"

_ROLES: tuple[Role, ...] = ("system", "user", "assistant", "tool")


def is_llm(found: set[str]) -> bool:
    """Whether a database with these tables is one of llm's."""
    return {"conversations", "responses"} <= found or {"threads", "messages", "parts"} <= found


def read_llm(connection: sqlite3.Connection) -> Iterator[Chat]:
    """Every conversation of the database."""
    found = tables(connection)
    if {"threads", "messages", "parts"} <= found:
        yield from _threads(connection)
    if {"conversations", "responses"} <= found:
        yield from _conversations(connection, found)


def _conversations(connection: sqlite3.Connection, found: set[str]) -> Iterator[Chat]:
    for conversation in connection.execute("SELECT * FROM conversations ORDER BY id"):
        responses = connection.execute(
            "SELECT * FROM responses WHERE conversation_id = ? ORDER BY datetime_utc, id",
            (conversation["id"],),
        ).fetchall()
        messages: list[Message] = []
        times: list[float] = []
        system = ""
        for response in responses:
            new: list[Message] = []
            if (prompt := response.get("system")) and prompt != system:
                system = prompt
                new.append(Message("system", prompt))
            new += _asked(connection, found, response)
            new.append(_answer(connection, found, response))
            messages += new
            times += [_seconds(response.get("datetime_utc"))] * len(new)
        if messages:
            yield Chat(
                messages,
                SOURCE,
                conversation["name"] or "",
                conversation["model"] or "",
                times[0] or None,
                times,
            )


def _asked(connection: sqlite3.Connection, found: set[str], response: Row) -> Iterator[Message]:
    """What was sent: results of the tools called before, then the prompt."""
    for result in _rows(connection, found, "tool_results", response["id"]):
        yield Message("tool", result["output"] or "", call_id=result["tool_call_id"] or "")
    texts: list[str] = []
    if {"fragments", "prompt_fragments"} <= found:
        query = (
            "SELECT f.content FROM prompt_fragments p JOIN fragments f ON f.id = p.fragment_id "
            'WHERE p.response_id = ? ORDER BY p."order"'
        )
        texts = [row["content"] for row in connection.execute(query, (response["id"],))]
    if response["prompt"]:
        texts.append(response["prompt"])
    if texts:
        yield Message("user", "\n\n".join(texts))


def _answer(connection: sqlite3.Connection, found: set[str], response: Row) -> Message:
    calls = tuple(
        Call(
            row["tool_call_id"] or f"call-{row['id']}", row["name"], arguments_of(row["arguments"])
        )
        for row in _rows(connection, found, "tool_calls", response["id"])
    )
    return Message(
        "assistant", response["response"] or "", response.get("reasoning") or "", calls=calls
    )


def _rows(connection: sqlite3.Connection, found: set[str], table: str, response: str) -> list[Row]:
    if table not in found:
        return []
    query = f"SELECT * FROM {table} WHERE response_id = ? ORDER BY id"
    return connection.execute(query, (response,)).fetchall()


def _threads(connection: sqlite3.Connection) -> Iterator[Chat]:
    for thread in connection.execute("SELECT * FROM threads ORDER BY id"):
        chain: list[Row] = []
        at, seen = thread["tip_message_hash"], set[str]()
        while at and at not in seen:
            seen.add(at)
            row = connection.execute("SELECT * FROM messages WHERE hash = ?", (at,)).fetchone()
            if row is None:
                break
            chain.append(row)
            at = row["parent_hash"]
        messages = [m for row in reversed(chain) for m in _from_parts(connection, row)]
        turns: list[Row] = connection.execute(
            "SELECT model FROM turns WHERE thread_id = ? ORDER BY datetime_utc DESC LIMIT 1",
            (thread["id"],),
        ).fetchall()
        if messages:
            model = turns[0]["model"] if turns else ""
            began = _seconds(thread["datetime_utc"]) or None
            yield Chat(messages, SOURCE, thread["name"] or "", model, began)


def _from_parts(connection: sqlite3.Connection, message: Row) -> Iterator[Message]:
    """A message of the tree; each of its tool results is a message of its own."""
    texts: list[str] = []
    thoughts: list[str] = []
    calls: list[Call] = []
    results: list[Message] = []
    query = "SELECT * FROM parts WHERE message_hash = ? ORDER BY position"
    for part in connection.execute(query, (message["hash"],)).fetchall():
        payload = _object(part["payload"])
        match part["type"]:
            case "text":
                texts.append(_part_text(connection, part, payload))
            case "reasoning":
                thoughts.append(_part_text(connection, part, payload))
            case "tool_call":
                call_id = str(payload.get("tool_call_id") or f"call-{part['id']}")
                arguments = arguments_of(payload.get("arguments"))
                calls.append(Call(call_id, part["tool_name"] or "unknown", arguments))
            case "tool_result":
                output = payload.get("output", part["text"]) or ""
                text = output if isinstance(output, str) else msgspec.json.encode(output).decode()
                call_id = str(payload.get("tool_call_id") or "")
                results.append(Message("tool", text, call_id=call_id))
            case kind:
                texts.append(f"[{kind}]")
    yield from results
    role = message["role"]
    if role in _ROLES and role != "tool" and (texts or thoughts or calls):
        yield Message(role, "\n".join(texts), "".join(thoughts), tuple(calls))


def _part_text(connection: sqlite3.Connection, part: Row, payload: dict[str, Any]) -> str:
    if part["text"] is not None:
        return part["text"]
    if isinstance(text := payload.get("text"), str):
        return text
    query = (
        "SELECT f.content FROM part_fragments p JOIN fragments f ON f.id = p.fragment_id "
        'WHERE p.part_id = ? ORDER BY p."order"'
    )
    return "\n".join(row["content"] for row in connection.execute(query, (part["id"],)))


def _object(text: str | None) -> dict[str, Any]:
    try:
        value = msgspec.json.decode(text or "{}")
    except (msgspec.DecodeError, RecursionError):
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _seconds(stamp: str | None) -> float:
    try:
        moment = datetime.fromisoformat(stamp or "")
    except ValueError:
        return 0.0
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
