"""Tasks of a session: cancelled at its end but for those that save, and none breaks unheard."""

import asyncio

from carnice_tui.ui.tasks import Tasks


async def forever() -> None:
    await asyncio.Event().wait()


async def test_at_the_end_what_runs_is_cancelled() -> None:
    tasks = Tasks(lambda _: None)
    running = tasks.start(forever())
    await tasks.close()
    assert running.cancelled()


async def test_at_the_end_what_saves_is_waited_for() -> None:
    saved: list[str] = []
    disk = asyncio.Event()

    async def save() -> None:
        await disk.wait()
        saved.append("all of it")

    tasks = Tasks(lambda _: None)
    tasks.start_saving(save())
    closing = asyncio.ensure_future(tasks.close())
    await asyncio.sleep(0)
    assert not closing.done()
    disk.set()
    await closing
    assert saved == ["all of it"]


async def test_what_breaks_is_told() -> None:
    told: list[str] = []

    async def breaks() -> None:
        raise ValueError("broken")

    tasks = Tasks(lambda error: told.append(str(error)))
    task = tasks.start(breaks())
    await asyncio.wait({task})
    await tasks.close()
    assert told == ["broken"]
