"""An event loop that needs no socket: threads wake it, and it closes what it opened."""

import asyncio
import os
import socket

import pytest

from poseconvert.runners.loop_without_sockets import PipeLoop


@pytest.fixture(autouse=True)
def no_sockets(monkeypatch):
    """Within the fence the kernel refuses both."""

    def refused(*args, **kwargs):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(socket, "socketpair", refused)
    monkeypatch.setattr(socket, "socket", refused)


def test_asyncio_alone_makes_sockets():
    with pytest.raises(PermissionError):
        asyncio.SelectorEventLoop()


def test_a_thread_wakes_it():
    async def work():
        return await asyncio.to_thread(lambda: 3), await asyncio.gather(
            *(asyncio.to_thread(lambda n=n: n) for n in range(20))
        )

    with asyncio.Runner(loop_factory=PipeLoop) as loop:
        assert loop.run(work()) == (3, list(range(20)))


def test_many_wake_ups_do_not_block_a_thread():
    async def work():
        loop = asyncio.get_running_loop()
        await asyncio.to_thread(
            lambda: [loop.call_soon_threadsafe(lambda: None) for _ in range(100_000)]
        )
        return True

    with asyncio.Runner(loop_factory=PipeLoop) as loop:
        assert loop.run(work())


def test_it_leaves_no_file_open():
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    with asyncio.Runner(loop_factory=PipeLoop) as loop:
        loop.run(asyncio.sleep(0))
    after = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0

    assert after == before
