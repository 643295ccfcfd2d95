"""What every app of ours shares: the themes, and an end that leaves the terminal clean."""

from textual.app import App
from textual.screen import Screen
from textual.theme import Theme

from carnice_tui.core.settings import Settings
from carnice_tui.ui.themes import ThemeFile, load_themes
from carnice_tui.ui.transcript.look import PLAIN_GLYPHS, Look, look_of

DEFAULT_THEME = "carnice"


class ThemedApp(App[None]):
    """An app in one of our themes. Its first screen is made by `first_screen`."""

    TITLE = "carnice-chat"

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.themes, self.theme_problems = load_themes()
        for theme in self.themes.values():
            self.register_theme(textual_theme(theme))
        wanted = settings.ui.theme
        self.theme = wanted if wanted in self.themes else DEFAULT_THEME

    @property
    def look(self) -> Look:
        """The transcript's styles in the present theme."""
        glyphs = PLAIN_GLYPHS if self.settings.ui.screen_reader else None
        return look_of(self.themes.get(self.theme) or self.themes[DEFAULT_THEME], glyphs)

    def first_screen(self) -> Screen[None]:
        """What the app opens with."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Open the first screen."""
        self.push_screen(self.first_screen())

    @property
    def crash(self) -> Exception | None:
        """What ended the app, if it did not end as it should."""
        return self._exception

    def _fatal_error(self) -> None:
        # Textual would print a traceback with local variables, which hold the conversation.
        self._close_messages_no_wait()


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


def run_until_left(app: ThemedApp) -> None:
    """Run `app` until it is left.

    Raises:
        Exception: what crashed it, once the terminal is as it was before.
    """
    app.run(mouse=app.settings.ui.mouse)
    if app.crash is not None:
        raise app.crash
