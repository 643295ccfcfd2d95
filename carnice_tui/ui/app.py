"""The app: its theme, its screen, and how it starts and ends."""

from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.theme import Theme

from carnice_tui.ui.screens.chat import ChatScreen
from carnice_tui.ui.setup import AppSetup
from carnice_tui.ui.themes import ThemeFile, load_themes
from carnice_tui.ui.transcript.look import PLAIN_GLYPHS, Look, look_of

DEFAULT_THEME = "carnice"


class CarniceApp(App[None]):
    """The chat in the terminal."""

    TITLE = "carnice-chat"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", priority=True),
        Binding("ctrl+c", "interrupt_or_quit", "Interrupt, or quit", priority=True),
        Binding("ctrl+d", "quit_if_empty", "Quit", show=False),
    ]

    def __init__(self, setup: AppSetup) -> None:
        super().__init__()
        self._setup = setup
        self.themes, self._theme_problems = load_themes()
        for theme in self.themes.values():
            self.register_theme(textual_theme(theme))
        self._asked_to_quit = False
        self.chat = ChatScreen(setup, self.look)

    @property
    def look(self) -> Look:
        """The transcript's styles in the present theme."""
        glyphs = PLAIN_GLYPHS if self._setup.settings.ui.screen_reader else None
        return look_of(self.themes.get(self.theme) or next(iter(self.themes.values())), glyphs)

    def on_mount(self) -> None:
        """Put the theme on and open the chat."""
        wanted = self._setup.settings.ui.theme
        self.theme = wanted if wanted in self.themes else DEFAULT_THEME
        self.push_screen(self.chat)
        self.theme_changed_signal.subscribe(self, self._restyle)

    def _restyle(self, _: Theme) -> None:
        self.chat.transcript.restyle(self.look)

    async def action_quit(self) -> None:
        """Save and leave."""
        await self.chat.session.close()
        self.exit()

    async def action_interrupt_or_quit(self) -> None:
        """Stop the answer; a second time in a row leaves."""
        if self.chat.session.interrupt():
            return
        if self.chat.composer.text:
            self.chat.composer.clear()
            return
        if self._asked_to_quit:
            await self.action_quit()
            return
        self._asked_to_quit = True
        self.set_timer(2.0, self._forget_question)
        self.notify("Ctrl+C again quits.", timeout=2, markup=False)

    @property
    def crash(self) -> Exception | None:
        """What ended the app, if it did not end as it should."""
        return self._exception

    def _fatal_error(self) -> None:
        # Textual would print a traceback with local variables, which hold the conversation.
        self._close_messages_no_wait()

    def _forget_question(self) -> None:
        self._asked_to_quit = False

    async def action_quit_if_empty(self) -> None:
        """Leave if nothing is typed."""
        if not self.chat.composer.text:
            await self.action_quit()


def textual_theme(theme: ThemeFile) -> Theme:
    """`theme` as Textual wants it, for everything around the transcript."""
    colours = theme.colors
    return Theme(
        name=theme.name,
        primary=colours.primary,
        secondary=colours.accent,
        accent=colours.accent,
        warning=colours.warning,
        error=colours.error,
        success=colours.success,
        foreground=colours.text,
        background=colours.background,
        surface=colours.surface,
        panel=colours.panel,
        dark=theme.dark,
        variables={"text-muted": colours.muted, "border": colours.panel},
    )


def run(setup: AppSetup) -> None:
    """Run the app until it is left.

    Raises:
        Exception: what crashed the app, once the terminal is as it was before.
    """
    app = CarniceApp(setup)
    app.run(mouse=setup.settings.ui.mouse)
    if app.crash is not None:
        raise app.crash
