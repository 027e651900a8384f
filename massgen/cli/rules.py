"""From a configuration to the rules that every turn is played by."""

from dataclasses import replace

from massgen.config.schema import Configuration
from massgen.coordination.rules import Rules


def rules_of(configuration: Configuration, *, turn_s: float | None) -> Rules:
    """The rules of every turn; `turn_s` is the command line's word on how long one may take."""
    orchestrator, times = configuration.orchestrator, configuration.timeout_settings
    coordination = orchestrator.coordination
    rules = Rules(
        voting_sensitivity=orchestrator.voting_sensitivity,
        max_new_answers_per_agent=orchestrator.max_new_answers_per_agent,
        max_new_answers_global=orchestrator.max_new_answers_global,
        answer_novelty_requirement=orchestrator.answer_novelty_requirement,
        final_answer_strategy="winner_reuse"
        if orchestrator.skip_final_presentation
        else orchestrator.final_answer_strategy,
        skip_voting=orchestrator.skip_voting or orchestrator.skip_coordination_rounds,
        must_present=configuration.has_side_effects or coordination.enable_planning_mode,
        max_ballots=coordination.max_ballots,
        consensus_threshold=coordination.consensus_threshold,
        vote_rule=coordination.vote_rule,
        count_self_votes=coordination.count_self_votes,
        quorum=coordination.quorum,
        grace_factor=coordination.grace_factor,
        vote_weights={agent.id: agent.vote_weight for agent in configuration.agents if agent.vote_weight != 1},
        max_calls=coordination.max_calls,
        max_tokens=coordination.max_tokens,
        max_cost=coordination.max_cost,
        planning=coordination.enable_planning_mode,
        planning_instruction=coordination.planning_mode_instruction or "",
        max_retries=times.max_retries,
        silence_s=times.agent_silence_timeout_seconds,
        call_s=times.agent_call_timeout_seconds,
        draft_s=times.initial_round_timeout_seconds,
        ballot_s=times.subsequent_round_timeout_seconds,
        warning_s=times.round_timeout_grace_seconds,
        turn_s=times.orchestrator_timeout_seconds,
    )
    return rules if turn_s is None else replace(rules, turn_s=turn_s)
