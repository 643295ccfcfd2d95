"""What was sent before, and what was being written: kept across restarts."""

import contextlib
import os
import tempfile
from pathlib import Path

import msgspec

from carnice_tui.core import paths

KEPT = 1_000
"""Messages that are remembered."""

LONGEST = 20_000
"""Characters; longer messages are not remembered."""


class History:
    """The messages you sent, in a file of JSON lines; failing to write one is no failure."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file or paths.state_dir() / "history.jsonl"
        self._texts = self._read()
        self._at = len(self._texts)
        self._draft = ""

    def add(self, text: str) -> None:
        """One more was sent."""
        if len(text) <= LONGEST and (not self._texts or self._texts[-1] != text):
            self._texts.append(text)
            with contextlib.suppress(OSError):
                self._file.parent.mkdir(parents=True, exist_ok=True)
                with self._file.open("ab") as file:
                    file.write(msgspec.json.encode(text) + b"\n")
                self._file.chmod(0o600)
        self._at = len(self._texts)

    def reaches(self, step: int) -> bool:
        """Whether `step` leads to one, or back to what was being written."""
        return 0 <= self._at + step <= len(self._texts)

    def step(self, step: int, present: str) -> str | None:
        """The one before (-1) or after (1); what was being written is kept meanwhile."""
        at = self._at + step
        if not self.reaches(step):
            return None
        if self._at == len(self._texts):
            self._draft = present
        self._at = at
        return self._draft if at == len(self._texts) else self._texts[at]

    def newest_first(self) -> list[str]:
        """All of them, each once."""
        return list(dict.fromkeys(reversed(self._texts)))

    def _read(self) -> list[str]:
        texts: list[str] = []
        with contextlib.suppress(OSError):
            for line in self._file.read_bytes().splitlines()[-KEPT:]:
                with contextlib.suppress(msgspec.DecodeError):
                    texts.append(msgspec.json.decode(line, type=str))
        return texts


class Draft:
    """The text that was not sent when the app was left."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file or paths.state_dir() / "draft.txt"

    def read(self) -> str:
        """What was being written, "" if nothing was."""
        with contextlib.suppress(OSError, UnicodeDecodeError):
            return self._file.read_text("utf-8")
        return ""

    def write(self, text: str) -> None:
        """Keep it for the next start."""
        with contextlib.suppress(OSError):
            if not text:
                self._file.unlink(missing_ok=True)
                return
            self._file.parent.mkdir(parents=True, exist_ok=True)
            # Whole or not at all, and never read by others: it is written while one types.
            descriptor, partial = tempfile.mkstemp(dir=self._file.parent, prefix=".draft-")
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape") as file:
                file.write(text)
            Path(partial).replace(self._file)
