"""The page's three agents over the real wires: what they say, and a first turn that goes on step by step."""

import threading
from dataclasses import replace

from massgen.messages import Stage
from tests.guide.page import block, questions, typed
from tests.helpers import models
from tests.helpers.models import GEMINI, GROK, OPENAI, TEAM, Model
from tests.helpers.wires import Reply, Request

[COMMAND] = typed("Starting Interactive Mode", 1)
"""What the page says to type for a chat with three agents."""
FIRST, SECOND, THIRD = questions(block("How It Works", "text"))
"""The example session of the page."""
AGENTS = {"openai_agent_1": OPENAI, "gemini_agent_2": GEMINI, "grok_agent_3": GROK}
ANSWER = "Statistics with better marketing, presented."

PAGE_TEAM = {
    OPENAI: replace(TEAM[OPENAI], votes_for="better marketing"),
    GEMINI: replace(TEAM[GEMINI], votes_for="better marketing"),
    GROK: Model(draft=TEAM[GROK].draft, votes_for="better marketing", presents=ANSWER),
}
"""The votes of the table on the page: the third agent stands by its own answer, the others vote for it."""


class Gates:
    """Lets the first turn go on step by step; later turns are not held."""

    def __init__(self) -> None:
        self._gates: dict[tuple[Stage, str], threading.Event] = {}

    def open(self, stage: Stage, *models: str) -> None:
        """Let the answers of these models to this stage pass."""
        for model in models:
            self._gate(stage, model).set()

    def reply(self, request: Request) -> Reply:
        """What the model that is asked says, once it may."""
        asked = models.stage(request), request.model
        assert self._gate(*asked).wait(timeout=20)
        return models.reply(request, PAGE_TEAM)

    def _gate(self, stage: Stage, model: str) -> threading.Event:
        return self._gates.setdefault((stage, model), threading.Event())
