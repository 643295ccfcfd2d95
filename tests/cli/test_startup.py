"""`--help` and `--version` are instant because they load next to nothing."""

import subprocess
import sys

import pytest

from carnice_tui import __version__
from carnice_tui.cli.main import COMMANDS
from tests.cli.conftest import Home

HEAVY = {
    "asyncio",
    "mlx",
    "mlx_lm",
    "transformers",
    "tokenizers",
    "numpy",
    "huggingface_hub",
    "textual",
    "rich",
    "prompt_toolkit",
    "markdown_it",
    "pygments",
    "httpx",
    "starlette",
    "uvicorn",
    "psutil",
    "tomlkit",
    "sqlite3",
    "carnice_tui.engine",
    "carnice_tui.models",
    "carnice_tui.sessions",
    "carnice_tui.review",
    "carnice_tui.ui",
    "carnice_tui.line",
}
LIST = """
import sys
from carnice_tui.cli import main
sys.argv = ["carnice-chat", *{arguments}]
try:
    main.main()
except SystemExit as exit:
    assert not exit.code, exit.code
print(*sorted(sys.modules), file=sys.stderr)
"""


def loaded(home: Home, *arguments: str) -> set[str]:
    code = LIST.format(arguments=arguments)
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], env=home.env, capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())


@pytest.mark.parametrize("flag", ["--help", "-h", "--version", "-V"])
def test_help_and_version_load_nothing_heavy(home: Home, flag: str):
    assert not loaded(home, flag) & HEAVY


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_loads_neither_a_model_library_nor_the_screen(home: Home, command: str):
    heavy = {"mlx", "mlx_lm", "transformers", "huggingface_hub", "textual", "prompt_toolkit"}
    assert not loaded(home, command, "--help") & heavy


def test_help_lists_every_command_with_its_line(home: Home):
    out = home.run("--help").stdout
    for name, command in COMMANDS.items():
        assert name in out
        assert command.summary in out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_exists(home: Home, name: str):
    done = home.run(name, "--help")
    assert done.returncode == 0
    assert f"Usage: carnice-chat {name}" in done.stdout


def test_version_is_the_version(home: Home):
    assert home.run("--version").stdout == f"carnice-chat {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--temperature", "9"], "'--temperature': 9.0 is not in the range 0<=x<=2"),
        (["--thinking", "max"], "'max' is not one of 'off', 'on', 'low', 'medium', 'high'"),
        (["--tempratur", "1"], "Did you mean '--temperature'?"),
        (["chatt"], "No such command 'chatt'"),
        (["replay", "--speed", "0", "x"], "'--speed'"),
    ],
)
def test_a_wrong_flag_is_one_line_and_status_2(home: Home, arguments: list[str], said: str):
    done = home.run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_wrong_setting_is_one_line_with_file_key_and_value(home: Home):
    home.settings.parent.mkdir()
    home.settings.write_text("[generation]\ntemperature = 9\n")
    done = home.run("-p", "hi")
    assert done.returncode == 2
    assert done.stderr == (
        f"carnice-chat: {home.settings}: generation.temperature = 9: "
        "must be a number from 0 to 2.\n"
    )


def test_a_wrong_variable_is_one_line_with_its_name(home: Home):
    done = home.run("-p", "hi", env={"CARNICE_GENERATION_TOP_K": "many"})
    assert done.returncode == 2
    assert done.stderr.startswith('carnice-chat: CARNICE_GENERATION_TOP_K="many": must be')


def test_help_works_even_with_broken_settings(home: Home):
    home.settings.parent.mkdir()
    home.settings.write_text("nonsense")
    assert home.run("--help").returncode == 0
