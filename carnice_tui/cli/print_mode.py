"""`carnice-chat -p PROMPT`: one answer to standard output, then the end."""

import asyncio
import enum
from collections.abc import Callable

import msgspec

from carnice_tui.cli.agent import StepPrinter, agent_loop, tell_refused
from carnice_tui.cli.boundary import FAILED, INTERRUPTED, PIPE_CLOSED, abandon_output, say
from carnice_tui.cli.output import (
    JsonPrinter,
    Printer,
    RecordPrinter,
    TextPrinter,
    ThinkingPrinter,
)
from carnice_tui.cli.progress import load_model
from carnice_tui.cli.signals import stopping_signals
from carnice_tui.cli.standard_input import PIPED, is_piped, read_piped_text
from carnice_tui.cli.start import Start, open_log
from carnice_tui.core.errors import UsageError
from carnice_tui.core.events import EngineFailed, Record, TurnFinished, UserMessage
from carnice_tui.core.messages import Attachment, attachment
from carnice_tui.engine.conversation import Conversation
from carnice_tui.engine.work import Work
from carnice_tui.review.prompt import question


class Output(enum.Enum):
    """What is printed."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"


def print_answer(start: Start, prompt: str, output: Output, *, show_thinking: bool) -> int:
    """Answer `prompt`, with piped text added to it, and give the exit status.

    Raises:
        UsageError: there is nothing to answer, or what was piped cannot be read as text.
    """
    text, attachments = _message(start, prompt)
    turn = _Turn(start, output, ThinkingPrinter(thinking=show_thinking))
    return asyncio.run(turn.run(text, attachments))


def _message(start: Start, prompt: str) -> tuple[str, tuple[Attachment, ...]]:
    piped = read_piped_text() if is_piped() else ""
    if prompt == "-":
        prompt, piped = piped, ""
    if not prompt.strip() and not piped.strip():
        raise UsageError(
            "The prompt is empty. Say something: carnice-chat -p 'What does this do?' < FILE"
        )
    if start.mode == "bugs":
        return question(piped or prompt), ()
    return prompt, (attachment(PIPED, piped),) if piped else ()


class _Turn:
    """One turn of the print mode, and what may cut it short."""

    def __init__(self, start: Start, output: Output, errors: ThinkingPrinter) -> None:
        self._start = start
        self._output = output
        self._errors = errors
        self._failed = ""
        self._unwritable: OSError | None = None
        self._signal: int | None = None

    async def run(self, text: str, attachments: tuple[Attachment, ...]) -> int:
        """Load, answer, save; gives the exit status.

        Raises:
            EngineError: the model cannot be loaded.
        """
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        engine = self._start.engine()
        log = open_log(self._start, lambda notice: say(notice.text))
        self._printer = _printer(self._output, log.id if log else "")
        conversation = Conversation(
            engine,
            self._start.options(),
            records=self._start.records,
            sinks=[*([log] if log else []), self._note, self._errors, *self._steps(), self._print],
            began=self._start.began,
        )
        try:
            with stopping_signals(self._stop_for):
                self._stop = self._give_up
                await load_model(engine, self._start.settings.model)
                finished = await self._answer(conversation, text, attachments)
                self._guarded(self._printer.close)
                return self._status(finished)
        except asyncio.CancelledError:
            return self._stopped_status()
        finally:
            await engine.close()
            if log is not None:
                await asyncio.to_thread(log.close)

    async def _answer(
        self, conversation: Conversation, text: str, attachments: tuple[Attachment, ...]
    ) -> TurnFinished:
        if self._start.mode != "agent":
            message = UserMessage(text, attachments, conversation.options.mode)
            work = _work(conversation, message)
            self._stop = conversation.interrupt
            return await conversation.ask(message, work)
        from carnice_tui.agent.approvals import Unattended

        approver = Unattended()
        loop = agent_loop(self._start, conversation, approver)
        self._stop = loop.stop
        finished = await loop.run(conversation.say(text, attachments))
        tell_refused(approver)
        return finished

    def _steps(self) -> list[StepPrinter]:
        return [StepPrinter()] if self._start.mode == "agent" else []

    def _stop_for(self, number: int) -> None:
        """The first signal ends the turn, and what was said is kept; the second waits no more."""
        if self._signal is None:
            self._signal = number
            self._stop()
        else:
            self._give_up()

    def _give_up(self) -> None:
        self._task.cancel()

    def _note(self, record: Record) -> None:
        if isinstance(record.event, EngineFailed):
            self._failed = record.event.message

    def _print(self, record: Record) -> None:
        self._guarded(lambda: self._printer(record))

    def _guarded(self, write: Callable[[], None]) -> None:
        """Write unless that failed before; the turn ends when nobody can read it."""
        if self._unwritable is not None:
            return
        try:
            write()
        except OSError as error:
            self._unwritable = error
            abandon_output()
            self._stop()

    def _stopped_status(self) -> int:
        return 128 + self._signal if self._signal else INTERRUPTED

    def _status(self, finished: TurnFinished) -> int:
        if isinstance(self._unwritable, BrokenPipeError):
            return PIPE_CLOSED
        if self._unwritable is not None:
            saved = "" if not self._start.settings.sessions.save else " It is saved: --continue."
            say(f"Writing the answer failed: {self._unwritable.strerror}.{saved}")
            return FAILED
        if self._signal or finished.reason == "cancelled":
            return self._stopped_status()
        if self._failed:
            say(self._failed)
            return FAILED
        if finished.reason == "failed":
            return FAILED  # a notice said why
        if finished.reason == "context-full":
            if not finished.stats.answer_tokens:
                return FAILED  # refused, and the engine's notice gave the numbers
            say("The context window is full: the answer ends here.")
        elif finished.reason == "length" and not finished.stats.answer_tokens:
            say(
                f"All {finished.stats.reasoning_tokens} tokens went into thinking, none was left "
                "for the answer: raise --max-tokens, or use --thinking off."
            )
        return 0


def _work(conversation: Conversation, message: UserMessage) -> Work | None:
    """Who answers: the bug finder, in the form of `carnice-chat review`; else the model as it is.

    Raises:
        ReviewError: there is nothing to review.
    """
    options = conversation.options
    if options.mode != "bugs":
        return None
    from carnice_tui.review.finder import FinderOptions
    from carnice_tui.review.inquiry import inquiry
    from carnice_tui.review.turns import Search

    request = options.request
    if request.sampling.temperature is None:  # the same code gives the same finding
        greedy = msgspec.structs.replace(request.sampling, temperature=0.0)
        request = msgspec.structs.replace(request, sampling=greedy)
    return Search(conversation.engine, FinderOptions(request=request), inquiry(message))


def _printer(output: Output, session: str) -> Printer:
    match output:
        case Output.TEXT:
            return TextPrinter()
        case Output.JSON:
            return JsonPrinter(session)
        case Output.JSONL:
            return RecordPrinter()
