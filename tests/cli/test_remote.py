"""The command over a server: chat, review with its one repair, and what goes wrong."""

import asyncio
import json

from tests.cli.conftest import COMMAND, Home
from tests.cli.pseudo import Terminal
from tests.engine.scripted_server import Says, delta, scripted, sse


def says(text: str) -> Says:
    return Says(chunks=sse(delta(content=text), delta("stop")))


async def test_an_answer_comes_from_the_server_and_is_saved(home: Home):
    async with scripted(says("Good day.")) as server:
        done = await asyncio.to_thread(home.run, "--base-url", server.url, "-p", "hello")
    assert (done.returncode, done.stdout, done.stderr) == (0, "Good day.\n", "")
    (saved,) = home.sessions()
    assert "Good day." in saved.read_text()
    assert "you/tiny" in saved.read_text()


async def test_settings_name_the_server_too(home: Home):
    async with scripted(says("Good day.")) as server:
        env = {"CARNICE_REMOTE_BASE_URL": server.url}
        done = await asyncio.to_thread(home.run, "-p", "hello", env=env)
    assert done.stdout == "Good day.\n"


async def test_a_review_asks_once_more_for_its_form(home: Home):
    async with scripted(
        says("The loop is wrong."), says("BUG: off by one\nFIX: stop earlier")
    ) as s:
        done = await asyncio.to_thread(
            home.run, "review", "--base-url", s.url, stdin=b"for i in range(n + 1): x[i]\n"
        )
    assert done.returncode == 1
    assert done.stdout == "BUG: off by one\nFIX: stop earlier\n"
    assert len(s.bodies) == 2
    assert s.bodies[1]["messages"][2]["content"] == "The loop is wrong."


async def test_bugs_in_one_line_ask_once_more_for_the_form_too(home: Home):
    async with scripted(
        says("The loop is wrong."), says("BUG: off by one\nFIX: stop earlier")
    ) as s:
        done = await asyncio.to_thread(
            home.run, "--base-url", s.url, "--bugs", "-p", "for i in range(n + 1): x[i]"
        )
    assert (done.returncode, done.stdout) == (0, "BUG: off by one\nFIX: stop earlier\n")


async def test_bugs_in_no_form_at_all_are_a_failure_that_says_so(home: Home):
    async with scripted(says("The loop is wrong."), says("Really.")) as server:
        done = await asyncio.to_thread(
            home.run, "--base-url", server.url, "--bugs", "-p", "for i in range(n + 1): x[i]"
        )
    assert (done.returncode, done.stdout) == (2, "")
    assert "BUG" in done.stderr


async def test_a_review_whose_form_is_broken_twice_is_a_failure_that_says_so(home: Home):
    async with scripted(says("The loop is wrong."), says("Really.")) as server:
        done = await asyncio.to_thread(
            home.run, "review", "--base-url", server.url, stdin=b"for i in range(n + 1): x[i]\n"
        )
    assert done.returncode == 2
    assert done.stdout == ""
    assert "BUG" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_server_that_is_not_there_is_one_line(home: Home):
    done = home.run("--base-url", "http://127.0.0.1:9", "-p", "hello")
    assert done.returncode == 2
    assert "Nobody listens" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_an_address_that_is_none_is_one_line(home: Home):
    done = home.run("--base-url", "ftp://x", "-p", "hello")
    assert done.returncode == 2
    assert "no address of a server" in done.stderr
    assert len(done.stderr.splitlines()) == 1


async def test_a_cut_answer_is_printed_and_fails(home: Home):
    half = Says(chunks=sse(delta(content="half "))[:-1], cut=True)
    async with scripted(half) as server:
        done = await asyncio.to_thread(
            home.run, "--base-url", server.url, "-p", "hello", "-o", "json"
        )
    assert done.returncode == 2
    assert json.loads(done.stdout)["answer"] == "half "
    assert "middle of the answer" in done.stderr


async def test_the_app_chats_with_a_server(home: Home):
    first = Says(
        chunks=sse(delta(reasoning="Let me see."), delta(content="Good day."), delta("stop"))
    )
    async with scripted(first) as server:

        def chat() -> str:
            with Terminal(
                [*COMMAND, "--base-url", server.url], env=home.env, cwd=str(home.folder)
            ) as terminal:
                terminal.wait_for(f"goes to {server.url}")
                terminal.wait_for("tiny")
                terminal.type("hello there\r")
                seen = terminal.wait_for("Good day.")
                terminal.type("\x11")
                assert terminal.wait() == 0
                return seen

        assert "hello there" in await asyncio.to_thread(chat)
    assert server.bodies[0]["messages"][-1] == {"role": "user", "content": "hello there"}
