"""Stands for `mlx.launch`: two children, the first of which answers on a port.

    fake_launcher.py PORT PIDS [answer | ends]

Writes the children's process ids to PIDS. `ends` stops at once with an error, as ranks do
that cannot load their model.
"""

import json
import signal
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    """One word, and then silence where the question is `wait`."""

    def do_GET(self) -> None:
        self._say(json.dumps({"data": [{"id": "spread"}]}).encode(), "application/json")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        chunk = {"choices": [{"delta": {"content": "one "}, "finish_reason": None}]}
        end = {"choices": [{"delta": {}, "finish_reason": "stop"}]}
        self._say(b"data: %s\n\n" % json.dumps(chunk).encode(), "text/event-stream")
        if b"wait" in body:
            signal.pause()
        self.wfile.write(b"data: %s\n\ndata: [DONE]\n\n" % json.dumps(end).encode())

    def _say(self, content: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        pass


def main() -> None:
    port, pids, how = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    if how == "serve":
        ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
    if how == "ends":
        sys.exit("ValueError: The model does not support pipelining")
    serving = [sys.executable, __file__, str(port), str(pids), "serve"]
    ranks = [subprocess.Popen(serving), subprocess.Popen(["sleep", "600"])]
    pids.write_text(" ".join(str(rank.pid) for rank in ranks))
    for rank in ranks:
        rank.wait()


if __name__ == "__main__":
    main()
