"""What every app of ours shares: the themes, and an end that leaves the terminal clean."""

import asyncio
import os
import signal
from contextlib import ExitStack
from threading import Event
from typing import Any, ClassVar, cast

from textual import work
from textual.app import App
from textual.binding import BindingType
from textual.driver import Driver
from textual.filter import Monochrome
from textual.notifications import SeverityLevel
from textual.screen import Screen, SystemModalScreen
from textual.signal import Signal
from textual.theme import Theme

from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.core.settings import Settings
from carnice_tui.ui.bound import bound, keymap_of
from carnice_tui.ui.calling import call
from carnice_tui.ui.early_paint import EarlyPaint
from carnice_tui.ui.ending import told_of_the_end
from carnice_tui.ui.enduring import Enduring, Told, is_from_callback
from carnice_tui.ui.fewer_colours import Sixteen
from carnice_tui.ui.figures import Figures
from carnice_tui.ui.keys import map_keys, with_keys
from carnice_tui.ui.on_top import close_top, transcript_with_selection
from carnice_tui.ui.palette import ScreenCommands
from carnice_tui.ui.screens.sheet import Sheet
from carnice_tui.ui.themes import ThemeFile
from carnice_tui.ui.transcript.look import PLAIN_GLYPHS, Look, look_of
from carnice_tui.ui.transcript.view import Transcript
from carnice_tui.ui.trouble import SHOWN_FOR, survives, told
from carnice_tui.ui.uncoloured import Uncoloured
from carnice_tui.ui.wardrobe import Wardrobe

DEFAULT_THEME = "carnice"

LONG_TURN = 10.0
"""Seconds after which the end of a turn is worth a word to somebody who looked away."""

THEMES_EVERY = 1.0
"""Seconds between two looks at the user's own themes."""


class ThemedApp(Enduring, App[None]):
    """An app in one of our themes. Its first screen is made by `first_screen`."""

    TITLE = "carnice-chat"
    # Toasts stand at the top: at the bottom they lay over what is being written.
    CSS = """
    ToastRack { dock: top; align: right top; margin-bottom: 0; }
    App.-plain Toast { border: none; }
    App.-plain Composer { border: none; }
    /* No ground sets a dialog off where there are no colours. */
    ModalScreen:nocolor > Vertical { border: solid $foreground; }
    OptionList:nocolor > .option-list--option-highlighted {
        color: $background; background: $foreground;
    }
    Input .input--placeholder { color: $text-muted; }
    OptionList {
        scrollbar-size-vertical: 1; scrollbar-background: $panel; scrollbar-color: $text-muted;
        scrollbar-background-hover: $panel; scrollbar-background-active: $panel;
    }
    """
    ENABLE_COMMAND_PALETTE = True
    COMMANDS = {ScreenCommands}  # noqa: RUF012 - Textual declares it so
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("help", "show_keys", overtakes=True),
        bound("quit", "quit", overtakes=True),
        bound("app.palette", "command_palette", overtakes=True),
        bound("app.stop-or-quit", "stop_or_quit", overtakes=True),
    ]

    def __init__(self, settings: Settings, early: EarlyPaint | None = None) -> None:
        """`early`: the first frame, where it is on the terminal already."""
        if not os.environ.get("NO_COLOR"):
            os.environ.pop("NO_COLOR", None)  # an empty one is none, but Textual takes it for one
        super().__init__()
        if self.no_color:
            self._filters = [f for f in self._filters if not isinstance(f, Monochrome)]
            self._filters.append(Uncoloured())
        self.settings = settings
        self.take_keys()
        self.early = early
        self.takes_keys = Event()
        self._wardrobe = Wardrobe()
        self._theme_problems: list[str] = []
        self.ended_by = 0
        """The signal that ended the app from outside; 0 where it was left from within."""
        self._ears = ExitStack()
        self._focused = True
        self._entitled = ""
        self._told = Told()
        self._load_themes()
        wanted = settings.ui.theme
        self._missed = "" if wanted in self.themes else wanted
        """The theme that is wanted, and is put on once there is one of that name."""
        self.theme = DEFAULT_THEME if self._missed else wanted
        if self._missed and not self._theme_problems:
            shown = sanitize_line(wanted)
            self._theme_problems.append(
                f"There is no theme {shown!r}: {with_keys('{theme}')} chooses one."
            )
        if settings.ui.reduced_motion or settings.ui.screen_reader:
            self.animation_level = "none"

    @property
    def themes(self) -> dict[str, ThemeFile]:
        """Those there are now, by name."""
        return self._wardrobe.themes

    @property
    def look(self) -> Look:
        """The transcript's styles in the present theme."""
        glyphs = PLAIN_GLYPHS if self.settings.ui.screen_reader else None
        return look_of(self.themes.get(self.theme) or self.themes[DEFAULT_THEME], glyphs)

    @property
    def terminal(self) -> Driver | None:
        """What writes to the terminal, while there is one."""
        return self._driver

    @property
    def crash(self) -> Exception | None:
        """What ended the app, if it did not end as it should."""
        return self._exception

    def get_driver_class(self) -> type[Driver]:
        """Textual's, but with an input that pastes cannot command."""
        found = super().get_driver_class()
        if found.__name__ != "LinuxDriver":
            return found
        from carnice_tui.ui.driver import SafeDriver

        return SafeDriver

    def first_screen(self) -> Screen[None]:
        """What the app opens with."""
        raise NotImplementedError

    def restyle(self) -> None:
        """Paint what is ours in the present theme."""

    def on_mount(self) -> None:
        """Open the first screen."""
        # Pictures of the app have all colours, whatever terminal it is drawn from.
        if not (self.no_color or self.is_headless) and self.console.color_system == "standard":
            self._filters.append(Sixteen())
        self._ears.enter_context(told_of_the_end(self.end_for))
        asyncio.get_running_loop().set_exception_handler(self._on_loop_failed)
        self.set_class(self.settings.ui.screen_reader, "-plain")
        self.theme_changed_signal.subscribe(self, lambda _: self.restyle())
        # An editor may have put its own there.
        resumed = cast("Signal[App[Any]]", self.app_resume_signal)  # pyright: ignore[reportUnknownMemberType]
        resumed.subscribe(self, lambda _: self.entitle(self._entitled))
        screen = self.first_screen()
        self.push_screen(screen, lambda _: self.exit())
        # Not before: keys that come while nothing has the focus are lost.
        screen.call_after_refresh(self.takes_keys.set)
        self.call_after_refresh(self._tell_theme_problems)
        self.set_interval(THEMES_EVERY, self._reload_themes)

    def on_unmount(self) -> None:
        """Hear of no signals any more."""
        self._ears.close()

    def end_for(self, number: int) -> None:
        """Leave as with the key, for a signal from outside."""
        if not self.ended_by:
            self.ended_by = number
            self.run_worker(self.action_quit(), group="leaving")

    def hung_up(self) -> None:
        """The terminal is gone. Its signal may come as well, before or after."""
        self.end_for(signal.SIGHUP)

    def use(self, settings: Settings) -> None:
        """Other settings from now on."""
        self.settings = settings
        self.put_on(settings.ui.theme)
        self.take_keys()

    def take_keys(self) -> None:
        """The keys that the settings say, and what they are called in hints."""
        self.set_keymap(keymap_of(map_keys(self.settings.keys)))

    @work
    @survives("Showing the keys")
    async def action_show_keys(self) -> None:
        """Every key of the present screen; from there, back to it."""
        if isinstance(self.screen, Sheet):
            self.screen.action_leave()
        elif not isinstance(self.screen, SystemModalScreen):
            # Only here: what shows them need not be there for the first paint.
            from carnice_tui.ui.doing.telling import show_keys

            await show_keys(self.screen, self.look)

    async def action_stop_or_quit(self) -> None:
        """Copy what is selected, else close what lies on top, else stop or leave."""
        selected = transcript_with_selection(self.screen)
        if selected is not None:
            self._copy_selected(selected)
        elif not await close_top(self):
            await self.stop_or_quit()

    async def stop_or_quit(self) -> None:
        """Leave."""
        await self.action_quit()

    @work
    @survives("Copying")
    async def _copy_selected(self, transcript: Transcript) -> None:
        # Only here: what copies need not be there for the first paint.
        from carnice_tui.ui.doing.copying import copy_selected

        await copy_selected(transcript)

    def put_on(self, theme: str) -> None:
        """Change to a theme by its name, if there is one."""
        if theme in self.themes:
            self._missed = ""
            self.theme = theme  # nothing happens where it is the same

    def on_app_focus(self) -> None:
        """Somebody looks."""
        self._focused = True

    def on_app_blur(self) -> None:
        """Nobody looks."""
        self._focused = False

    def attend(self, figures: Figures) -> None:
        """A turn is finished: say so where nobody looked for long."""
        if figures.stats.total_time >= LONG_TURN:
            self._call("the answer is there")

    def ask_back(self) -> None:
        """A turn waits for a yes or no: say so where nobody looks, however short it was."""
        self._call("it waits for your yes or no")

    def _call(self, what: str) -> None:
        wish = self.settings.ui.notifications
        if wish == "never" or (wish == "unfocused" and self._focused):
            return
        self.write_to_terminal(call(f"carnice-chat: {what}", os.environ))

    def entitle(self, title: str) -> None:
        """Put the conversation's title on the terminal's window."""
        self._entitled = title
        shown = sanitize_line(title)[:80]
        if shown and not os.environ.get("CARNICE_NO_TITLE"):
            self.write_to_terminal(f"\x1b]2;{shown} · carnice-chat\x1b\\")

    def write_to_terminal(self, sequence: str) -> None:
        """A sequence of ours, past the screen: a title, a call, the clipboard."""
        if self.terminal is not None:
            self.terminal.write(sequence)
            self.terminal.flush()

    def _load_themes(self) -> None:
        self._theme_problems += self._wardrobe.look(self.theme)
        for theme in self.themes.values():
            self.register_theme(textual_theme(theme))

    def _reload_themes(self) -> None:
        if not self._wardrobe.is_stale():
            return
        worn = self.themes.get(self.theme)
        self._load_themes()
        self._tell_theme_problems()
        if self._missed in self.themes:
            self.put_on(self._missed)
        elif self.themes.get(self.theme) != worn:
            self.refresh_css(animate=False)
            self.restyle()

    def _tell_theme_problems(self) -> None:
        for problem in self._theme_problems:
            self.notify(problem, severity="warning")
        self._theme_problems.clear()

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,  # noqa: ARG002 - Textual's form
    ) -> None:
        """Show a toast. Its words are text and never markup, also where Textual would have it."""
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=False)

    def endure(self, error: Exception) -> None:
        """Something of ours broke: say so and go on."""
        if self._told.is_new(error):
            self.show_trouble(told("Something in the app", error))

    def show_trouble(self, text: str) -> None:
        """Say what broke, where it is seen."""
        self.notify(text, severity="error", timeout=SHOWN_FOR)

    def _on_loop_failed(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """A callback of the event loop's broke."""
        error = context.get("exception")
        if isinstance(error, Exception) and "handle" in context:
            self.endure(error)
        else:
            loop.default_exception_handler(context)

    def _handle_exception(self, error: Exception) -> None:
        if is_from_callback(error):
            self.endure(error)
        else:
            super()._handle_exception(error)

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
        variables={
            "text-muted": colours.muted,
            "border": colours.panel,
            "block-cursor-background": colours.primary,
            "block-cursor-foreground": colours.background,
            # A list beside the field one types in. Textual's own ground for its highlighted
            # line, 30 % primary, is too near to muted words.
            "block-cursor-blurred-background": colours.background,
            "block-cursor-blurred-text-style": "bold",
        },
    )


def run_until_left(app: ThemedApp) -> int:
    """Run `app` until it is left; gives the exit status, as a shell tells that of a signal.

    Raises:
        Exception: what crashed it, once the terminal is as it was before.
    """
    app.run(mouse=app.settings.ui.mouse)
    if app.crash is not None:
        raise app.crash
    return 128 + app.ended_by if app.ended_by else 0
