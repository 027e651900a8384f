"""What a team's file says about its models reaches them, through the whole program."""

import json

from massgen.messages import Json
from tests.helpers import models
from tests.helpers.models import GEMINI, GROK, OPENAI
from tests.helpers.program import Program
from tests.helpers.wires import Reply, Request, WireServer

TEAM = f"""\
agents:
  - {{id: ann, backend: {{type: openai, model: {OPENAI}, enable_web_search: true}}}}
  - {{id: bob, backend: {{type: grok, model: {GROK}}}}}
"""

SEARCHED: Json = {"type": "web_search_call", "status": "completed", "action": {"type": "search", "query": "learning"}}
MESSAGE: Json = {"type": "message", "content": [{"type": "output_text", "text": "Machines that learn from data."}]}
EVENTS: list[dict[str, Json]] = [
    {"type": "response.output_item.done", "output_index": 0, "item": SEARCHED},
    {"type": "response.output_item.done", "output_index": 1, "item": MESSAGE},
    {"type": "response.completed", "response": {}},
]
SEARCHES = Reply(raw="".join(f"event: {each['type']}\ndata: {json.dumps(each)}\n\n" for each in EVENTS).encode())

SAYS = {OPENAI: models.TEAM[OPENAI], GROK: models.TEAM[GEMINI]}


def reply(request: Request) -> Reply:
    searches = (request.model, models.stage(request)) == (OPENAI, "draft")
    return SEARCHES if searches else models.reply(request, SAYS)


def test_a_search_of_the_providers_own_is_asked_for_and_told(massgen: Program) -> None:
    (massgen.project / "team.yaml").write_text(TEAM, encoding="utf-8")
    with WireServer(reply) as server:
        ran = massgen("--config", "team.yaml", "What is machine learning?", env=server.environ("openai", "grok"))

    offered = {request.model: "web_search" in request.tool_names for request in server.requests}
    assert (ran.status, offered) == (0, {OPENAI: True, GROK: False})
    assert "web_search learning" in ran.stderr


def test_every_agent_has_one_cache_key_for_all_its_requests(massgen: Program) -> None:
    (massgen.project / "team.yaml").write_text(TEAM, encoding="utf-8")
    with WireServer(reply) as server:
        massgen("--config", "team.yaml", "What is machine learning?", env=server.environ("openai", "grok"))

    keys = {(request.model, request.body["prompt_cache_key"]) for request in server.requests}
    assert len(server.requests) > len(keys) == 2
    assert len({key for _, key in keys}) == 2
