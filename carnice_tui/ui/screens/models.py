"""The models, with what fits this machine, how fast it is, and which one to take."""

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical

from carnice_tui.core.errors import CarniceError
from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.ui.keys import key_of
from carnice_tui.ui.model_facts import ModelFacts, model_facts
from carnice_tui.ui.screens.asking import app_of
from carnice_tui.ui.screens.picker import Picker
from carnice_tui.ui.trouble import survives
from carnice_tui.ui.widgets.choices import Choices
from carnice_tui.ui.widgets.plain import PlainLabel


class ModelsScreen(Picker):
    """Gives what to load: a name of the catalogue, a repository or a folder; None for Esc."""

    DEFAULT_CSS = """
    ModelsScreen > Vertical { width: 86; height: 96%; max-height: 30; }
    ModelsScreen OptionList { height: 1fr; max-height: 100%; }
    ModelsScreen #told { color: $foreground; text-style: none; height: 7; padding-top: 1; }
    ModelsScreen #machine { color: $text-muted; text-style: none; }
    """

    def __init__(self, present: str, context: int) -> None:
        """`present` is the model in use; models are compared at `context` tokens (0: usual)."""
        free = "Type to narrow, a folder, or a repository"
        super().__init__("Model", [], chosen=present, free=free)
        self._present = present
        self._window = context
        self._facts: ModelFacts | None = None
        self._warned = ""
        self._told = PlainLabel("Looking at what fits this machine …", id="told")
        self._here = PlainLabel(id="machine")

    def compose(self) -> ComposeResult:
        """The list over what is known of the highlighted one."""
        with Vertical():
            yield PlainLabel("Model · the conversation stays as it is")
            yield self._field
            yield self._list
            yield self._told
            yield self._here

    def on_mount(self) -> None:
        """Ask what fits, off the event loop."""
        self._gather()

    @work
    @survives("Looking at what fits this machine")
    async def _gather(self) -> None:
        try:
            facts = await model_facts(self._window)
        except CarniceError as error:
            self._tell(str(error))
            return
        self._facts = facts
        if not self.is_attached:  # it was left meanwhile
            return
        self.offer(facts.choices())
        self._here.update(facts.machine_line())
        variant = facts.catalogue.find(self._present)
        if variant is not None and not self._field.value:
            self.highlight(variant.name)

    def on_option_list_option_highlighted(self, event: Choices.OptionHighlighted) -> None:
        """Say what it would mean."""
        event.stop()
        if self._facts is not None and (name := self.highlighted()):
            self._tell(self._facts.told(name))

    def take(self, chosen: str) -> None:
        """Close with it; what does not fit wants a second Enter, what cannot run is not taken."""
        one = self._facts.fit(chosen) if self._facts is not None else None
        if one is not None and one.variant.kind != "mlx":
            app_of(self).bell()
            return
        if one is not None and one.verdict == "too large" and self._warned != chosen:
            self._warned = chosen
            assert self._facts is not None
            self._tell(
                f"{self._facts.told(chosen)}\n{key_of('lists.choose')} again loads it all the same."
            )
            return
        self.dismiss(chosen)

    def _tell(self, text: str) -> None:
        lines = [sanitize_line(line) for line in text.split("\n")]
        self._told.update("\n".join(lines))
