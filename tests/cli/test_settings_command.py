"""`carnice-chat settings`: the same checks as everywhere, from the shell."""

import tomllib

import pytest

from carnice_tui.core.actions import ACTIONS
from carnice_tui.core.settings_schema import fields
from tests.cli.conftest import Home


def test_every_setting_is_listed_with_its_origin(home: Home):
    home.run("settings", "set", "generation.top_k", "7")
    out = home.run("settings", env={"CARNICE_UI_MOUSE": "false"}).stdout
    for field in fields():
        assert f"{field.name} = " in out
        assert field.doc in out
    assert f"generation.top_k = 7  ({home.settings})" in out
    assert "ui.mouse = false  (CARNICE_UI_MOUSE)" in out
    assert "generation.seed = unset  (default)" in out


def test_what_is_set_is_written_and_what_is_unset_is_gone(home: Home):
    assert home.run("settings", "path").stdout.strip() == str(home.settings)
    assert home.run("settings", "set", "ui.theme", "paper").returncode == 0
    assert 'theme = "paper"' in home.settings.read_text()
    assert home.run("settings", "unset", "ui.theme").returncode == 0
    assert "theme" not in home.settings.read_text()


def test_a_wrong_value_is_one_line_and_nothing_is_written(home: Home):
    done = home.run("settings", "set", "generation.temperature", "hot")
    assert done.returncode == 2
    assert done.stderr == (
        "carnice-chat: generation.temperature = 'hot': must be a number from 0 to 2.\n"
    )
    assert not home.settings.exists()


def test_a_setting_that_does_not_exist_is_one_line(home: Home):
    done = home.run("settings", "set", "colour", "red")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_every_action_is_listed_with_its_keys_as_the_file_takes_them(home: Home):
    assert home.run("settings", "set", "keys.transcript.edit", "w").returncode == 0
    assert home.run("settings", "set", "keys.bugs", "F1, Ctrl+F").returncode == 0
    out = home.run("settings", "keys").stdout
    listed = tomllib.loads(out)["keys"]
    for action in ACTIONS:
        assert action.name in (listed[action.place] if action.place else listed)
        assert f"# {action.title}" in out
    assert listed["bugs"] == "f1,ctrl+f"
    assert listed["help"] == ""
    assert listed["transcript"]["edit"] == "w"
    assert listed["transcript"]["branch"] == "],n"
    home.settings.write_text(out)
    assert home.run("settings", "keys").stdout == out
    assert f"({home.settings})" in home.run("settings").stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('help = "f5"\ntheme = "f5"', "keys.help and keys.theme are both F5"),
        ('halp = "f5"', "did you mean keys.help?"),
        ('help = "ctrl+m"', "ctrl+m is Enter to a terminal"),
    ],
)
def test_keys_that_cannot_be_end_the_start_with_one_line(home: Home, text: str, said: str):
    home.settings.parent.mkdir()
    home.settings.write_text(f"[keys]\n{text}\n")
    done = home.run("-p", "hi")
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
