"""The agent's tools stay in their folder, whatever a path, a link or a file tries."""

import os
from pathlib import Path

import pytest

from carnice_tui.agent.errors import AgentError, ToolProblem
from carnice_tui.agent.limits import Limits
from carnice_tui.agent.toolbox import Toolbox
from carnice_tui.agent.workspace import Workspace
from carnice_tui.core.messages import Call

SECRET = "the key to the house"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace, and beside it a file that nobody in it may see."""
    (tmp_path / "secret.txt").write_text(SECRET)
    root = tmp_path / "work"
    (root / "src").mkdir(parents=True)
    (root / "src/cart.py").write_text("def total(items):\n    return sum(items)\n")
    return root


async def call(root: Path, name: str, limits: Limits | None = None, **arguments: object) -> str:
    action = await Toolbox(root, limits).prepare(Call("1", name, arguments))
    return await action.do()


OUTSIDE = ["../secret.txt", "src/../../secret.txt", "/etc/passwd", "link", "away/secret.txt"]


@pytest.mark.parametrize("path", OUTSIDE)
@pytest.mark.parametrize(
    ("tool", "more"),
    [
        ("read_file", {}),
        ("list_files", {}),
        ("search", {"pattern": "key"}),
        ("edit_file", {"old": "key", "new": "door"}),
        ("write_file", {"content": "gone"}),
    ],
)
async def test_no_tool_goes_out_of_the_folder(
    tool: str, more: dict[str, str], path: str, folder: Path
) -> None:
    (folder / "link").symlink_to("../secret.txt")
    (folder / "away").symlink_to("..")
    with pytest.raises(ToolProblem, match="outside the workspace"):
        await call(folder, tool, path=path, **more)
    assert (folder.parent / "secret.txt").read_text() == SECRET


async def test_a_link_to_what_lies_inside_is_followed(folder: Path) -> None:
    (folder / "short.py").symlink_to("src/cart.py")
    assert "def total" in await call(folder, "read_file", path="short.py")
    await call(folder, "edit_file", path="short.py", old="total", new="count")
    assert (folder / "short.py").is_symlink()
    assert "def count" in (folder / "src/cart.py").read_text()


async def test_an_absolute_path_inside_is_as_good_as_a_relative_one(folder: Path) -> None:
    assert "def total" in await call(folder, "read_file", path=str(folder / "src/cart.py"))


async def test_links_in_a_circle_are_refused(folder: Path) -> None:
    (folder / "a").symlink_to("b")
    (folder / "b").symlink_to("a")
    with pytest.raises(ToolProblem):
        await call(folder, "read_file", path="a")


async def test_a_folder_that_becomes_a_link_after_the_yes_is_not_followed(folder: Path) -> None:
    outside = folder.parent / "outside"
    outside.mkdir()
    box = Toolbox(folder)
    action = await box.prepare(Call("1", "write_file", {"path": "src/new.py", "content": "x"}))
    (folder / "src").rename(folder / "moved")
    (folder / "src").symlink_to(outside)
    with pytest.raises(ToolProblem):
        await action.do()
    assert list(outside.iterdir()) == []


async def test_a_file_that_changes_after_the_yes_is_not_overwritten(folder: Path) -> None:
    box = Toolbox(folder)
    arguments: dict[str, object] = {"path": "src/cart.py", "old": "total", "new": "count"}
    action = await box.prepare(Call("1", "edit_file", arguments))
    (folder / "src/cart.py").write_text("mine")
    with pytest.raises(ToolProblem, match="changed meanwhile"):
        await action.do()
    assert (folder / "src/cart.py").read_text() == "mine"
    assert [path.name for path in (folder / "src").iterdir()] == ["cart.py"]


async def test_a_named_pipe_is_refused_and_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    for tool, more in (("read_file", {}), ("edit_file", {"old": "a", "new": "b"})):
        with pytest.raises(ToolProblem, match="no regular file"):
            await call(folder, tool, path="pipe", **more)
    assert "Nothing matches" in await call(folder, "search", pattern="key", path="pipe")


async def test_a_huge_file_is_refused_before_it_is_read(folder: Path) -> None:
    with (folder / "huge").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(ToolProblem, match="too large"):
        await call(folder, "read_file", path="huge")
    assert "src/cart.py:1: def total" in await call(folder, "search", pattern="def total")


async def test_a_binary_file_is_refused(folder: Path) -> None:
    (folder / "a.bin").write_bytes(b"\x7fELF\0")
    (folder / "b.txt").write_bytes(b"caf\xe9")
    for name in ("a.bin", "b.txt"):
        with pytest.raises(ToolProblem, match=r"binary|UTF-8"):
            await call(folder, "read_file", path=name)


@pytest.mark.parametrize("path", [".git/hooks/pre-commit", ".GIT/config", "."])
async def test_what_git_would_run_is_not_written(path: str, folder: Path) -> None:
    (folder / ".git/hooks").mkdir(parents=True)
    with pytest.raises(ToolProblem):
        await call(folder, "write_file", path=path, content="#!/bin/sh\n")


@pytest.mark.parametrize("path", ["a\0b", "n" * 300, "/".join(["d"] * 3000)])
async def test_a_path_that_is_none_is_refused(path: str, folder: Path) -> None:
    with pytest.raises(ToolProblem):
        await call(folder, "read_file", path=path)


@pytest.mark.parametrize("name", ["missing", "secret.txt"])
def test_a_workspace_must_be_a_folder(name: str, folder: Path) -> None:
    with pytest.raises(AgentError):
        Workspace(folder.parent / name)
