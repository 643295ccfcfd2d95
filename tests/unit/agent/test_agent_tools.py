"""What the tools give back: bounded, exact, and in words that a model can go on with."""

import asyncio
import os
from pathlib import Path

import pytest

from carnice_tui.agent.errors import ToolProblem
from carnice_tui.agent.limits import Limits
from carnice_tui.agent.toolbox import SCHEMAS, Toolbox
from carnice_tui.core.messages import Call
from carnice_tui.models.demo_training.tool_schemas import tool_schemas

CODE = "def total(items):\n    result = 0\n    for item in items:\n        result += item\n"
SMALL = Limits(result_bytes=200, result_lines=8, output_bytes=50_000, command_seconds=20)


@pytest.fixture
def box(tmp_path: Path) -> Toolbox:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/cart.py").write_text(CODE)
    return Toolbox(tmp_path, SMALL, {"PATH": os.environ["PATH"], "HF_TOKEN": "hf_secret"})


async def call(box: Toolbox, name: str, **arguments: object) -> str:
    return await (await box.prepare(Call("1", name, arguments))).do()


async def question(box: Toolbox, name: str, **arguments: object) -> str:
    return (await box.prepare(Call("1", name, arguments))).question


def test_the_tools_are_those_the_demo_model_was_trained_on() -> None:
    trained = [schema["function"] for schema in tool_schemas()]
    assert [tool.name for tool in SCHEMAS] == [function["name"] for function in trained]
    assert [tool.description for tool in SCHEMAS] == [f["description"] for f in trained]
    assert [tool.parameters for tool in SCHEMAS] == [f["parameters"] for f in trained]


async def test_a_file_is_read_as_it_is_and_a_part_of_it_with_numbers(box: Toolbox) -> None:
    assert await call(box, "read_file", path="src/cart.py") == CODE.removesuffix("\n")
    part = await call(box, "read_file", path="src/cart.py", start=2, end=3)
    assert part == "2:     result = 0\n3:     for item in items:"


async def test_a_long_file_is_cut_and_says_where_to_go_on(box: Toolbox) -> None:
    (box.workspace.root / "long.txt").write_text("\n".join(f"line {n}" for n in range(1, 100)))
    first = await call(box, "read_file", path="long.txt")
    assert first.endswith("… cut: 99 lines in all; go on with start=9")
    assert (await call(box, "read_file", path="long.txt", start=9)).startswith("9: line 9\n")


async def test_one_endless_line_is_cut_too(box: Toolbox) -> None:
    (box.workspace.root / "min.js").write_text("é" * 10_000)
    assert len((await call(box, "read_file", path="min.js")).encode()) < 300


async def test_lines_that_are_not_there_are_told(box: Toolbox) -> None:
    with pytest.raises(ToolProblem, match="has 4 lines"):
        await call(box, "read_file", path="src/cart.py", start=9)


async def test_a_folder_is_listed_with_its_folders_marked(box: Toolbox) -> None:
    (box.workspace.root / "a.txt").touch()
    assert await call(box, "list_files", path=".") == "a.txt\nsrc/"


@pytest.mark.parametrize("pattern", ["def total", r"def \w+\(", "total(items"])
async def test_a_text_or_an_expression_is_found_with_its_line(pattern: str, box: Toolbox) -> None:
    found = await call(box, "search", pattern=pattern)
    assert found == "src/cart.py:1: def total(items):"


async def test_a_search_passes_over_what_git_ignores_and_hidden_folders(box: Toolbox) -> None:
    root = box.workspace.root
    for path in (".cache/a.py", "out/b.py", "node_modules/c.py", "kept.py"):
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text("needle\n")
    (root / ".gitignore").write_text("out/\n")
    assert await call(box, "search", pattern="needle") == "kept.py:1: needle"


async def test_a_search_goes_on_past_an_ignore_rule_that_is_none(box: Toolbox) -> None:
    root = box.workspace.root
    (root / ".gitignore").write_text("!\n[z-a]\n*.log\n")
    for path in ("kept.py", "a.log"):
        (root / path).write_text("needle\n")
    assert await call(box, "search", pattern="needle") == "kept.py:1: needle"


async def test_an_expression_that_never_ends_is_ended(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a" * 64 + "b\n")
    with pytest.raises(ToolProblem, match="took too long"):
        await call(Toolbox(tmp_path, Limits(search_seconds=1.0)), "search", pattern="(a+)+$")


async def test_an_edit_asks_with_its_diff_and_changes_that_place_alone(box: Toolbox) -> None:
    arguments = {"path": "src/cart.py", "old": "result = 0", "new": "result = 1"}
    asked = await question(box, "edit_file", **arguments)
    assert asked.startswith("Change src/cart.py?\n\n--- a/src/cart.py\n+++ b/src/cart.py\n")
    assert "-    result = 0\n+    result = 1\n" in asked
    assert (box.workspace.root / "src/cart.py").read_text() == CODE
    assert await call(box, "edit_file", **arguments) == "edited src/cart.py"
    changed = CODE.replace("result = 0", "result = 1")
    assert (box.workspace.root / "src/cart.py").read_text() == changed


async def test_an_edit_keeps_line_ends_and_mode(box: Toolbox) -> None:
    path = box.workspace.root / "run.sh"
    path.write_bytes(b"one\r\ntwo\r\nthree")
    path.chmod(0o750)
    await call(box, "edit_file", path="run.sh", old="two", new="zwei")
    assert path.read_bytes() == b"one\r\nzwei\r\nthree"
    assert path.stat().st_mode & 0o777 == 0o750


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("result", "x", "2 times"),
        ("reslt = 0", "x", "nearest lines are:\n    result = 0"),
        ("", "x", "is empty"),
        ("total", "total", "the same"),
    ],
)
async def test_an_edit_that_is_not_exact_is_refused(
    old: str, new: str, told: str, box: Toolbox
) -> None:
    with pytest.raises(ToolProblem, match=told):
        await call(box, "edit_file", path="src/cart.py", old=old, new=new)
    assert (box.workspace.root / "src/cart.py").read_text() == CODE


async def test_a_new_file_is_written_with_its_folders(box: Toolbox) -> None:
    arguments = {"path": "docs/new/a.md", "content": "# A"}
    assert "--- /dev/null\n+++ b/docs/new/a.md\n" in await question(box, "write_file", **arguments)
    assert await call(box, "write_file", **arguments) == "wrote docs/new/a.md"
    assert (box.workspace.root / "docs/new/a.md").read_text() == "# A"


async def test_a_command_runs_in_the_folder_without_our_secrets(box: Toolbox) -> None:
    assert await question(box, "run_command", command="ls") == "Run `ls`?"
    told = await call(box, "run_command", command="ls; echo token=$HF_TOKEN; cat; exit 3")
    assert told == "src\ntoken=\n(exit status 3)"


async def test_a_flood_of_output_is_stopped_and_its_ends_are_kept(box: Toolbox) -> None:
    with pytest.raises(ToolProblem, match="over 50,000 bytes of output"):
        await call(box, "run_command", command="yes")
    told = await call(box, "run_command", command="seq 1 1000")
    assert told.startswith("1\n2\n")
    assert told.endswith("\n999\n1000")
    assert "left out" in told
    assert len(told) < 300


async def test_what_a_command_leaves_running_is_killed(box: Toolbox) -> None:
    """It forks, keeps its output open, and ignores being asked to end."""
    told = await call(box, "run_command", command="(trap '' TERM; sleep 600) & echo $!")
    await gone(int(told))


async def test_a_command_that_hangs_is_killed_whole_when_its_time_is_up(box: Toolbox) -> None:
    slow = Toolbox(box.workspace.root, Limits(command_seconds=0.5), os.environ)
    with pytest.raises(ToolProblem, match=r"killed: not done after 0.5 s") as told:
        await call(slow, "run_command", command="sleep 600 & echo $!; sleep 600")
    await gone(int(str(told.value).split("\n")[0]))


async def test_an_interrupted_command_is_dead_when_the_call_is_over(box: Toolbox) -> None:
    pid = box.workspace.root / "pid"
    os.mkfifo(pid)
    running = asyncio.ensure_future(
        call(box, "run_command", command="sh -c 'echo $$ > pid; sleep 600'")
    )
    number = int(await asyncio.to_thread(pid.read_text))
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await gone(number)


async def gone(number: int) -> None:
    """Wait until the process is no more; one that its new parent has not noticed yet is dead."""
    while True:
        try:
            os.kill(number, 0)
            state = await asyncio.to_thread(Path(f"/proc/{number}/stat").read_text)
        except (ProcessLookupError, FileNotFoundError):
            return
        if state.rpartition(")")[2].split()[0] == "Z":
            return
        await asyncio.sleep(0.01)


async def test_bytes_that_are_no_text_do_not_stop_a_result(box: Toolbox) -> None:
    told = await call(box, "run_command", command=r"printf '\033[2J\377\n'")
    assert told == "\x1b[2J\ufffd"


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("read_file", {}),
        ("read_file", {"path": 7}),
        ("read_file", {"path": "a", "start": "one"}),
        ("list_files", {"path": "src", "deep": True}),
        ("run_command", {"command": " "}),
        ("format_disk", {}),
    ],
)
async def test_a_call_that_does_not_fit_is_told(
    name: str, arguments: dict[str, object], box: Toolbox
) -> None:
    with pytest.raises(ToolProblem):
        await call(box, name, **arguments)
