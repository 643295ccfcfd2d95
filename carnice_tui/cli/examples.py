"""`python -m carnice_tui.cli.examples`: records the bundled examples anew with the demo model.

Each is a conversation that really ran: through the app's own session, with a fixed seed, its
times as they were. Nothing of the machine it was recorded on stays in the file.
"""

import asyncio
import os
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec

from carnice_tui.cli.engines import local_engine
from carnice_tui.core.errors import CarniceError
from carnice_tui.core.events import (
    ApprovalAsked,
    ApprovalGiven,
    BugFound,
    EngineFailed,
    Event,
    Notice,
    Record,
    ToolCall,
    ToolResult,
)
from carnice_tui.core.finding import Finding
from carnice_tui.core.messages import Mode, ThinkingMode
from carnice_tui.core.paths import shipped
from carnice_tui.core.settings import Settings
from carnice_tui.sessions.attachments import files_folder
from carnice_tui.sessions.fork import write_session
from carnice_tui.sessions.format import SUFFIX, new_header
from carnice_tui.sessions.log import SessionLog
from carnice_tui.sessions.read import read_session
from carnice_tui.ui.agent_work import options_of
from carnice_tui.ui.attaching import prepared
from carnice_tui.ui.session import ChatSession
from carnice_tui.ui.setup import AppSetup, SessionSink, Tell

SEED = 7
PAUSE = 1.5
"""Seconds between an answer and the next question, as a reader would take."""

NOTE = "Recorded with the bundled demo model, which is a toy: python -m carnice_tui.cli.examples"


@dataclass(frozen=True)
class Example:
    """What is asked, in which mode; `explains` asks about the first finding at the end.

    An agent works in a copy of the folder of that name. What it asks is answered with yes, but
    for commands that begin with `refused`: those with no, and why.
    """

    name: str
    title: str
    messages: tuple[str, ...]
    mode: Mode = "chat"
    thinking: ThinkingMode = "on"
    explains: bool = False
    refused: str = ""
    reason: str = ""

    def answer(self, asked: ApprovalAsked) -> ApprovalGiven:
        """What the person would say to a question."""
        if self.refused and f"`{self.refused}" in asked.question:
            return ApprovalGiven(asked.call_id, "no", self.reason)
        return ApprovalGiven(asked.call_id, "once")


EXAMPLES = (
    Example(
        "thinking",
        "Thinking before answering",
        (
            "What is the capital of Norway?",
            "And of Japan?",
            "Write a function that checks whether a number is even in Python.",
            "And in Go?",
            "What is the boiling point of water?",
        ),
    ),
    Example(
        "bug-hunt",
        "A bug hunt over three files",
        ("@basket.py @users.ts @sum.go",),
        mode="bugs",
        explains=True,
    ),
    Example(
        "agent-run",
        "An agent run with approvals",
        (
            "Run `make`.",
            "Read src/cart.py.",
            "Replace reslt with result in src/cart.py.",
            "Run `python src/cart.py`.",
        ),
        mode="agent",
        thinking="off",
        refused="make",
        reason="too slow",
    ),
)


class Recorder:
    """Listens to a session until everything that was sent is answered."""

    def __init__(self, example: Example) -> None:
        self._example = example
        self._idle = asyncio.Event()
        self.session: ChatSession | None = None
        self.problems: list[str] = []
        self.findings: list[Finding] = []

    def __call__(self, record: Record) -> None:
        """The session's feed."""
        match record.event:
            case BugFound(finding=finding):
                self.findings.append(finding)
            case EngineFailed(message=message):
                self.problems.append(message)
            case ApprovalAsked() as asked:
                asyncio.get_running_loop().call_later(PAUSE, self._approve, record.node, asked)
            case _:
                pass

    def _approve(self, node: str, asked: ApprovalAsked) -> None:
        assert self.session is not None
        self.session.approve(node, self._example.answer(asked))

    def session_changed(self) -> None:
        """Notice when nothing is left to do."""
        session = self.session
        if session is not None and session.state in ("ready", "failed") and not session.queue:
            self._idle.set()
        else:
            self._idle.clear()

    def load_event(self, event: Event) -> None:
        """A model that cannot be loaded ends it."""
        if isinstance(event, EngineFailed):
            self.problems.append(event.message)

    def tell(self, notice: Notice) -> None:
        """What could not be saved ends it."""
        if notice.level == "error":
            self.problems.append(notice.text)

    def refused(self, error: CarniceError) -> None:
        """What could not be asked ends it."""
        self.problems.append(str(error))

    async def answered(self) -> None:
        """Wait until the model is free and nothing waits for it.

        Raises:
            CarniceError: something went wrong.
        """
        await asyncio.sleep(0)
        await self._idle.wait()
        if self.problems:
            raise CarniceError(self.problems[0])


async def record(example: Example, folder: Path) -> Path:
    """Run `example` in the present folder, and give the session's file in `folder`.

    Raises:
        CarniceError: the model could not be loaded, or answer.
    """
    settings = msgspec.convert(
        {"generation": {"seed": SEED}, "thinking": {"mode": example.thinking}}, Settings
    )
    recorder = Recorder(example)

    def new_log(tell: Tell) -> SessionSink:
        return SessionLog.new(folder, tell=tell)

    setup = AppSetup(
        local_engine(settings),
        settings,
        lambda mode: options_of(settings, mode),
        new_log=new_log,
    )
    session = recorder.session = ChatSession(setup, recorder, recorder)
    session.use(settings)
    try:
        session.load()
        await recorder.answered()
        session.set_mode(example.mode)
        for message in example.messages:
            session.send(*prepared(message, example.mode, Path.cwd()))
            await recorder.answered()
            await asyncio.sleep(PAUSE)
        if example.explains and recorder.findings:
            session.explain(recorder.findings[0])
            await recorder.answered()
        session.conversation.rename(example.title)
        await session.saved.flush()
        assert session.file is not None
        return session.file
    finally:
        await session.close()


def publish(recorded: Path, example: Example) -> Path:
    """Put a recording among the bundled examples, in the place of the one before.

    Raises:
        CarniceError: it shows too little, or too much.
    """
    session = read_session(recorded)
    _refuse_unfit(example, session.records)
    target = shipped("sessions") / f"{example.name}{SUFFIX}"
    target.unlink(missing_ok=True)
    shutil.rmtree(files_folder(target), ignore_errors=True)
    header = msgspec.structs.replace(
        new_header(example.name, time.time(), note=NOTE), title=example.title, model="demo"
    )
    path = write_session(target.parent, header, session.records)
    for file in (path, *files_folder(path).glob("*")):
        file.chmod(0o644)
    if files_folder(path).is_dir():
        files_folder(path).chmod(0o755)
    return path


def _refuse_unfit(example: Example, records: list[Record]) -> None:
    """An agent's run must hold an edit that was asked for and made, a refusal, and no path of
    this machine."""
    if example.mode != "agent":
        return
    edits = {
        r.event.id for r in records if isinstance(r.event, ToolCall) and r.event.name == "edit_file"
    }
    given = [r.event for r in records if isinstance(r.event, ApprovalGiven)]
    agreed = {answer.call_id for answer in given if answer.answer != "no"}
    made = {
        r.event.call_id for r in records if isinstance(r.event, ToolResult) and not r.event.failed
    }
    if not edits & agreed & made:
        raise CarniceError(f"{example.name}: the model made no edit that was agreed to.")
    if all(answer.answer != "no" for answer in given):
        raise CarniceError(f"{example.name}: the model asked for nothing that was refused.")
    if str(Path.cwd()).encode() in msgspec.json.encode(records):
        raise CarniceError(f"{example.name}: a path of this machine is in the recording.")


def _record_one(example: Example, folder: Path) -> Path:
    """Run an example where its files are, or for an agent in a copy of them."""
    files = shipped("sessions") / example.name
    if example.mode == "agent":
        files = Path(shutil.copytree(files, folder / "workspace"))
        # The agent's `python` is ours, whatever this machine calls its own.
        os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    if files.is_dir():
        os.chdir(files)
    path = publish(asyncio.run(record(example, folder)), example)
    os.chdir(shipped("sessions"))
    return path


def main() -> None:
    """Record all of them, or those named on the command line."""
    wanted = sys.argv[1:]
    for example in EXAMPLES:
        if wanted and example.name not in wanted:
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                print(_record_one(example, Path(folder)))
            except CarniceError as error:
                sys.exit(f"Not recorded: {error}")


if __name__ == "__main__":
    main()
