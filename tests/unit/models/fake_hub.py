"""A hub on the loopback: serves one repository, and misbehaves as it is told."""

import hashlib
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LARGE = ".safetensors"


def git_hash(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


@dataclass
class FakeHub:
    """What it has and how it behaves; `requests` is what was asked: method, path, range."""

    files: dict[str, bytes]
    repository: str = "you/tiny"
    cut_after: int | None = None
    """The connection for large files breaks after so many bytes of a response."""
    corrupt: bool = False
    """Large files come with a flipped byte."""
    ignore_ranges: bool = False
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    """Status and headers that the next requests get instead of an answer."""
    requests: list[tuple[str, str, str]] = field(default_factory=list)
    url: str = ""

    def __enter__(self) -> "FakeHub":
        handler = type("Handler", (_Handler,), {"hub": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def ranges(self) -> list[str]:
        """The Range headers of all downloads of large files."""
        return [r for method, path, r in self.requests if method == "GET" and LARGE in path]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: FakeHub

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _answer(self, *, with_body: bool) -> None:
        hub, path = self.hub, unquote(urlparse(self.path).path)
        hub.requests.append((self.command, path, self.headers.get("Range") or ""))
        if hub.answers:
            status, headers = hub.answers.pop(0)
            self._send(status, b"{}", headers, with_body)
            return
        api = f"/api/models/{hub.repository}"
        if path.startswith(f"{api}/tree/"):
            self._json(self._tree(), with_body)
        elif path.startswith(api):
            siblings = [{"rfilename": name} for name in hub.files]
            self._json(
                {"id": hub.repository, "sha": COMMIT, "siblings": siblings, "private": False},
                with_body,
            )
        elif path.startswith(f"/{hub.repository}/resolve/"):
            self._file(path.split("/resolve/", 1)[1].split("/", 1)[1], with_body)
        else:
            self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"}, with_body)

    def _tree(self) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = []
        for name, content in self.hub.files.items():
            entry = {"type": "file", "path": name, "size": len(content), "oid": git_hash(content)}
            if name.endswith(LARGE):
                entry["lfs"] = {
                    "oid": hashlib.sha256(content).hexdigest(),
                    "size": len(content),
                    "pointerSize": 100,
                }
            entries.append(entry)
        return entries

    def _file(self, name: str, with_body: bool) -> None:
        hub = self.hub
        content = hub.files.get(name)
        if content is None:
            self._send(404, b"", {"X-Error-Code": "EntryNotFound"}, with_body)
            return
        large = name.endswith(LARGE)
        etag = hashlib.sha256(content).hexdigest() if large else git_hash(content)
        headers = {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
        if large:
            headers |= {"X-Linked-Etag": f'"{etag}"', "X-Linked-Size": str(len(content))}
            if hub.corrupt:
                content = content[:-1] + bytes([content[-1] ^ 1])
        status, wanted = 200, self.headers.get("Range")
        if wanted and not hub.ignore_ranges:
            start = int(wanted.removeprefix("bytes=").split("-")[0])
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            status, content = 206, content[start:]
        cut = hub.cut_after if large and with_body else None
        self._send(status, content, headers, with_body, cut)

    def _json(self, value: object, with_body: bool) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"}, with_body)

    def _send(
        self,
        status: int,
        content: bytes,
        headers: dict[str, str],
        with_body: bool,
        cut: int | None = None,
    ) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if not with_body:
            return
        if cut is not None and cut < len(content):
            self.wfile.write(content[:cut])
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(2)
        else:
            self.wfile.write(content)


def tiny_repository(folder: Path | None = None) -> dict[str, bytes]:
    """Files as a model has them: those of `folder`, or made up."""
    if folder is not None:
        return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
    return {
        "config.json": b'{"model_type": "qwen3"}',
        "tokenizer.json": b"{}",
        "model.safetensors": bytes(range(256)) * 4096,
        "evil.py": b"print('no')",
    }
