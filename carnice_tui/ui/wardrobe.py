"""The themes there are while the app runs: the user's own are followed as they are written."""

from pathlib import Path

from carnice_tui.core import paths
from carnice_tui.ui.themes import ThemeError, ThemeFile, read_theme, theme_files


class Wardrobe:
    """Themes by name; the user's win. A file that breaks leaves what it held before it did."""

    def __init__(self) -> None:
        self.themes: dict[str, ThemeFile] = {}
        self._good: dict[Path, ThemeFile] = {}
        self._broken: dict[Path, str] = {}
        self._seen: dict[Path, tuple[int, int]] = {}

    def look(self, worn: str = "") -> list[str]:
        """Read every theme file; gives what is wrong with those, as far as that is news.

        The theme that is `worn` stays, also where its file is gone.
        """
        self._seen = _times()
        read: dict[str, ThemeFile] = {}
        broken: dict[Path, str] = {}
        for file in theme_files():
            try:
                self._good[file] = read_theme(file)
            except ThemeError as error:
                broken[file] = str(error)
            if file in self._good:
                read[self._good[file].name] = self._good[file]
        if worn in self.themes:
            read.setdefault(worn, self.themes[worn])
        news = [told for file, told in broken.items() if self._broken.get(file) != told]
        self.themes, self._broken = read, broken
        return news

    def is_stale(self) -> bool:
        """Whether a file of the user's came, went or was written since the last look."""
        return _times() != self._seen


def _times() -> dict[Path, tuple[int, int]]:
    """When each of the user's own files was written (in nanoseconds), and its size in bytes.

    One that is emptied and written again within a tick of the clock has the same time at both.
    """
    try:
        found = {file: file.stat() for file in paths.user_themes().glob("*.toml")}
    except OSError:
        return {}
    return {file: (its.st_mtime_ns, its.st_size) for file, its in found.items()}
