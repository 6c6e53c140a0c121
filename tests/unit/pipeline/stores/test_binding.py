"""Whose rows the present work may see, through threads and tasks."""

import asyncio
import threading

from starlette.concurrency import run_in_threadpool

from pipeline.stores.records import binding
from pipeline.stores.records.binding import EVERYTHING, NOTHING, bind, bound


def present() -> str:
    return binding._present.get()


def test_a_block_ends_where_it_began() -> None:
    assert present() == EVERYTHING
    with bound("ws_1"):
        with bound(EVERYTHING):
            assert present() == EVERYTHING
        assert present() == "ws_1"
    assert present() == EVERYTHING


def test_a_request_is_bound_in_its_threads_and_nowhere_else() -> None:
    async def request(workspace_id: str) -> str:
        bind(NOTHING)
        await asyncio.sleep(0)
        bind(workspace_id)
        await asyncio.sleep(0)
        return await run_in_threadpool(present)

    async def serve() -> list[str]:
        return list(await asyncio.gather(*(request(f"ws_{number}") for number in range(5))))

    assert asyncio.run(serve()) == [f"ws_{number}" for number in range(5)]
    assert present() == EVERYTHING


def test_a_thread_of_the_services_own_looks_over_all() -> None:
    seen: list[str] = []
    with bound("ws_1"):
        thread = threading.Thread(target=lambda: seen.append(present()))
        thread.start()
        thread.join()
    assert seen == [EVERYTHING]
