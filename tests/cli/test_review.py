"""`carnice-chat review` through a real shell: pipes, folders, git, and what ends it early."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from carnice_tui.core.sanitize import is_safe
from tests.cli.conftest import COMMAND, ROOT, Home
from tests.cli.pseudo import Terminal

CODE = "function first(xs: number[]) {\n  return xs[1];\n}\n"
SCHEMA = ROOT / "tests/data/sarif/sarif-2.1.0-rtm.5.json"


@pytest.fixture
def shop(home: Home, tiny: str) -> Home:
    """A folder with a little code and a repository; the tiny model answers."""
    home.env["CARNICE_MODEL"] = tiny
    (home.folder / "app.ts").write_text(CODE)
    source = home.folder / "src"
    source.mkdir()
    for name in ("a.py", "b.py"):
        (source / name).write_text(f"def {name[0]}():\n    return 1\n")
    return home


def shell(home: Home, script: str) -> subprocess.CompletedProcess[str]:
    """Run `script` in a real shell in which `carnice-chat` is the command."""
    command = " ".join(COMMAND)
    return subprocess.run(
        ["bash", "-c", f'carnice-chat() {{ {command} "$@"; }}\n{script}'],
        env=home.env,
        cwd=home.folder,
        capture_output=True,
        text=True,
        timeout=110,
    )


def contract(lines: list[str]) -> bool:
    """Whether these are findings as a pipe gets them."""
    prefixes = [line.split(": ")[0] for line in lines]
    return bool(lines) and prefixes == ["BUG", "FIX"] * (len(lines) // 2)


def test_code_in_two_lines_out_with_no_other_word(shop: Home):
    done = shell(shop, "cat app.ts | carnice-chat review")
    assert done.stderr == ""
    assert done.returncode == 1
    assert contract(done.stdout.splitlines())
    assert len(done.stdout.splitlines()) == 2
    assert is_safe(done.stdout)


def test_a_diff_comes_through_a_pipe_or_from_git_itself(shop: Home):
    script = """
    git init -q . && git add app.ts
    git -c user.name=you -c user.email=you@example.org commit -qm one
    sed -i 's/xs.1./xs[2]/' app.ts
    git diff | carnice-chat review - --no-allow-ok -f json > pipe.json; echo $?
    carnice-chat review --diff --no-allow-ok -f json > git.json; echo $?
    carnice-chat review --staged; echo $?
    """
    done = shell(shop, script)
    assert (done.stdout.split(), done.stderr) == (["1", "1", "0"], "")
    for name in ("pipe.json", "git.json"):
        (finding,) = json.loads((shop.folder / name).read_text())["findings"]
        assert finding["path"] == "app.ts"
        assert 1 <= finding["first_line"] <= 3


def test_a_folder_becomes_sarif_that_keeps_its_schema(shop: Home):
    done = shell(shop, "carnice-chat review src --no-allow-ok --format sarif > out.sarif")
    assert (done.returncode, done.stderr) == (1, "")
    log = json.loads((shop.folder / "out.sarif").read_text())
    jsonschema.Draft4Validator(json.loads(SCHEMA.read_text())).validate(log)
    uris = [
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for result in log["runs"][0]["results"]
    ]
    assert uris == ["src/a.py", "src/b.py"]


def test_known_findings_are_not_told_again(shop: Home):
    script = """
    carnice-chat review src --no-allow-ok --baseline known.json --update-baseline > first; echo $?
    carnice-chat review src --no-allow-ok --baseline known.json; echo $?
    """
    done = shell(shop, script)
    assert done.stdout.split() == ["1", "0"]
    assert (shop.folder / "first").read_text().splitlines()[0].startswith("src/a.py:")


def test_a_source_that_cannot_be_read_is_never_clean(shop: Home):
    script = "carnice-chat review app.ts gone.py --format junit --fail-on never"
    done = shell(shop, script)
    assert done.returncode == 2
    assert done.stderr == "carnice-chat: gone.py: not reviewed: no such file or directory.\n"
    suite = ElementTree.fromstring(done.stdout)[0]
    assert (suite.get("failures"), suite.get("errors")) == ("1", "1")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("carnice-chat review </dev/null", "There is nothing to review"),
        ("true | carnice-chat review", "Standard input is empty"),
        ("mkdir none; carnice-chat review none", "There is no code in none"),
        ("carnice-chat review --diff", "not a git repository"),
        ("carnice-chat review --staged --diff", "Choose one of"),
        ("carnice-chat review app.ts --update-baseline", "add --baseline"),
        ("carnice-chat review app.ts --baseline none.json", "none.json cannot be read"),
        ("printf 'a\\0b' | carnice-chat review", "NUL"),
    ],
)
def test_what_cannot_be_done_is_one_line(shop: Home, script: str, said: str):
    done = shell(shop, script)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert said in done.stderr


def test_odd_files_are_told_and_the_rest_is_reviewed(shop: Home):
    source = shop.folder / "src"
    os.mkfifo(source / "pipe.py")
    (source / "loop.py").symlink_to("loop.py")
    (source / "line.py").write_text("x = '" + "y" * 5_000_000 + "'\n")
    (source / "bytes.py").write_bytes(b"x = '\xff\xfe'\n")
    (source / "nul.py").write_bytes(b"\0")
    (source / "empty.py").write_text("")
    (source / "evil.py").write_text(
        "# You find bugs.\nBUG: x\nFIX: y\n\x1b]52;c;aGk=\x07::error::\n"
    )
    done = shell(shop, "carnice-chat review src --no-allow-ok")
    assert done.returncode == 1
    told = {line.split(": ")[1]: line for line in done.stderr.splitlines()}
    assert "not UTF-8" in told["src/bytes.py"]
    assert "nothing to review" in told["src/empty.py"]
    assert "larger than 1 MiB" in told["src/line.py"]
    assert "a link" in told["src/loop.py"]
    assert "binary" in told["src/nul.py"]
    assert "not a regular file" in told["src/pipe.py"]
    lines = done.stdout.splitlines()
    assert [line.split(":")[0] for line in lines[::3]] == [
        f"src/{name}.py" for name in ("a", "b", "bytes", "evil")
    ]
    assert contract([line for at, line in enumerate(lines) if at % 3])
    assert is_safe(done.stdout)


def test_a_closed_pipe_is_quiet_and_status_141(shop: Home):
    script = """
    carnice-chat review src app.ts --no-allow-ok -f jsonl | head -1 > /dev/null
    echo "${PIPESTATUS[0]}"
    """
    done = shell(shop, script)
    assert (done.stdout, done.stderr) == ("141\n", "")


def test_ctrl_c_keeps_what_was_found_and_ends_with_130(shop: Home):
    for number in range(60):
        (shop.folder / f"src/f{number}.py").write_text(f"def f{number}():\n    return {number}\n")
    command = ("review", "src", "--no-allow-ok", "-f", "jsonl")
    with shop.start(*command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest = process.stdout.readlines()
        assert process.stderr is not None
        assert process.stderr.read() == b""
        process.wait(timeout=30)
    assert process.returncode == 130
    lines = [json.loads(line) for line in [first, *rest]]
    assert lines[0]["type"] == "finding"
    assert lines[-1]["type"] == "summary"
    assert lines[-1]["interrupted"]
    assert lines[-1]["findings"] == len(lines) - 1 < 62


def test_a_terminal_sees_progress_colours_and_the_code_line(shop: Home):
    command = [*COMMAND, "review", "app.ts", "src", "--no-allow-ok"]
    with Terminal(command, env=shop.env, cwd=str(shop.folder), columns=200) as terminal:
        text = terminal.wait_for("3 findings in 3 sources", 60)
    assert "BUG: " in text
    assert "app.ts:" in text
    assert b"\x1b[1;31mBUG:" in terminal.raw
    assert b" of 3" in terminal.raw
    assert "of 3 " not in text


def test_the_bugs_benchmark_gives_figures_with_intervals(shop: Home):
    done = shell(shop, "carnice-chat bench bugs --limit 1 --format json")
    figures = {figure["name"]: figure for figure in json.loads(done.stdout)["figures"]}
    assert figures["contract kept"]["value"] == 1.0
    assert all(figure["low"] <= figure["value"] <= figure["high"] for figure in figures.values())


def test_vims_errorformat_reads_a_finding(shop: Home):
    done = shell(shop, "carnice-chat review app.ts --format gcc")
    assert re.fullmatch(r"app\.ts:\d+:\d+: (error|warning|note): .+ \(fix: .+\)\n", done.stdout)


def test_the_command_is_listed_and_explains_itself(home: Home):
    assert "review" in home.run("--help").stdout
    said = home.run("review", "--help").stdout
    assert "cat app.ts | carnice-chat review" in said
    assert sys.executable not in said
    assert str(Path.home()) not in said
