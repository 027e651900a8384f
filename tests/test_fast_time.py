"""The fast clock runs fast, and still waits for the world."""

import asyncio
import socket

from tests.helpers.fast_time import FastLoop


def test_a_minute_on_the_clock_is_over_when_the_clock_says_so() -> None:
    async def wait() -> float:
        began = asyncio.get_running_loop().time()
        await asyncio.sleep(60)
        return asyncio.get_running_loop().time() - began

    with asyncio.Runner(loop_factory=lambda: FastLoop(6000)) as runner:
        assert runner.run(wait()) >= 60


def test_what_arrives_is_not_waited_for_any_longer() -> None:
    async def hear() -> bytes:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.setblocking(False)
            asyncio.get_running_loop().call_soon(theirs.send, b"now")
            return await asyncio.wait_for(asyncio.get_running_loop().sock_recv(ours, 3), 1e6)

    with asyncio.Runner(loop_factory=lambda: FastLoop(100)) as runner:
        assert runner.run(hear()) == b"now"
