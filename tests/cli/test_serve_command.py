"""`carnice-chat serve`, `proxy` and `hermes`, as a user starts them."""

import plistlib
import re
import signal
import stat
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import Home


def started(home: Home, *args: str) -> tuple[subprocess.Popen[bytes], str, list[str]]:
    """The process, its address, and what it said on the way."""
    process = home.start(*args, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said: list[str] = []
    while not (said and ("key" in said[-1])):
        line = process.stderr.readline().decode()
        assert line, said
        said.append(line)
    address = re.search(r"http://127\.0\.0\.1:\d+(?=/v1)", "".join(said))
    assert address, said
    return process, address[0], said


def test_a_random_key_is_made_once_kept_private_and_asked_for(home: Home, tiny: str):
    process, address, said = started(home, "serve", "--port", "0", "--model", tiny)
    try:
        path = Path(home.env["CARNICE_CONFIG_DIR"]) / "serve.key"
        key = path.read_text().strip()
        assert len(key) >= 43
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert key not in "".join(said)
        assert httpx.get(f"{address}/v1/models").status_code == 401
        headers = {"Authorization": f"Bearer {key}"}
        body = {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 2}
        answer = httpx.post(
            f"{address}/v1/chat/completions", json=body, headers=headers, timeout=60
        )
        assert answer.json()["usage"]["completion_tokens"] == 2
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        process.communicate()


def test_it_is_not_opened_to_others_without_a_key(home: Home):
    done = home.run("serve", "--host", "0.0.0.0", "--no-key")
    assert done.returncode == 2
    assert "needs a key" in done.stderr


def test_a_port_that_is_taken_is_told_before_the_model_is_loaded(home: Home):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = home.run("serve", "--no-key", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert "Listening on 127.0.0.1" in done.stderr


@pytest.mark.parametrize("kind", ["launchd", "systemd"])
def test_a_service_file_runs_the_same_command_and_holds_no_key(home: Home, kind: str):
    env = {"CARNICE_API_KEY": "a-secret-of-yours"}
    done = home.run("serve", "--port", "9000", "--print-unit", kind, "--model", "demo", env=env)
    assert done.returncode == 0
    assert "a-secret-of-yours" not in done.stdout
    if kind == "launchd":
        arguments = plistlib.loads(done.stdout.encode())["ProgramArguments"]
        assert arguments[-5:] == ["serve", "--port", "9000", "--model", "demo"]
    else:
        assert "carnice_tui serve --port 9000 --model demo\n" in done.stdout


def test_the_proxy_says_where_it_is_and_ends_on_a_signal(home: Home):
    process, address, _ = started(
        home, "proxy", "--upstream", "http://127.0.0.1:9", "--port", "0", "--no-key"
    )
    try:
        assert httpx.get(f"{address}/v1/models").status_code == 502
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        process.communicate()


def test_an_upstream_that_is_no_address_is_refused(home: Home):
    done = home.run("proxy", "--upstream", "nonsense", "--no-key")
    assert done.returncode == 2
    assert "no address of a server" in done.stderr


def test_hermes_setup_prints_and_with_write_merges(home: Home):
    folder = home.folder / "hermes"
    folder.mkdir()
    (folder / "config.yaml").write_text("# mine\nagent:\n  max_turns: 9\n")
    env = {"HERMES_HOME": str(folder)}
    printed = home.run("hermes", "setup", env=env)
    assert "base_url: http://127.0.0.1:8377/v1" in printed.stdout
    assert (folder / "config.yaml").read_text() == "# mine\nagent:\n  max_turns: 9\n"
    written = home.run("hermes", "setup", "--write", env=env)
    assert written.returncode == 0, written.stderr
    text = (folder / "config.yaml").read_text()
    assert text.startswith("# mine\nagent:\n  max_turns: 9\n")
    assert "provider: carnice-chat" in text
    assert stat.S_IMODE((folder / ".env").stat().st_mode) == 0o600


def test_hermes_doctor_fails_with_what_to_do_when_nothing_runs(home: Home):
    done = home.run("hermes", "doctor", "--url", "http://127.0.0.1:9")
    assert done.returncode == 1
    assert "problem Nothing answers at http://127.0.0.1:9/v1" in done.stdout
