"""How many calls a turn takes, counted through the real orchestrator for the committed scripts of `benchmarks/`."""

import pytest

from benchmarks.scripted_turns import TURNS, Played, ScriptedTurn, most_calls, play, promised

CALLS = {
    "all drafts differ, nobody revises": {1: 1, 2: 5, 3: 7, 5: 11, 10: 21},
    "all drafts differ, each comes 3 s after the one before": {1: 1, 2: 5, 3: 7, 5: 11, 10: 21},
    "all drafts are equal": {1: 1, 2: 3, 3: 4, 5: 6, 10: 11},
    "one agent revises, and is not asked again": {1: 1, 2: 5, 3: 9, 5: 15, 10: 30},
    "everybody revises once": {1: 1, 2: 7, 3: 10, 5: 16, 10: 31},
    "stubborn: everybody votes for its own": {1: 1, 2: 5, 3: 7, 5: 11, 10: 21},
    "stubborn: everybody rewrites while it may, then votes for its own": {1: 1, 2: 7, 3: 10, 5: 16, 10: 31},
    "stubborn: everybody rewrites, also where it is told not to": {1: 1, 2: 9, 3: 13, 5: 21, 10: 41},
    "one agent is down and fails every request": {1: 3, 2: 5, 3: 11, 5: 15, 10: 25},
}


@pytest.mark.parametrize("script", TURNS, ids=lambda script: script.name)
def test_a_turn_takes_as_many_calls_as_the_protocol_says(script: ScriptedTurn) -> None:
    played = {agents: play(script, agents) for agents in CALLS[script.name]}
    assert {agents: each.calls for agents, each in played.items()} == CALLS[script.name]
    for agents, each in played.items():
        assert each == promised(script, agents, waited_s=each.waited_s)
        assert each.calls <= script.bound(agents) <= most_calls(agents)


def test_a_team_of_fifty_takes_no_longer_than_a_team_of_two() -> None:
    two, fifty = (play(TURNS[0], agents) for agents in (2, 50))
    assert two == Played(calls=5, requests=5, seconds=27.0, waited_s=0, outcome="answered")
    assert fifty == Played(calls=101, requests=101, seconds=27.0, waited_s=0, outcome="answered")


def test_every_script_of_the_benchmark_is_counted_here() -> None:
    assert [script.name for script in TURNS] == list(CALLS)
