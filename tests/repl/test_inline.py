"""`ui.screen: inline` in a whole chat: what was said stays in sight while a team works on the next answer."""

from tests.helpers import teams
from tests.helpers.conversation import CTRL_C, ENTER
from tests.helpers.program import Program

INLINE = teams.THREE + "ui: {screen: inline}\n"
SLOW = teams.ANSWERS.replace('cyd:\n    draft: [say: "A third draft."]', "cyd:\n    draft: [hang: true]")


def test_what_was_said_stays_in_sight_and_nothing_of_the_view_stays(massgen: Program) -> None:
    with massgen.chat("--config", teams.write(massgen.project, INLINE, SLOW)) as chat:
        chat.wait_for_prompt()
        chat.type("Who is ready?" + ENTER)
        chat.wait_for("bob: Complete ✓", where=lambda: chat.shown)
        assert "You: Who is ready?\n┌─ Initial Answer Generation ─" in chat.shown
        assert "Use slash commands" in chat.shown

        chat.type("3 more ideas")
        chat.wait_for("You: 3 more ideas▌", where=lambda: chat.shown)
        chat.type(CTRL_C)
        chat.wait_for("◆ 2 of 3", "\n\nYou: 3 more ideas")
        said = chat.above.partition("You: Who is ready?\n")[2].splitlines()
        assert said[0].startswith("◆ 2 of 3 agents answered; cyd: cancelled · ")
        assert said[-1] == "You: 3 more ideas"
        assert "Initial Answer Generation" not in chat.text
        assert chat.screen.entered == 0
        chat.type("\x15/quit" + ENTER)
        assert chat.wait_for_end() == 0
        assert chat.is_as_before
