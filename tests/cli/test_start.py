"""What a chat says before its first prompt, on a terminal that the start screen alone would fill."""

import pytest

from tests.helpers import teams
from tests.helpers.program import Program

THREE = f"""\
{teams.ONE}\
  - {{id: bob, backend: {{type: claude, model: claude-x}}}}
  - {{id: cyd, backend: {{type: openai, model: gpt-6.1-terra}}}}
ui: {{display_type: simple}}
"""
WHOLE = """\
╭──────────────────────────────────────────────────────────────────────────────╮
│    🤝 Mode:                Multi-Agent (3 agents, 2 away)                    │
│      ├─ ann:               scripted (Demo)                                   │
│      ├─ bob:               claude-x (Claude), away: ANTHROPIC_API_KEY is n…  │
│      └─ cyd:               gpt-6.1-terra (Response), away: OPENAI_API_KEY …  │
╰──────────────────────────────────────────────────────────────────────────────╯

╭──────────────────────────────────────────────────────────────────────────────╮
│  💬  Type your questions below                                               │
│  💡  Use slash commands: /help, /quit, /reset, /status, /config              │
│  ⌨   Press Ctrl+C to exit                                                   │
╰──────────────────────────────────────────────────────────────────────────────╯

note: bob stays away: ANTHROPIC_API_KEY is not set. The team starts without it.
note: cyd stays away: OPENAI_API_KEY is not set. The team starts without it.
You:"""


def test_what_should_be_known_stands_below_the_start_screen_and_who_is_away_is_marked_on_it(massgen: Program) -> None:
    with massgen.chat("--config", teams.write(massgen.project, THREE), columns=80, lines=24) as chat:
        chat.wait_for_prompt()
        assert chat.above.endswith(WHOLE)


@pytest.mark.parametrize("resumed", [False, True])
def test_the_way_to_the_debug_log_and_a_model_that_ends_are_read_just_above_the_prompt(
    massgen: Program, resumed: bool
) -> None:
    team = teams.write(massgen.project)
    if resumed:
        massgen("--config", team, "Why?")
    flags = ["--continue"] if resumed else []
    with massgen.chat("--debug", "--config", team, *flags, columns=240, lines=40) as chat:
        chat.wait_for_prompt()
        [log] = massgen.project.glob("agent_outputs/log_*/massgen_debug.log")
        end = chat.above.rpartition("╯\n\n")[2]
    went_on = [f"Going on with {each.name}; 1 earlier question is remembered.\n\n" for each in massgen.sessions()]
    assert end == "".join([*went_on, f"note: debug log: {log}\nYou:"])


def test_a_one_shot_run_is_told_before_it_begins(massgen: Program) -> None:
    ran = massgen("--debug", "--config", teams.write(massgen.project, THREE), "Why?")

    [log] = massgen.project.glob("agent_outputs/log_*/massgen_debug.log")
    assert ran.stderr.splitlines()[:3] == [
        "note: bob stays away: ANTHROPIC_API_KEY is not set. The team starts without it.",
        "note: cyd stays away: OPENAI_API_KEY is not set. The team starts without it.",
        f"note: debug log: {log}",
    ]
