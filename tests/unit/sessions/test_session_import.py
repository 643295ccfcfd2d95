import json
import os
import sqlite3
from pathlib import Path

import pytest
from samples import turn

from carnice_tui.sessions.errors import SessionError
from carnice_tui.sessions.export.formats import FORMATS
from carnice_tui.sessions.imports.build import import_chat
from carnice_tui.sessions.imports.native import import_session, is_session
from carnice_tui.sessions.imports.read import read_chats
from carnice_tui.sessions.log import SessionLog
from carnice_tui.sessions.read import read_session
from carnice_tui.sessions.secrets import Redactor

STAMP = "2026-11-21 10:00:0{},000 - DEBUG - {}"


def server_log(*entries: str) -> bytes:
    return "\n".join(STAMP.format(i % 10, entry) for i, entry in enumerate(entries)).encode()


def request(*contents: str) -> str:
    roles = ["user", "assistant"]
    messages = [{"role": roles[i % 2], "content": text} for i, text in enumerate(contents)]
    return "Incoming Request Body: " + json.dumps({"model": "m", "messages": messages}, indent="\t")


def test_a_server_log_gives_back_the_conversation_with_its_streamed_answers(
    tmp_path: Path,
) -> None:
    path = tmp_path / "server.log"
    whole = {"choices": [{"message": {"role": "assistant", "content": "bye", "reasoning": "r"}}]}
    path.write_bytes(
        server_log(
            request("hello"),
            "Starting stream:",
            *["<think>", "\nhm\n", "</think>", "\n\n", "hi", " there\nyou"],
            request("hello", "hi there\nyou", "good"),
            "Starting completion:",
            "by",
            "e",
            "Outgoing Response: " + json.dumps(whole, indent="\t"),
            request("another"),
        )
    )
    first, second = read_chats(path)
    assert [m.content for m in first.messages] == ["hello", "hi there\nyou", "good", "bye"]
    assert [m.reasoning for m in first.messages] == ["", "hm", "", "r"]
    assert first.model == "m"
    assert [m.content for m in second.messages] == ["another"]


def test_conversations_of_llm_come_with_tools_fragments_and_reasoning(tmp_path: Path) -> None:
    path = tmp_path / "logs.db"
    with sqlite3.connect(path) as db:
        db.executescript(
            """
            CREATE TABLE conversations (id TEXT PRIMARY KEY, name TEXT, model TEXT);
            CREATE TABLE responses (id TEXT PRIMARY KEY, model TEXT, prompt TEXT, system TEXT,
                response TEXT, conversation_id TEXT, duration_ms INTEGER, datetime_utc TEXT,
                reasoning TEXT);
            CREATE TABLE tool_calls (id INTEGER PRIMARY KEY, response_id TEXT, name TEXT,
                arguments TEXT, tool_call_id TEXT);
            CREATE TABLE tool_results (id INTEGER PRIMARY KEY, response_id TEXT, name TEXT,
                output TEXT, tool_call_id TEXT);
            CREATE TABLE fragments (id INTEGER PRIMARY KEY, content TEXT);
            CREATE TABLE prompt_fragments (response_id TEXT, fragment_id INTEGER, "order" INTEGER);
            INSERT INTO conversations VALUES ('c1', 'Weather', 'gpt');
            INSERT INTO responses VALUES
                ('r1', 'gpt', 'rain?', 'be brief', '', 'c1', 9, '2026-01-01T10:00:00+00:00', 'hm'),
                ('r2', 'gpt', '', 'be brief', 'yes', 'c1', 9, '2026-01-01T10:00:05+00:00', NULL);
            INSERT INTO tool_calls VALUES (1, 'r1', 'sky', '{"at": 1}', 't1');
            INSERT INTO tool_results VALUES (1, 'r2', 'sky', 'grey', 't1');
            INSERT INTO fragments VALUES (1, 'a map');
            INSERT INTO prompt_fragments VALUES ('r1', 1, 0);
            """
        )
    db.close()
    (chat,) = read_chats(path)
    assert (chat.title, chat.model) == ("Weather", "gpt")
    assert [m.role for m in chat.messages] == ["system", "user", "assistant", "tool", "assistant"]
    assert chat.messages[1].content == "a map\n\nrain?"
    assert chat.messages[2].calls[0].arguments == {"at": 1}
    assert chat.messages[2].reasoning == "hm"
    session = read_session(import_chat(chat, tmp_path / "s"))
    assert session.header.created == "2026-01-01T10:00:00.000Z"
    assert session.duration == 5
    assert session.header.note == "imported from llm"


def test_sessions_of_hermes_come_without_what_was_rewound(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with sqlite3.connect(path) as db:
        db.executescript(
            """
            CREATE TABLE schema_version (version INTEGER);
            CREATE TABLE sessions (id TEXT, source TEXT, model TEXT, system_prompt TEXT,
                started_at REAL, title TEXT);
            CREATE TABLE messages (id INTEGER PRIMARY KEY, session_id TEXT, role TEXT,
                content TEXT, tool_call_id TEXT, tool_calls TEXT, tool_name TEXT, timestamp REAL,
                reasoning TEXT, reasoning_content TEXT, active INTEGER);
            INSERT INTO sessions VALUES ('s1', 'cli', 'carnice', 'You are', 1000.5, 'Greeting');
            """
        )
        calls = json.dumps([{"id": "1", "function": {"name": "ls", "arguments": "{}"}}])
        parts = "\0json:" + json.dumps([{"type": "text", "text": "look"}, {"type": "image"}])
        rows = [
            ("user", parts, None, None, 1001.0, None, 1),
            ("assistant", "gone", None, None, 1002.0, None, 0),
            ("assistant", "", None, calls, 1003.0, "why", 1),
            ("tool", "a.py", "1", None, 1004.0, None, 1),
        ]
        for role, content, call_id, tool_calls, when, reasoning, active in rows:
            db.execute(
                "INSERT INTO messages VALUES (NULL, 's1', ?, ?, ?, ?, NULL, ?, ?, NULL, ?)",
                (role, content, call_id, tool_calls, when, reasoning, active),
            )
    db.close()
    (chat,) = read_chats(path)
    assert [m.role for m in chat.messages] == ["system", "user", "assistant", "tool"]
    assert chat.messages[1].content == "look\n[image]"
    assert chat.messages[2].reasoning == "why"
    assert chat.messages[2].calls[0].name == "ls"
    assert chat.messages[3].call_id == "1"
    assert (chat.title, chat.began) == ("Greeting", 1000.5)


@pytest.mark.parametrize("content", [b"", b"hello", b"\xff\xfe", b"SQLite format 3\0 broken"])
def test_a_file_of_no_known_kind_says_what_can_be_imported(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(SessionError, match=r"What can be imported|can't be read"):
        read_chats(path)


def test_a_session_of_ours_moves_between_machines_with_its_attachments(tmp_path: Path) -> None:
    log = SessionLog.new(tmp_path / "here")
    for record in turn(1):
        log(record)
    log.close()
    there = tmp_path / "there"
    exported = tmp_path / "exported.jsonl"
    exported.write_text("".join(FORMATS["jsonl"][0](read_session(log.path))))
    assert is_session(exported)
    made = import_session(read_session(exported), there)
    assert made.stem == log.id
    assert read_session(made).records == turn(1)
    again = import_session(read_session(exported), there)
    assert again.stem != made.stem
    with pytest.raises(SessionError, match="one of your sessions already"):
        import_session(read_session(made), there)


def test_secrets_are_masked_in_what_is_imported(tmp_path: Path) -> None:
    token = "ghp_" + "a1B2" * 9
    path = tmp_path / "chat.json"
    path.write_text(json.dumps([{"role": "user", "content": f"my {token}"}]))
    (chat,) = read_chats(path)
    session = read_session(import_chat(chat, tmp_path / "s", Redactor()))
    assert token not in session.path.read_text()
    assert session.header.title == "my [GitHub token masked]"


def test_threads_of_a_newer_llm_are_followed_from_their_tip(tmp_path: Path) -> None:
    path = tmp_path / "logs.db"
    with sqlite3.connect(path) as db:
        db.executescript(
            """
            CREATE TABLE threads (id TEXT, name TEXT, tip_message_hash TEXT, datetime_utc TEXT);
            CREATE TABLE messages (hash TEXT, parent_hash TEXT, role TEXT);
            CREATE TABLE parts (id INTEGER PRIMARY KEY, message_hash TEXT, position INTEGER,
                type TEXT, tool_name TEXT, text TEXT, payload TEXT);
            CREATE TABLE fragments (id INTEGER PRIMARY KEY, content TEXT);
            CREATE TABLE part_fragments (part_id INTEGER, fragment_id INTEGER, "order" INTEGER);
            CREATE TABLE turns (id TEXT, thread_id TEXT, model TEXT, datetime_utc TEXT);
            INSERT INTO threads VALUES ('t', 'files', 'd', '2026-11-21 23:04:50.01+00:00');
            INSERT INTO turns VALUES ('1', 't', 'fake', '2026-11-21T23:04:50+00:00');
            INSERT INTO messages VALUES ('a', NULL, 'user'), ('b', 'a', 'assistant'),
                ('c', 'b', 'tool'), ('d', 'c', 'assistant'), ('x', 'a', 'assistant');
            INSERT INTO parts VALUES
                (1, 'a', 0, 'text', NULL, NULL, NULL),
                (2, 'b', 0, 'reasoning', NULL, 'hm', NULL),
                (3, 'b', 1, 'tool_call', 'ls', NULL,
                    '{"name": "ls", "arguments": {"path": "."}, "tool_call_id": "t1"}'),
                (4, 'c', 0, 'tool_result', 'ls', NULL,
                    '{"name": "ls", "output": "a.py", "tool_call_id": "t1"}'),
                (5, 'd', 0, 'text', NULL, 'one file', NULL),
                (6, 'x', 0, 'text', NULL, 'another branch', NULL);
            INSERT INTO fragments VALUES (1, 'what files');
            INSERT INTO part_fragments VALUES (1, 1, 0);
            """
        )
    db.close()
    (chat,) = read_chats(path)
    asked, called, result, answered = chat.messages
    assert (asked.content, answered.content) == ("what files", "one file")
    assert (called.reasoning, called.calls[0].arguments) == ("hm", {"path": "."})
    assert (result.content, result.call_id) == ("a.py", "t1")
    assert (chat.title, chat.model) == ("files", "fake")


def test_a_log_with_a_time_that_is_none_keeps_its_words(tmp_path: Path) -> None:
    path = tmp_path / "server.log"
    path.write_bytes(server_log(request("hello")).replace(b"2026-11-21 10", b"2026-13-45 99"))
    (chat,) = read_chats(path)
    assert [m.content for m in chat.messages] == ["hello"]
    assert read_session(import_chat(chat, tmp_path / "s")).header.created


@pytest.mark.parametrize("when", ["yesterday", b"\0", 1e18, -5, None])
@pytest.mark.parametrize("text", [b"caf\xe9", 7, None])
def test_a_database_whose_columns_hold_something_else_keeps_its_words(
    tmp_path: Path, when: object, text: object
) -> None:
    path = tmp_path / "state.db"
    with sqlite3.connect(path) as db:
        db.executescript(
            "CREATE TABLE schema_version (version);"
            "CREATE TABLE sessions (id, model, system_prompt, started_at, title);"
            "CREATE TABLE messages (id INTEGER PRIMARY KEY, session_id, role, content, timestamp);"
        )
        db.execute("INSERT INTO sessions VALUES ('s', ?, ?, ?, ?)", (text, text, when, text))
        for content in ("hello", text):
            row = ("s", "user", content, when)
            db.execute("INSERT INTO messages VALUES (NULL, ?, ?, ?, ?)", row)
    db.close()
    (chat,) = read_chats(path)
    session = read_session(import_chat(chat, tmp_path / "s"))
    assert "hello" in [message.content for message in session.tree().messages()]
    assert session.problems == []


def test_a_database_of_another_shape_says_what_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "logs.db"
    with sqlite3.connect(path) as db:
        db.executescript(
            "CREATE TABLE conversations (id); INSERT INTO conversations VALUES ('c');"
            "CREATE TABLE responses (id, conversation_id, datetime_utc);"
            "INSERT INTO responses VALUES ('r', 'c', '');"
        )
    db.close()
    with pytest.raises(SessionError, match="has no column 'prompt'"):
        read_chats(path)


def test_json_lines_that_are_none_are_counted_and_the_others_taken(tmp_path: Path) -> None:
    path = tmp_path / "chats.jsonl"
    line = json.dumps({"messages": [{"role": "user", "content": "hello"}]})
    path.write_text(f"\ufeff{line}\n{line[:9]}\n{line}\n\n{line[:5]}\n")
    told: list[str] = []
    assert len(read_chats(path, told.append)) == 2
    assert told == ["2 lines are no JSON, from line 2 on, and were left out"]


def test_a_pipe_is_told_that_it_cannot_be_read_twice(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SessionError, match="is no file: save"):
        read_chats(tmp_path / "pipe")
