"""Service files, read back as launchd and systemd read them."""

import plistlib
import shlex

from carnice_tui.serve import units


def test_the_property_list_runs_the_command_and_restarts_it_when_it_fails():
    command = ["/opt/my python", "-m", "carnice_tui", "serve", "--stop", "<&>"]
    read = plistlib.loads(units.launchd(command, {"HF_HOME": "/a b"}, "/log").encode())
    assert read["ProgramArguments"] == command
    assert read["EnvironmentVariables"] == {"HF_HOME": "/a b"}
    assert read["KeepAlive"] == {"SuccessfulExit": False}


def test_the_unit_quotes_what_systemd_would_take_apart():
    text = units.systemd(["/a b/python", "100%", "$HOME", 'q"'], {"CARNICE_X": "a b"})
    (line,) = [one for one in text.splitlines() if one.startswith("ExecStart=")]
    words = shlex.split(line.removeprefix("ExecStart="))
    assert words == ["/a b/python", "100%%", "$$HOME", 'q"']
    assert 'Environment="CARNICE_X=a b"' in text
