"""The guide's sentences about the history: opened, scrolled and closed during a turn, and at the prompt after it."""

import re
from dataclasses import dataclass

import pytest

from tests.guide.page import promised
from tests.guide.three import AGENTS, ANSWER, COMMAND, FIRST, SECOND, Gates
from tests.helpers.conversation import ENTER, Conversation
from tests.helpers.models import GEMINI, GROK, OPENAI
from tests.helpers.program import Program
from tests.helpers.wires import Request, WireServer

pytestmark = pytest.mark.slow  # a program is started for each

UP, DOWN, PAGE_UP, PAGE_DOWN = "\x1b[A", "\x1b[B", "\x1b[5~", "\x1b[6~"
ESC, CTRL_R = "\x1b", "\x12"
LINES = 16
PAGE = LINES - 1
TABLE = "┌─ Coordination Round 1 ─"
UNKNOWN = {
    "/history 3": "There is no turn 3: this session has turns 1 to 2.",
    "/history one": "There is no turn one: this session has turns 1 to 2.",
    "/history 1 2": (
        "/history takes only the number of a turn behind it, so nothing was done; "
        "a blank before the / makes it a question."
    ),
}
FRAME = b"\x1b[?2026l"
KEYS = {"g": "g", "down": DOWN, "page down": PAGE_DOWN, "page up": PAGE_UP, "up": UP, "G": "G"}

TIMELINE = """\
turn 1: 3 agents asked
openai_agent_1 generating (call 1)
gemini_agent_2 generating (call 1)
grok_agent_3 generating (call 1)
openai_agent_1 used 12 tokens in, 7 out, cost unknown
openai_agent_1 answered: agent1.1
gemini_agent_2 used 12 tokens in, 7 out, cost unknown
gemini_agent_2 answered: agent2.1
grok_agent_3 used 12 tokens in, 7 out, cost unknown
grok_agent_3 answered: agent3.1
no more answers are awaited: everybody was heard
Coordination Round 1: 3 candidates, openai_agent_1 (agent1.1), gemini_agent_2 (agent2.1), grok_agent_3 (agent3.1)
openai_agent_1 voting (call 2)
gemini_agent_2 voting (call 2)
grok_agent_3 voting (call 2)
openai_agent_1 used 12 tokens in, 7 out, cost unknown
openai_agent_1 voted → grok_agent_3 (agent3.1)
grok_agent_3 used 12 tokens in, 7 out, cost unknown
grok_agent_3 voted → Self (agent3.1)
gemini_agent_2 used 12 tokens in, 7 out, cost unknown
gemini_agent_2 voted → grok_agent_3 (agent3.1)
Coordination Round 1 closed: everybody was heard
winner grok_agent_3 with agent3.1, by vote
Final Presentation
grok_agent_3 presenting (call 3)
grok_agent_3 used 12 tokens in, 7 out, cost unknown
grok_agent_3 presented
turn 1 answered
"""
"""Every event of the first turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was on the screen at each moment, all rows of the history, and what the providers were sent."""

    opened: str
    during: list[str]
    walked: dict[str, list[str]]
    closed: dict[str, str]
    went_on: tuple[str, str]
    by_ctrl_r: str
    at_the_prompt: str
    session: list[str]
    second: str
    printed: list[str]
    refused: dict[str, str]
    requests: list[Request]


def window(chat: Conversation) -> list[str]:
    """The rows above the line with the keys."""
    return list(chat.screen.rows[:PAGE])


def scroll(chat: Conversation, key: str) -> list[str]:
    """Press a key that scrolls, and return what is in the window when that is drawn."""
    drawn = chat.written.count(FRAME)
    chat.type(key)
    chat.wait_until(lambda: chat.written.count(FRAME) > drawn, f"another window after {key!r}")
    return window(chat)


def whole(chat: Conversation) -> list[str]:
    """All rows of the history that is open, read page by page; it has more than one."""
    scroll(chat, "g")
    end = scroll(chat, "G")
    rows = scroll(chat, "g")
    while rows[-PAGE:] != end:
        page = scroll(chat, PAGE_DOWN)
        common = next(count for count in range(PAGE, 0, -1) if rows[-count:] == page[:count])
        rows += page[common:]
    return rows


def part(rows: list[str], title: str) -> list[str]:
    """The rows below the first such title up to an empty one; no time is in it."""
    start = rows.index(title) + 1
    return [re.sub(r"\b\d+\.\ds +", "", row).strip() for row in rows[start : rows.index("", start)]]


def beaten(row: str) -> str:
    """The row without the names of the two that nobody voted for, whose order is drawn by lot."""
    return re.sub(r"( · (openai_agent_1|gemini_agent_2) 0){2}", " · the others 0", row)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """Two turns; in the first each vote waits until the history was looked at."""
    massgen = Program(tmp_path_factory.mktemp("history"))
    gates = Gates()
    with (
        WireServer(gates.reply) as server,
        massgen.chat(*COMMAND, env=server.environ("openai", "gemini", "grok"), columns=160, lines=LINES) as chat,
    ):

        def shows(*texts: str) -> str:
            chat.wait_for(*texts, where=lambda: chat.shown)
            return chat.shown

        chat.say(FIRST)
        for agent, model in AGENTS.items():
            gates.open("draft", model)
            shows(f"{agent}: Complete" if model != GROK else TABLE)
        gates.open("ballot", OPENAI)
        shows("│ openai_agent_1 │ Voted ")
        chat.type("r")
        opened = shows("openai_agent_1 voted", "q closes")
        during = whole(chat)
        walked = {name: scroll(chat, key) for name, key in KEYS.items()}
        closed = {}
        for key in ("r", "q", ESC):
            chat.type(key)
            closed[key] = shows(TABLE)
            chat.type("r")
            shows("q closes")
        gates.open("ballot", GROK)
        shows("grok_agent_3 voted")
        gates.open("ballot", GEMINI)
        while_open = shows("grok_agent_3 presenting (call 3)")
        chat.type(ESC)
        went_on = while_open, shows("┌─ Final Presentation", "Presenting...")
        chat.type(SECOND)
        shows(f"You: {SECOND}")
        chat.type(CTRL_R)
        by_ctrl_r = shows("grok_agent_3 presenting (call 3)")
        chat.type(CTRL_R)
        shows("┌─ Final Presentation")
        gates.open("presentation", GROK)
        chat.wait_until(lambda: chat.row == f"You: {SECOND}", "the typed question at the prompt")
        chat.type(ENTER)
        chat.wait_until(lambda: chat.text.count(ANSWER) == 2 and chat.row == "You:")
        chat.type("r" + ENTER)
        at_the_prompt = shows("q closes")
        session = whole(chat)
        chat.type("q")
        chat.say("/history 2")
        second = shows("q closes")
        chat.type("q")
        chat.wait_for_prompt()
        asked = server.requests
        env = server.environ("openai", "gemini", "grok")
    with massgen.chat("--continue", "--no-display", env=env, columns=160, lines=LINES) as chat:
        chat.say("/history")
        printed = chat.after("/history")
        refused = {}
        for line in UNKNOWN:
            chat.say(line)
            refused[line] = chat.after(line)
    return Seen(
        opened=opened,
        during=during,
        walked=walked,
        closed=closed,
        went_on=went_on,
        by_ctrl_r=by_ctrl_r,
        at_the_prompt=at_the_prompt,
        session=session,
        second=second,
        printed=printed.splitlines(),
        refused=refused,
        requests=asked,
    )


def test_r_opens_the_complete_history_during_a_turn(seen: Seen) -> None:
    promised("Press `r` during a turn and the complete history of its coordination opens.")

    *rows, keys = seen.opened.splitlines()
    so_far = TIMELINE.partition("grok_agent_3 used 12 tokens in, 7 out, cost unknown\ngrok_agent_3 voted")[
        0
    ].splitlines()
    assert [row.split("s  ", 1)[-1] for row in rows][-5:] == so_far[-5:]
    total = len(so_far) + 2
    place = f"Timeline {total - PAGE + 1}-{total} of {total}"
    assert keys == f"history · {place} · arrows PgUp PgDn g G scroll · q closes"


def test_it_holds_every_event_of_the_turn_and_ends_with_the_timeline(seen: Seen) -> None:
    promised("It holds every event of the turn.", "At its end stands the timeline.")

    assert part(seen.session, "Timeline") == TIMELINE.splitlines()
    behind = seen.session[seen.session.index("Timeline") :]
    assert behind[behind.index("") + 1].startswith("── Turn 2 · ")


def test_it_shows_through_which_states_each_agent_went_and_when(seen: Seen) -> None:
    promised("It shows for each agent through which states it went, and when.")

    assert part(seen.session, "State transitions") == [
        "openai_agent_1  Waiting → Generating... → Complete ✓ → Voting... → Voted",
        "gemini_agent_2  Waiting → Generating... → Complete ✓ → Voting... → Voted",
        "grok_agent_3    Waiting → Generating... → Complete ✓ → Voting... → Converged → Presenting... → Complete ✓",
    ]
    transitions = seen.session.index("State transitions")
    when = [re.findall(r"\d+\.\ds [A-Z]", row) for row in seen.session[transitions + 1 : transitions + 4]]
    assert [len(each) for each in when] == [5, 5, 7]


def test_it_shows_every_vote_with_its_reason_and_how_the_consensus_came_about(seen: Seen) -> None:
    promised(
        "It shows every vote with its reason, and how the consensus came about.",
        "4. **Review the coordination:** press `r` to see why the team decided as it did.",
    )

    assert [beaten(row) for row in part(seen.session, "Coordination Round 1")[1:8]] == [
        "openai_agent_1 → grok_agent_3 (agent3.1)",
        "It is the better one.",
        "grok_agent_3 → Self (agent3.1), not counted",
        "It is the better one.",
        "gemini_agent_2 → grok_agent_3 (agent3.1)",
        "It is the better one.",
        "closed: everybody was heard",
    ]
    assert [beaten(row) for row in part(seen.session, "Evolution of the consensus")] == [
        "3 answers to choose from",
        "round 1, after openai_agent_1: grok_agent_3 1",
        "round 1, after grok_agent_3: grok_agent_3 1",
        "round 1, after gemini_agent_2: grok_agent_3 2",
        "round 1 closed: grok_agent_3 2 · the others 0",
        "winner grok_agent_3, by vote",
    ]


def test_the_keys_of_the_page_scroll(seen: Seen) -> None:
    promised("Arrows, PgUp, PgDn, `g` and `G` scroll;")

    tops = {"g": 0, "down": 1, "page down": PAGE, "page up": 1, "up": 0, "G": len(seen.during) - PAGE}
    assert len(seen.during) > 2 * PAGE
    assert seen.walked == {name: seen.during[top : top + PAGE] for name, top in tops.items()}


@pytest.mark.parametrize("key", ["r", "q", ESC], ids=["r", "q", "Esc"])
def test_each_of_three_keys_leads_back_to_the_turn(seen: Seen, key: str) -> None:
    promised("`r`, `q` or Esc leads back to the turn,")

    assert seen.closed[key].startswith(TABLE)


def test_the_turn_goes_on_behind_the_history(seen: Seen) -> None:
    promised("which has gone on meanwhile.")

    history, back = seen.went_on
    assert "grok_agent_3 voted → Self (agent3.1)" in history
    assert "gemini_agent_2 voted → grok_agent_3 (agent3.1)" in history
    assert back.startswith("┌─ Final Presentation ─")


def test_ctrl_r_opens_it_when_something_is_typed(seen: Seen) -> None:
    promised("When you have begun to type something, Ctrl+R opens it instead.")

    assert "grok_agent_3 presenting (call 3)" in seen.by_ctrl_r
    assert seen.by_ctrl_r.splitlines()[-1].startswith(f"You: {SECOND}")


def test_a_lone_r_at_the_prompt_opens_the_session_turn_by_turn_and_reaches_no_model(seen: Seen) -> None:
    promised(
        "An `r` alone at the prompt, or `/history`, opens the same for the whole session, turn by turn.",
        "It is never sent to a model.",
        "| `r` | During a turn, or alone at the prompt: view the complete coordination history |",
    )

    assert seen.at_the_prompt.startswith("── Turn 2 · ")
    heads = [row.split(" · ")[0] for row in seen.session if row.startswith("── Turn ")]
    assert heads == ["── Turn 1", "── Turn 2"]
    asked = [row for row in seen.session if row.startswith("You: ")]
    assert asked == [f"You: {FIRST}", f"You: {SECOND}"]
    assert seen.session.count("Timeline") == 2
    assert {each.texts[-1][1] for each in seen.requests if len(each.texts) == 1} >= {FIRST}
    assert [text for each in seen.requests for role, text in each.texts if role == "user" and text == "r"] == []


def test_history_shows_one_turn_alone_and_says_which_there_are(seen: Seen) -> None:
    promised(
        "`/history 2` shows the second turn alone.",
        "| `/history [turn]` | View the coordination history; of one turn, with its number behind it |",
    )

    rows = [row.rstrip() for row in seen.second.splitlines()]
    begun = next(number for number, row in enumerate(seen.session) if row.startswith("── Turn 2"))
    assert rows[:-1] == seen.session[begun:][:PAGE]
    assert rows[-1].startswith("history · Turn 2 · ")
    assert seen.refused == UNKNOWN


def test_a_resumed_session_tells_the_same_and_prints_it_where_there_is_no_screen(seen: Seen) -> None:
    promised("Without a screen the history is printed.", "A session that was resumed tells the same.")

    assert seen.printed == seen.session
