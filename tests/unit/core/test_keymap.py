"""Keys in the settings: which there are, which action has which, and what cannot be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnice_tui.core.actions import ACTIONS, BY_ID
from carnice_tui.core.key_names import NoSuchKey, heard, label, written
from carnice_tui.core.keymap import checked, clash, effective


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("f5", "f5"),
        ("F5", "f5"),
        ("Ctrl+E", "ctrl+e"),
        ("Alt+A", "alt+a"),
        ("shift+ctrl+up", "ctrl+shift+up"),
        ("Ctrl+_", "ctrl+underscore"),
        ("Ctrl++", "ctrl+plus"),
        ("+", "plus"),
        (".", "full_stop"),
        ("E", "E"),
        ("esc", "escape"),
        ("PgUp", "pageup"),
        ("Del", "delete"),
        (" ctrl + e ".replace(" + ", "+"), "ctrl+e"),
    ],
)
def test_a_key_is_understood_as_people_write_it(said: str, key: str) -> None:
    assert heard(said) == key


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("ctrl+m", "is Enter to a terminal"),
        ("Ctrl+I", "is Tab to a terminal"),
        ("ctrl+[", "is Esc to a terminal"),
        ("ctrl+h", "is Backspace to a terminal"),
        ("shift+a", "another character"),
        ("fn+a", 'no key "fn" to hold'),
        ("f99", 'no key "f99"'),
        ("ctrl+", "no key"),
        ("", "no key"),
        ("enterr", 'no key "enterr"'),
    ],
)
def test_what_no_terminal_sends_is_refused_with_the_reason(said: str, why: str) -> None:
    with pytest.raises(NoSuchKey, match=why):
        heard(said)


@given(st.text(max_size=12))
def test_any_text_is_a_key_or_refused(said: str) -> None:
    try:
        key = heard(said)
    except NoSuchKey:
        return
    assert heard(key) == key
    assert label(key)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_the_keys_that_an_action_has_may_be_given_to_it(action) -> None:
    for shown in (action.keys, written(action.keys), label(action.keys)):
        assert checked(action, shown) == action.keys


def test_no_two_actions_have_one_key_where_both_count() -> None:
    assert clash({action.id: action.keys for action in ACTIONS}) == ""


@pytest.mark.parametrize(
    ("action", "keys"),
    [
        ("help", "h"),
        ("help", "f1,space"),
        ("help", "enter"),
        ("sessions", "up"),
        ("app.palette", "x"),
        ("lists.down", "j"),
        ("session-list.pin", "backspace"),
        ("composer.send", "s"),
    ],
)
def test_a_key_for_writing_is_refused_where_one_writes(action: str, keys: str) -> None:
    with pytest.raises(NoSuchKey, match=r"for (writing|the message) there"):
        checked(BY_ID[action], keys)


def test_letters_are_keys_where_nobody_writes() -> None:
    assert checked(BY_ID["transcript.edit"], "w, E, ]") == "w,E,right_square_bracket"


@pytest.mark.parametrize(
    "keys",
    [
        {"help": "f5", "theme": "F5"},
        {"help": "f5", "player": {"pause": "f5"}},
        {"sessions": "ctrl+x", "composer": {"newline": "ctrl+x"}},
        {"transcript": {"edit": "w", "copy": "y,w"}},
        {"lists": {"down": "f3"}, "session-list": {"pin": "f3"}},
    ],
)
def test_one_key_for_two_actions_where_both_count_is_told(keys) -> None:
    assert "which can do only one of them" in clash(keys)


@pytest.mark.parametrize(
    "keys",
    [
        {"transcript": {"edit": "w"}, "player": {"pause": "w"}},
        {"bugs": "f3", "session-list": {"rename": "f3"}},
        {"help": "f2", "bugs": "f1"},
        {"help": "", "theme": ""},
    ],
)
def test_one_key_may_do_two_things_in_two_places(keys) -> None:
    assert clash(keys) == ""


def test_a_key_that_is_given_away_is_taken_from_what_had_it() -> None:
    now = effective({"bugs": "f1", "transcript": {"edit": "k"}, "composer": {"newline": "ctrl+o"}})

    assert now["bugs"] == "f1"
    assert now["help"] == ""
    assert now["transcript.edit"] == "k"
    assert now["transcript.before"] == "up"
    assert now["sessions"] == ""
    assert now["composer.newline"] == "ctrl+o"


def test_two_actions_may_change_places() -> None:
    now = effective({"help": "f2", "bugs": "f1"})
    assert (now["help"], now["bugs"]) == ("f2", "f1")


def test_an_action_may_have_no_key() -> None:
    assert effective({"suspend": ""})["suspend"] == ""
