"""Settings: four layers, one line of error, and a file that is never spoiled."""

from pathlib import Path

import pytest

from carnice_tui.core.settings import Settings, Thinking
from carnice_tui.core.settings_file import SettingsError, load_settings, save_settings
from carnice_tui.core.settings_schema import fields, fields_by_name


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config" / "settings.toml"


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def load(file: Path, flags: dict[str, object] | None = None, **environ: str) -> Settings:
    return load_settings(flags, environ=environ, file=file).settings


def test_without_a_file_everything_is_the_default(file: Path):
    assert load(file) == Settings()


def test_flags_beat_the_environment_beats_the_file_beats_the_default(file: Path):
    write(file, "[generation]\ntemperature = 0.1\ntop_p = 0.5\ntop_k = 7\n")
    environ = {"CARNICE_GENERATION_TEMPERATURE": "0.2", "CARNICE_GENERATION_TOP_P": "0.25"}

    generation = load(file, {"generation.temperature": 0.3}, **environ).generation

    assert (generation.temperature, generation.top_p, generation.top_k) == (0.3, 0.25, 7)
    assert generation.seed is None


def test_a_flag_that_was_not_given_hides_nothing(file: Path):
    write(file, 'model = "from-the-file"\n')
    assert load(file, {"model": None}).model == "from-the-file"


def test_each_value_knows_where_it_came_from(file: Path):
    write(file, "[generation]\ntop_k = 7\n")
    loaded = load_settings({"model": "m"}, environ={"CARNICE_UI_MOUSE": "false"}, file=file)
    assert loaded.origins == {
        "generation.top_k": str(file),
        "ui.mouse": "CARNICE_UI_MOUSE",
        "model": "the command line",
    }


@pytest.mark.parametrize(
    ("text", "key", "value", "allowed"),
    [
        ("[generation]\ntemperature = 9.5", "generation.temperature", "9.5", "from 0 to 2"),
        ("[generation]\ntemperature = nan", "generation.temperature", "nan", "from 0 to 2"),
        ('[generation]\ntemperature = "hot"', "generation.temperature", '"hot"', "a number"),
        ("[generation]\ntop_p = 0.0", "generation.top_p", "0.0", "over 0 and up to 1"),
        ("[generation]\ntop_k = 1.5", "generation.top_k", "1.5", "a whole number"),
        ("[generation]\nseed = -1", "generation.seed", "-1", "from 0"),
        ("[generation]\nstop = 'x'", "generation.stop", '"x"', "a list of texts"),
        ("[ui]\nmouse = 1", "ui.mouse", "1", "true or false"),
        ('[thinking]\nmode = "max"', "thinking.mode", '"max"', "off, on, low, medium, high"),
        ('model = ""', "model", '""', "not empty"),
        ("[keys]\nhelp = 3", "keys.help", "3", "keys such as"),
        ('ui = "dark"', "ui", '"dark"', "a section, [ui]"),
    ],
)
def test_a_wrong_value_is_one_line_with_file_key_value_and_what_is_allowed(
    file: Path, text: str, key: str, value: str, allowed: str
):
    write(file, text)
    with pytest.raises(SettingsError) as caught:
        load(file)
    message = str(caught.value)
    assert message.startswith(f"{file}: {key} = ")
    assert value in message
    assert allowed in message
    assert "\n" not in message
    assert caught.value.exit_code == 2


def test_an_unknown_key_names_the_one_that_was_meant(file: Path):
    write(file, "[generation]\ntemprature = 1\n")
    with pytest.raises(SettingsError, match=r"did you mean generation\.temperature\?"):
        load(file)


def test_an_unknown_section_is_refused(file: Path):
    write(file, "[colours]\nred = 1\n")
    with pytest.raises(SettingsError, match=r"colours = .*no such setting"):
        load(file)


@pytest.mark.parametrize(
    ("variable", "text", "said"),
    [
        ("CARNICE_GENERATION_TEMPERATURE", "hot", "must be a number from 0 to 2"),
        ("CARNICE_UI_MOUSE", "perhaps", "must be true or false"),
        ("CARNICE_GENERATION_TEMP", "1", "no such setting"),
        ("CARNICE_MODEL_", "demo", "did you mean CARNICE_MODEL?"),
    ],
)
def test_a_wrong_variable_is_named(file: Path, variable: str, text: str, said: str):
    with pytest.raises(SettingsError) as caught:
        load(file, **{variable: text})
    assert str(caught.value).startswith(f"{variable}=")
    assert said in str(caught.value)


def test_variables_of_other_things_are_left_alone(file: Path):
    assert load(file, CARNICE_DATA_DIR="/x", CARNICE_API_TOKEN="y") == Settings()


def test_variables_hold_every_kind(file: Path):
    settings = load(
        file,
        CARNICE_MODEL="m",
        CARNICE_GENERATION_SEED="7",
        CARNICE_GENERATION_STOP="END",
        CARNICE_UI_MOUSE="0",
        CARNICE_THINKING_MODE="low",
    )
    assert settings.model == "m"
    assert settings.generation.seed == 7
    assert settings.generation.stop == ("END",)
    assert settings.ui.mouse is False
    assert settings.thinking.mode == "low"


def test_no_two_settings_share_a_variable():
    assert len({field.variable for field in fields()}) == len(fields())


@pytest.mark.parametrize("field", fields(), ids=lambda field: field.name)
def test_every_field_has_a_doc_line_and_allows_its_default(field):
    assert field.doc.endswith(".")
    assert len(field.doc) <= 110
    assert field.check(field.default) == field.default


def test_choices_are_offered_in_the_order_they_make_sense():
    assert fields_by_name()["thinking.mode"].choices == ("off", "on", "low", "medium", "high")


def test_what_is_no_toml_names_the_place(file: Path):
    write(file, "model = \n")
    with pytest.raises(SettingsError, match=r"settings\.toml: this is not TOML: .*line 1"):
        load(file)


def test_what_is_no_text_says_so(file: Path):
    file.parent.mkdir()
    file.write_bytes(b"model = '\xff'")
    with pytest.raises(SettingsError, match="byte 9 is not UTF-8"):
        load(file)


def test_escape_sequences_in_a_wrong_value_do_not_reach_the_terminal(file: Path):
    write(file, r"[thinking]" "\n" r'mode = "\u001b]0;owned\u0007"')
    with pytest.raises(SettingsError) as caught:
        load(file)
    assert "\x1b" not in str(caught.value)
    assert "\x07" not in str(caught.value)


def test_saving_keeps_comments_order_and_unknown_keys(file: Path):
    write(file, '# mine\nfuture = 1\n\n[ui] # looks\ntheme = "a"\nnew = [1]\n')
    save_settings({"ui.theme": "b", "generation.temperature": 0.0}, file=file)
    assert file.read_text() == (
        '# mine\nfuture = 1\n\n[ui] # looks\ntheme = "b"\nnew = [1]\n'
        "\n[generation]\ntemperature = 0.0\n"
    )


def test_what_was_saved_is_what_is_loaded(file: Path):
    save_settings(
        {
            "model": "m",
            "system": 'two\nlines "quoted"',
            "generation.stop": ("a", "b"),
            "keys.lists.down": "ctrl+n",
        },
        file=file,
    )
    settings = load(file)
    assert settings.model == "m"
    assert settings.system == 'two\nlines "quoted"'
    assert settings.generation.stop == ("a", "b")
    assert settings.keys == {"lists": {"down": "ctrl+n"}}


def test_saving_none_goes_back_to_the_default(file: Path):
    save_settings({"generation.seed": 3, "model": "m"}, file=file)
    save_settings({"generation.seed": None}, file=file)
    assert load(file) == load(write(file, 'model = "m"'))


def test_a_wrong_value_is_not_saved(file: Path):
    save_settings({"model": "m"}, file=file)
    with pytest.raises(SettingsError):
        save_settings({"generation.top_k": -1}, file=file)
    assert load(file).model == "m"


def test_a_link_to_the_settings_stays_a_link(file: Path, tmp_path: Path):
    real = tmp_path / "dotfiles.toml"
    real.write_text("")
    file.parent.mkdir()
    file.symlink_to(real)
    save_settings({"model": "m"}, file=file)
    assert file.is_symlink()
    assert 'model = "m"' in real.read_text()


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(SettingsError, match=r"settings failed: .*settings.toml: Not a directory"):
        save_settings({"model": "m"}, file=blocked / "settings.toml")
    assert blocked.read_text() == ""


def test_budgets_are_those_of_the_mode():
    thinking = Thinking(low=1, medium=2, high=3)
    assert [thinking.budget(mode) for mode in ("low", "medium", "high")] == [1, 2, 3]
    assert thinking.budget("on") is None


@pytest.mark.parametrize("text", ["ui = 5\n", "model = \n"])
def test_a_file_that_cannot_be_understood_is_never_written_over(file: Path, text: str):
    write(file, text)
    with pytest.raises(SettingsError, match="Nothing was written"):
        save_settings({"ui.mouse": False}, file=file)
    assert file.read_text() == text


def test_saving_into_a_section_written_on_one_line_keeps_what_is_in_it(file: Path):
    write(file, 'ui = {theme = "paper"}\n')
    save_settings({"ui.mouse": False}, file=file)
    assert 'theme = "paper"' in file.read_text()
    assert load(file).ui.mouse is False


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[keys]\nhelpp = "f5"',
            'keys.helpp = "f5": there is no such setting; did you mean keys.help',
        ),
        ('[keys.transcript]\nedti = "w"', "did you mean keys.transcript.edit?"),
        ('[keys.sessions]\nrename = "f2"', "did you mean keys.session-list.rename?"),
        ('[keys]\nqwx = "f2"', "carnice-chat settings keys lists them"),
        ('[keys]\nhelp = "ctrl+m"', "(ctrl+m is Enter to a terminal)"),
        ('[keys]\nhelp = "h"', "(h is for writing there)"),
        ('[keys]\nhelp = "f5"\ntheme = "f5"', "keys.help and keys.theme are both F5"),
        ("keys = 3", "must be a section, [keys]"),
    ],
)
def test_keys_that_cannot_be_are_one_line(file: Path, text: str, said: str):
    write(file, text)
    with pytest.raises(SettingsError) as caught:
        load(file)
    message = str(caught.value)
    assert message.startswith(f"{file}: ")
    assert said in message
    assert "\n" not in message
    assert caught.value.exit_code == 2


def test_keys_are_read_place_by_place(file: Path):
    write(file, '[keys]\nhelp = "f12"\n[keys.transcript]\nedit = "w"\n"copy" = ""\n')
    assert load(file).keys == {"help": "f12", "transcript": {"edit": "w", "copy": ""}}


def test_a_key_is_saved_in_its_place_and_taken_out_again(file: Path):
    write(file, "# mine\n[keys]\nhelp = 'f12'\n")
    save_settings({"keys.transcript.edit": "w", "keys.bugs": "f3"}, file=file)
    assert load(file).keys == {"help": "f12", "bugs": "f3", "transcript": {"edit": "w"}}
    save_settings({"keys.transcript.edit": None}, file=file)
    assert load(file).keys == {"help": "f12", "bugs": "f3"}
    assert file.read_text().startswith("# mine\n")


def test_what_would_give_one_key_to_two_is_not_saved(file: Path):
    write(file, '[keys]\nhelp = "f12"\n')
    with pytest.raises(SettingsError, match=r"Saving .* keys\.help and keys\.bugs are both F12"):
        save_settings({"keys.bugs": "f12"}, file=file)
    assert load(file).keys == {"help": "f12"}
