"""What `@` offers: the folder as it is now, without what its repository ignores."""

import asyncio
import os
from pathlib import Path

from carnice_tui.ui.files import STALE_AFTER, FileIndex


async def rebuilt(index: FileIndex) -> None:
    """Wait for the index that was begun anew."""
    assert index._building is not None
    await index._building


async def test_ignore_files_between_the_folder_and_the_top_of_its_repository_count(
    tmp_path: Path,
) -> None:
    inner = tmp_path / "repository" / "packages" / "one"
    (inner / "build").mkdir(parents=True)
    (tmp_path / ".gitignore").write_text("*.py\n")  # above the repository: not its own
    (tmp_path / "repository" / ".git").mkdir()
    (tmp_path / "repository" / ".gitignore").write_text("build/\npackages/one/local.py\n")
    (tmp_path / "repository" / "packages" / ".ignore").write_text("*.log\n")
    for name in ("kept.py", "local.py", "a.log", "build/made.py"):
        (inner / name).write_text("x")
    index = FileIndex(inner)
    await index.build()
    assert index.paths == ["kept.py"]


async def test_outside_of_a_repository_only_the_folders_own_ignore_files_count(
    tmp_path: Path,
) -> None:
    inner = tmp_path / "one"
    inner.mkdir()
    (tmp_path / ".gitignore").write_text("*.py\n")
    (inner / "kept.py").write_text("x")
    index = FileIndex(inner)
    await index.build()
    assert index.paths == ["kept.py"]


async def test_a_file_that_came_later_is_offered_after_a_while(tmp_path: Path) -> None:
    now = 0.0
    index = FileIndex(tmp_path, lambda: now)
    await index.build()
    (tmp_path / "new.py").write_text("x")
    assert await index.find("new") == []
    now += STALE_AFTER + 1
    await index.find("ne")
    await rebuilt(index)
    assert await index.find("new") == ["new.py"]


async def test_a_rule_that_is_none_and_a_pipe_for_an_ignore_file_keep_no_file_from_being_offered(
    tmp_path: Path,
) -> None:
    (tmp_path / ".gitignore").write_text("!\n[z-a]\n*.log\n")
    os.mkfifo(tmp_path / ".ignore")
    for name in ("kept.py", "a.log"):
        (tmp_path / name).write_text("x")
    index = FileIndex(tmp_path)
    await asyncio.wait_for(index.build(), 20)
    assert "kept.py" in index.paths
    assert "a.log" not in index.paths
