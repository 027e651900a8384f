"""Price lists are imported while the first request is running, by a thread: neither the loop nor the turn waits."""

import sys

from tests.helpers.program import Program, Ran

WATCHED = """\
import sys, threading

begun, imports = threading.Event(), []

def watch(event, arguments):
    if event == "import" and arguments[0] == "genai_prices":
        imports.append(threading.current_thread() is threading.main_thread())
        begun.set()

sys.addaudithook(watch)

import asyncio
from functools import partial
from massgen.backends.prices import load, price
from massgen.backends.connection import Connection
from massgen.backends.providers import PROVIDERS
from massgen.coordination.rules import Rules
from massgen.events import UsageCounted
from massgen.messages import Finished, Replay, TextDelta, Usage
from massgen.orchestrator.bus import Bus
from massgen.orchestrator.surroundings import Nowhere
from massgen.orchestrator.team import Member, Team
from massgen.orchestrator.turn import Turn

class Slow:
    model = "gpt-6.1-terra"
    async def stream(self, request):
        yield TextDelta("42.")
        print("while it streams:", await asyncio.to_thread(begun.wait, PATIENCE), "imported by the loop:", imports)
        usage = Usage(input_tokens=1000, output_tokens=500)
        yield Finished(stop="end", usage=usage, replay=Replay("slow", ()))
    async def close(self):
        pass

class Journal:
    async def append(self, records):
        for record in records:
            if isinstance(record.event, UsageCounted):
                print("priced:", record.event.price)

connection = Connection(provider=PROVIDERS[TYPE], model="gpt-6.1-terra", base_url=PROVIDERS[TYPE].base_url)
member = Member(backend=Slow(), price=partial(price, connection), prepare=partial(load, connection))
turn = Turn(number=1, question="Why?", seed="s", team=Team(agents=("ann",), members={"ann": member}), rules=Rules(),
    bus=Bus(Journal(), wall=lambda: 0.0), conversation=(), surroundings=Nowhere())
asyncio.run(turn.run())
"""


def played(massgen: Program, type_: str, *, patience: int) -> Ran:
    """A turn of one request, which ends once somebody has begun to import the lists, or after so many seconds."""
    script = WATCHED.replace("TYPE", repr(type_)).replace("PATIENCE", str(patience))
    return massgen.run(sys.executable, "-c", script)


def test_the_lists_are_there_before_the_first_request_is_priced(massgen: Program) -> None:
    ran = played(massgen, "openai", patience=30)

    assert (ran.stdout.splitlines()[0], ran.stderr) == ("while it streams: True imported by the loop: [False]", "")
    assert ran.stdout.splitlines()[1].startswith("priced: 0.0")


def test_nobody_imports_lists_for_what_costs_nothing(massgen: Program) -> None:
    ran = played(massgen, "ollama", patience=0)

    assert ran == Ran(
        stdout="while it streams: False imported by the loop: []\npriced: 0\n",
        stderr="",
        status=0,
    )
