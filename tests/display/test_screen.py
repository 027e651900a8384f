"""What a turn looks like follows from its events alone."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from massgen.bill import NOTHING
from massgen.display import wording
from massgen.display.folding import fold, fold_part
from massgen.display.parts import TAIL_LIMIT
from massgen.display.screen import Screen
from massgen.display.theme import UNICODE
from massgen.display.wording import is_awaited
from massgen.events import (
    Abstained,
    CallStarted,
    CancelReason,
    QuorumReached,
    Record,
    ToolEnded,
    ToolStarted,
    TurnStarted,
    UsageCounted,
    VoteCast,
)
from massgen.messages import ServerToolUsed, TextDelta, ToolCall, Usage
from tests.display.scene import START, Scene
from tests.helpers.random_turn import played


def standing(scene: Scene) -> dict[str, str]:
    """Status and vote of each agent, in the words of the screen."""
    said = {each: wording.status(each.status, now=scene.now, symbols=UNICODE) for each in scene.screen.agents}
    return {each.agent: f"{status} | {wording.vote(scene.screen, each)}" for each, status in said.items()}


def test_drafting_from_waiting_to_complete() -> None:
    scene = Scene("ann", "bob", "cyd").asks("ann", "bob").drafts("ann")
    assert standing(scene) == {"ann": "Complete ✓ | -", "bob": "Generating... | -", "cyd": "Waiting | -"}
    assert scene.screen.title == "Initial Answer Generation"


def test_a_vote_names_the_author_and_a_vote_for_the_own_answer_is_self() -> None:
    scene = Scene("ann", "bob", "cyd").drafts("ann", "bob", "cyd").opens().asks("ann", "bob", "cyd", stage="ballot")
    scene.votes("ann", "cyd").votes("cyd", "cyd")
    assert standing(scene) == {"ann": "Voted | cyd", "bob": "Voting... | -", "cyd": "Converged | Self"}
    assert scene.screen.title == "Coordination Round 1"


def test_a_vote_for_an_answer_one_shares_is_self_too() -> None:
    scene = Scene("ann", "bob", "cyd").drafts("ann", "bob", "cyd").opens(equal=("ann", "bob"))
    scene.votes("bob", "ann").votes("cyd", "ann")
    assert standing(scene) == {"ann": "Waiting | -", "bob": "Converged | Self", "cyd": "Voted | ann"}


def test_a_revision_and_an_abstention_in_a_ballot() -> None:
    scene = Scene("ann", "bob").drafts("ann", "bob").opens().asks("ann", "bob", stage="ballot").drafts("ann")
    scene.tell(Abstained(agent="bob", ballot=1, call=1, reason="It would not say."))
    assert standing(scene) == {"ann": "Revised | -", "bob": "Abstained | -"}


def test_a_vote_for_an_answer_that_is_not_on_the_ballot_yet() -> None:
    scene = Scene("ann", "bob").drafts("ann", "bob").opens().votes("ann", "newcomer")
    assert standing(scene) == {"ann": "Voted | a new answer", "bob": "Waiting | -"}


def test_the_next_ballot_asks_afresh_but_not_who_is_out_of_the_turn() -> None:
    scene = Scene("ann", "bob", "cyd").drafts("ann", "bob").fails("cyd", "auth").opens().votes("ann", "bob")
    scene.drafts("bob").opens(2)
    assert standing(scene) == {"ann": "Waiting | -", "bob": "Waiting | -", "cyd": "Failed: key refused | -"}
    assert scene.screen.title == "Coordination Round 2"


def test_a_vote_carried_over_does_not_hide_that_its_voter_failed() -> None:
    scene = Scene("ann", "bob").drafts("ann", "bob").opens().asks("ann", stage="ballot").fails("ann")
    scene.tell(VoteCast(agent="ann", ballot=1, call=1, first="c-bob", how="carried"))
    assert standing(scene) == {"ann": "Failed: rate limited | bob", "bob": "Waiting | -"}


def test_a_retry_counts_down() -> None:
    scene = Scene("ann").asks("ann").retries("ann", wait_s=8.0).later(3.5)
    assert standing(scene) == {"ann": "Retrying (5 s): rate limit | -"}
    assert standing(scene.later(60)) == {"ann": "Retrying (0 s): rate limit | -"}


@pytest.mark.parametrize(
    ("because", "word"),
    [
        ("skipped", "Skipped"),
        ("too_late", "Too late"),
        ("decided", "Too late"),
        ("deadline", "Too late"),
        ("cancelled", "Cancelled"),
        ("budget", "Cancelled"),
    ],
)
def test_a_call_that_we_end_says_why(because: CancelReason, word: str) -> None:
    scene = Scene("ann").asks("ann").stops("ann", because)
    assert standing(scene) == {"ann": f"{word} | -"}


def test_an_agent_that_cannot_start_is_shown_even_if_the_turn_does_not_list_it() -> None:
    scene = Scene("ann").missing("bob")
    assert standing(scene) == {"ann": "Waiting | -", "bob": "Failed: no key | -"}


def test_the_presentation_is_the_winners() -> None:
    scene = Scene("ann", "bob").drafts("ann", "bob").opens().votes("ann", "bob").wins("bob", votes=1).presents("bob")
    assert standing(scene) == {"ann": "Voted | bob", "bob": "Presenting... | -"}
    assert scene.screen.title == "Final Presentation"
    assert standing(scene.ends("bob", "Done."))["bob"] == "Complete ✓ | -"


def test_after_a_quorum_the_screen_knows_until_when_the_others_are_awaited() -> None:
    scene = Scene("ann", "bob").drafts("ann").tell(QuorumReached(drafts=1, grace_s=5.0), after=2.0)
    assert scene.screen.closes == START + 7.0


def test_streamed_text_belongs_to_the_running_call_only() -> None:
    scene = Scene("ann", "bob").asks("ann").streams("ann", "Hel").streams("ann", "lo").thinks("ann", "hm")
    ann = scene.screen.agent("ann")
    assert ann is not None
    assert (ann.text, ann.reasoning) == ("Hello", "hm")
    assert fold_part(scene.screen, "ann", 7, TextDelta("stale")) is scene.screen
    assert fold_part(scene.screen, "zoe", 1, TextDelta("nobody")) is scene.screen
    again = scene.asks("ann").screen.agent("ann")
    assert again is not None
    assert (again.text, again.reasoning) == ("", "")


def test_streamed_text_is_harmless_however_it_is_cut() -> None:
    scene = Scene("ann").asks("ann").streams("ann", "a\x1b").streams("ann", "[2Jb\r").streams("ann", "\nc")
    assert [each.text for each in scene.screen.agents] == ["a␛[2Jb\nc"]


def test_a_long_answer_keeps_its_end_and_no_more() -> None:
    scene = Scene("ann").asks("ann")
    for number in range(5_000):
        scene.streams("ann", f"line {number}\n")
    text = scene.screen.agents[0].text
    assert len(text) <= TAIL_LIMIT
    assert text.startswith("line ")
    assert text.endswith("line 4998\nline 4999\n")


def tools(scene: Scene) -> list[tuple[str, str]]:
    """What the first agent uses, and how that stands."""
    return [(each.said, each.state) for each in scene.screen.agents[0].tools]


def uses(scene: Scene, number: int, *, ends: bool = True, is_error: bool = False) -> None:
    scene.tell(ToolStarted(agent="ann", call=1, id=f"t{number}", name="read", arguments={"path": f"{number}.py"}))
    if ends:
        scene.tell(ToolEnded(agent="ann", call=1, id=f"t{number}", name="read", text="ok", is_error=is_error))


def test_a_tool_is_shown_until_its_agent_says_something_after_it() -> None:
    scene = Scene("ann").asks("ann").streams("ann", "Let me look.")
    uses(scene, 1)
    uses(scene, 2, is_error=True)
    assert tools(scene) == [("read 1.py", "completed"), ("read 2.py", "failed")]
    scene.streams("ann", "It is empty.")
    assert (tools(scene), scene.screen.agents[0].used) == ([], 2)


def test_tools_at_the_same_time_end_one_by_one() -> None:
    scene = Scene("ann").asks("ann")
    for number in (1, 2, 3):
        uses(scene, number, ends=False)
    scene.tell(ToolEnded(agent="ann", call=1, id="t2", name="read", text="ok", is_error=False))
    scene.thinks("ann", "Hm.")
    assert tools(scene) == [("read 1.py", "running"), ("read 3.py", "running")]


def test_of_many_tools_that_have_ended_the_last_are_kept() -> None:
    scene = Scene("ann").asks("ann")
    for number in range(1, 6):
        uses(scene, number)
    assert tools(scene) == [(f"read {number}.py", "completed") for number in (3, 4, 5)]


def test_a_tool_of_the_provider_runs_and_ends_or_is_only_heard_of_at_its_end() -> None:
    scene = Scene("ann").asks("ann").part("ann", ServerToolUsed(name="web_search", status="running"))
    assert tools(scene) == [("web_search", "running")]
    scene.part("ann", ServerToolUsed(name="web_search", status="completed"))
    scene.part("ann", ServerToolUsed(name="code", status="failed", detail="1 / 0"))
    assert tools(scene) == [("web_search", "completed"), ("code 1 / 0", "failed")]


def test_thoughts_after_some_text_are_new_thoughts() -> None:
    scene = Scene("ann").asks("ann").thinks("ann", "First. ").thinks("ann", "Second.").streams("ann", "So: ")
    agent = scene.screen.agents[0]
    assert (agent.reasoning, agent.thinking) == ("First. Second.", False)
    scene.thinks("ann", "But is it ").thinks("ann", "true?")
    agent = scene.screen.agents[0]
    assert (agent.text, agent.reasoning, agent.thinking) == ("So: ", "But is it true?", True)


def test_what_an_agent_has_used_is_added_up_over_its_calls() -> None:
    scene = Scene("ann", "bob").asks("ann", "bob")
    for call in (1, 2):
        scene.tell(UsageCounted(agent="ann", call=call, usage=Usage(input_tokens=100, output_tokens=20)))
        scene.asks("ann", stage="ballot", ballot=1)
    ann, bob = scene.screen.agents
    assert (ann.bill.requests, ann.bill.input_tokens, bob.bill) == (2, 200, NOTHING)
    assert scene.screen.bill == ann.bill


@settings(max_examples=100, deadline=None)
@given(tape=st.binary(max_size=300))
def test_no_status_says_of_an_agent_that_it_is_at_work_when_it_is_not(tape: bytes) -> None:
    screen, seq = Screen(), 0
    for step in played(tape, most=6).steps:
        for event in step.events:
            seq += 1
            screen = fold(screen, Record(seq=seq, at=step.now, event=event))
        calls = {agent: seat.call for agent, seat in step.after.seats.items()}
        waits = {agent for agent, seat in step.after.seats.items() if seat.standing == "waiting"}
        words = {"draft": "generating", "ballot": "voting", "presentation": "presenting"}
        expected = {agent: words[call.stage] for agent, call in calls.items() if call}
        expected |= dict.fromkeys(waits, "retrying")
        assert {each.agent: each.status.doing for each in screen.agents if is_awaited(each)} == expected


def test_a_new_turn_starts_from_nothing() -> None:
    first = Scene("ann", "bob").asks("ann", "bob").streams("ann", "old").drafts("ann")
    second = Scene("ann", "bob")
    assert fold(first.screen, second.records[0]) == fold(Screen(), second.records[0])


def test_the_same_records_give_the_same_screen() -> None:
    scene = Scene("ann", "bob").asks("ann", "bob").drafts("ann", "bob").opens().votes("ann", "bob").wins("bob", votes=1)
    screen = Screen()
    for record in scene.records:
        screen = fold(screen, record)
    assert screen == scene.screen == replace(scene.screen)


def test_words_after_a_tool_begin_a_paragraph() -> None:
    screen = Scene("ann").asks("ann").screen
    for part in (
        TextDelta("Let me look."),
        ToolCall(id="t", name="read_file", arguments={"path": "a.py"}),
        TextDelta("It is "),
        TextDelta("empty."),
        ServerToolUsed(name="web_search", status="running", detail="why"),
        ServerToolUsed(name="web_search", status="completed", detail="why"),
        TextDelta("So."),
    ):
        screen = fold_part(screen, "ann", 1, part)
    assert screen.agents[0].text == "Let me look.\n\nIt is empty.\n\nSo."


def test_a_tool_is_shown_with_what_it_is_used_on() -> None:
    scene = Scene("ann").asks("ann")
    scene.tell(ToolStarted(agent="ann", call=1, id="t", name="read_file", arguments={"limit": 3, "path": "a.py"}))
    assert tools(scene) == [("read_file a.py", "running")]


def test_one_agent_alone_presents_from_the_first_word() -> None:
    screen = Screen()
    screen = fold(screen, Record(seq=1, at=1.0, event=TurnStarted(turn=1, question="q", agents=("ann",), seed="s")))
    screen = fold(screen, Record(seq=2, at=1.0, event=CallStarted(agent="ann", call=1, stage="presentation")))
    assert screen.title == "Final Presentation"
