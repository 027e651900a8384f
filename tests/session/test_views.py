"""What the summary and the coordination log say about a session."""

import asyncio
import json
from datetime import timedelta, timezone
from pathlib import Path

from massgen.events import (
    CallFailed,
    CallStarted,
    Record,
    TurnEnded,
)
from massgen.messages import Problem
from massgen.session.artifacts import Artifacts
from tests.session.playing import one_turn, play
from tests.session.scene import TEAM, records, two_turns


def test_the_summary_is_pleasant_to_read(session: Path) -> None:
    play(Artifacts(session, logging_enabled=True), two_turns())
    assert (
        (session / "SESSION_SUMMARY.txt").read_text()
        == """\
MassGen session_20250108_143022
Wednesday, 8 January 2025, 14:30 UTC · 2 turns · 36 s at work · $0.0125 + unknown

Team @examples/three.yaml
  ann    gpt-5 (OpenAI)
  bob    gemini-2.5-flash (Gemini)
  carol  grok-4 (Grok)

────────────────────────────────────────────────────────────────────────
Turn 1 · 14:30:23 · 24 s · 1,200 tokens in, 300 out · $0.0125 + unknown

What is machine learning?

2 of 3 agents answered; all they wrote is in turn_1/
  ann    answered (agent1.1)
  bob    answered (agent2.1)
  carol  no answer: Grok is rate limited (HTTP 429).

Coordination Round 1
  ann    for bob (agent2.1): Clearer, and shorter.
  bob    for its own answer (not counted), also ann (agent1.1): Mine is
         right.
  carol  no vote: no longer needed, the outcome was decided
  Tally (approval): bob (agent2.1) 1 · ann (agent1.1) 1
  Re-tally: won under 3 of 3 rules; without ann: ann

Winner: bob with agent2.1, by vote
Final answer by bob

Machine learning is

    learn(data)

────────────────────────────────────────────────────────────────────────
The conversation was reset here: later turns do not see what is above.

────────────────────────────────────────────────────────────────────────
Turn 2 · 14:30:49 · 12 s

And in Python?

1 of 3 agents answered; all they wrote is in turn_2/
  ann    answered (agent1.1)
  bob    no answer: skipped by you
  carol  no answer: XAI_API_KEY is not set.

Winner: ann with agent1.1, the only answer
The turn was cut short: cancelled by you
Final answer by ann, as it was drafted (cancelled by you)

import sklearn
"""
    )


def test_the_summary_shows_times_in_the_zone_it_is_given(session: Path) -> None:
    play(Artifacts(session, logging_enabled=False, zone=timezone(timedelta(hours=9), "JST")), two_turns())
    second = (session / "SESSION_SUMMARY.txt").read_text().splitlines()[1]
    assert second == "Wednesday, 8 January 2025, 23:30 JST · 2 turns · 36 s at work · $0.0125 + unknown"


def test_the_summary_of_a_failed_turn_says_why_nobody_answered(session: Path) -> None:
    down = Problem(kind="network", text="No route to\x1b[2J OpenAI.")
    told = one_turn(
        CallStarted(agent="ann", call=1, stage="presentation"),
        CallFailed(agent="ann", call=1, problem=down, consequence="out_of_turn"),
    )
    failed = Record(
        seq=5, at=told[-1].at + 3700, event=TurnEnded(turn=1, outcome="failed", because="no agent answered")
    )
    play(Artifacts(session, logging_enabled=False), (*told[:-1], failed))
    assert (session / "SESSION_SUMMARY.txt").read_text().partition("─\n")[2] == (
        "Turn 1 · 14:30:23 · 1 h 1 min\n\nWhy?\n\n0 of 1 agent answered\n"
        "  ann  no answer: No route to␛[2J OpenAI.\n\n"
        "No final answer; the turn failed: no agent answered\n"
    )


def test_the_coordination_log_tells_the_turn_to_a_program(session: Path) -> None:
    play(Artifacts(session, logging_enabled=False), two_turns())
    told = json.loads((session / "turn_1" / "coordination_log.json").read_text())
    none = {"cached_tokens": 0, "cache_write_tokens": 0, "reasoning_tokens": 0}
    unused = {"input_tokens": 0, "output_tokens": 0, **none, "cost": None}
    assert told == {
        "format": 2,
        "session": "session_20250108_143022",
        "turn": 1,
        "question": "What is machine learning?",
        "outcome": "answered",
        "because": "",
        "started": "2025-01-08T14:30:23.000+00:00",
        "seconds": 24.0,
        "agents": [
            {
                "agent": each.agent,
                "model": each.model,
                "provider": each.provider,
                "answers": labels,
                "no_answer_because": because,
            }
            for each, labels, because in zip(
                TEAM,
                (["agent1.1"], ["agent2.1"], []),
                ("", "", "Grok is rate limited (HTTP 429)."),
                strict=True,
            )
        ],
        "winner": {"agent": "bob", "label": "agent2.1", "because": "ballot"},
        "final_answer": {
            "agent": "bob",
            "label": "agent2.1",
            "source": "presented",
            "because": "",
            "truncated": False,
            "length": 37,
            "record": 25,
        },
        "events": {"file": "events.jsonl", "first": 2, "last": 26},
        "phases": [
            phase("Initial Answer Generation", "23", "32", 9.0),
            phase("Coordination Round 1", "33", "40", 7.0),
            phase("Final Presentation", "42", "46", 4.0),
        ],
        "answers": [
            {
                "agent": agent,
                "label": label,
                "version": 1,
                "key": "",
                "truncated": False,
                "length": length,
                "record": record,
            }
            for agent, label, length, record in (("ann", "agent1.1", 25, 7), ("bob", "agent2.1", 32, 9))
        ],
        "ballots": [
            {
                "number": 1,
                "candidates": [
                    {"label": "agent1.1", "author": "ann", "members": ["agent1.1"], "supporters": ["ann"]},
                    {"label": "agent2.1", "author": "bob", "members": ["agent2.1"], "supporters": ["bob"]},
                ],
                "votes": [
                    {
                        "agent": "ann",
                        "first": "agent2.1",
                        "first_counts": True,
                        "also": [],
                        "reason": "Clearer,\nand shorter.",
                        "how": "vote",
                    },
                    {
                        "agent": "bob",
                        "first": "agent2.1",
                        "first_counts": False,
                        "also": ["agent1.1"],
                        "reason": "Mine is right.",
                        "how": "vote",
                    },
                ],
                "abstentions": [],
                "rule": "approval",
                "tally": [
                    {"label": "agent2.1", "score": 1.0, "firsts": 1.0, "supporters": 1},
                    {"label": "agent1.1", "score": 1.0, "firsts": 0.0, "supporters": 1},
                ],
                "because": "decided",
            }
        ],
        "retally": {
            "says": "won under 3 of 3 rules; without ann: ann",
            "by_rule": {"approval": "agent2.1", "plurality": "agent2.1", "borda": "agent2.1"},
            "without": {"ann": "agent1.1", "bob": "agent2.1"},
            "self_votes_the_other_way": "agent2.1",
        },
        "minority_report": None,
        "usage": {
            "ann": {
                "requests": 1,
                "requests_not_counted": 0,
                "requests_without_price": 0,
                "input_tokens": 1200,
                "output_tokens": 300,
                **none,
                "cost": "0.0125",
            },
            "bob": {"requests": 1, "requests_not_counted": 1, "requests_without_price": 1, **unused},
            "carol": {"requests": 0, "requests_not_counted": 0, "requests_without_price": 0, **unused, "cost": "0"},
        },
        "cost": "$0.0125 + unknown",
    }


def phase(name: str, began: str, ended: str, seconds: float) -> dict[str, object]:
    at = "2025-01-08T14:30:{}.000+00:00"
    return {"phase": name, "started": at.format(began), "ended": at.format(ended), "seconds": seconds}


def test_the_coordination_log_is_readable_json_whatever_a_model_wrote(session: Path) -> None:
    text = "漢字 \ud83d \x9b31m \u202e"
    play(
        Artifacts(session, logging_enabled=True),
        one_turn(
            CallStarted(agent="ann", call=1, stage="draft"),
            CallFailed(agent="ann", call=1, problem=Problem(kind="network", text=text), consequence="out_of_turn"),
        ),
    )
    written = (session / "turn_1" / "coordination_log.json").read_text()
    assert '"no_answer_because": "漢字 \ufffd \\u009b31m \\u202e"' in written


def test_usage_that_comes_after_the_end_is_still_counted(session: Path) -> None:
    told = two_turns()[:6]
    artifacts = Artifacts(session, logging_enabled=False)
    play(artifacts, (*told[:5], records(TurnEnded(turn=1, outcome="cancelled"), first=6)[0]))
    artifacts.record(Record(seq=7, at=told[5].at, event=told[5].event))
    asyncio.run(artifacts.flush())
    usage = json.loads((session / "turn_1" / "coordination_log.json").read_text())["usage"]
    assert usage["ann"]["input_tokens"] == 1200
