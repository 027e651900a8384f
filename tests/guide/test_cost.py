"""What the guide says of cost: one number wherever it is shown, also when the session is gone on with."""

import asyncio
import json
import threading
from decimal import Decimal
from pathlib import Path

from massgen.backends.connection import Connection
from massgen.backends.prices import price
from massgen.backends.providers import PROVIDERS
from massgen.messages import Json, Usage
from tests.guide.page import promised
from tests.helpers.program import Program
from tests.helpers.wires import Reply, Request, WireServer
from tests.helpers.wires.reply import Tokens

TEAM = """\
agents:
  - {id: ann, backend: {type: openrouter, model: a/one}}
  - {id: bob, backend: {type: groq, model: two}}
orchestrator: {skip_final_presentation: true}
"""


def told(session: Path, turn: int) -> dict[str, Json]:
    """What `coordination_log.json` says of cost."""
    log = json.loads((session / f"turn_{turn}" / "coordination_log.json").read_text(encoding="utf-8"))
    usage = {agent: [each["requests_without_price"], each["cost"]] for agent, each in log["usage"].items()}
    return {"cost": log["cost"], **usage}


def test_screen_status_and_files_say_the_same_number_and_say_what_is_not_known(massgen: Program) -> None:
    promised(
        "The view and that line say what the turn has cost, unless it is nothing.",
        "`$0.0123 + unknown` means that the price of some requests is not known.",
        "`/status` says the same of the session.",
    )
    (massgen.project / "team.yaml").write_text(TEAM)
    costs, seen = [0.002, 0.0123], threading.Event()

    def reply(request: Request) -> Reply:
        if request.model == "a/one":
            return Reply(text="Yes.", tokens=Tokens(cost=costs.pop()))
        seen.wait(30)
        return Reply(text="Yes.")

    with WireServer(reply) as server:
        env = server.environ("openrouter", "groq")
        with massgen.chat("--config", "team.yaml", env=env, columns=140) as chat:
            chat.say("Why?")
            chat.wait_for(" tokens · $0.0123\n", where=lambda: chat.shown)
            seen.set()
            chat.wait_for("◆ 2 agents")
            line = next(line for line in chat.shown.splitlines() if line.startswith("◆"))
            chat.say("/status")
            chat.wait_for("Cost:          $0.0123 + unknown")
            chat.say("/quit")
            assert chat.wait_for_end() == 0
        [session] = massgen.sessions()
        with massgen.chat("--continue", env=env, columns=140) as chat:
            chat.wait_for_prompt()
            chat.say("And now?")
            chat.wait_for("◆ 2 agents")
            chat.say("/status")
            chat.wait_for("Cost:          $0.0143 + unknown")
            chat.say("/quit")
            assert chat.wait_for_end() == 0

    assert " · $0.0123 + unknown · " in line
    assert told(session, 1) == {"cost": "$0.0123 + unknown", "ann": [0, "0.0123"], "bob": [1, None]}
    assert told(session, 2) == {"cost": "$0.0020 + unknown", "ann": [0, "0.002"], "bob": [1, None]}
    summary = (session / "SESSION_SUMMARY.txt").read_text(encoding="utf-8").splitlines()
    assert [line.rpartition(" · ")[2] for line in summary if "$" in line] == [
        "$0.0143 + unknown",
        "$0.0123 + unknown",
        "$0.0020 + unknown",
    ]


def test_a_price_is_the_providers_own_or_that_of_a_list() -> None:
    promised(
        "Prices are those that the provider reports, or those of the lists that came with MassGen, without fees for "
        "tools, discounts or taxes."
    )
    openai = PROVIDERS["openai"]
    connection = Connection(provider=openai, model="gpt-4o", base_url=openai.base_url)
    counted = Usage(input_tokens=1_000, output_tokens=500, cached_tokens=200)
    assert asyncio.run(price(connection, counted)) == Decimal("0.00725")
