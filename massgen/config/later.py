"""The keys that files of users already hold and that this version does not act on yet, each with a sentence.

To implement one: delete its row here and give it a field in `schema.py`. In a pattern `[]` is any place of a list and
`*` any rest of a name; whatever is below a key belongs to it.
"""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Final

NOT_YET: Final = "this version does not do that yet; the run goes on without it"

LATER: Final[Mapping[str, str]] = MappingProxyType(
    {
        "agents[].backend.enable_*_generation": NOT_YET,
        "agents[].backend.mcp_servers": NOT_YET,
        "agents[].backend.exclude_tools": NOT_YET,
        "agents[].backend.allowed_tools": NOT_YET,
        "agents[].backend.disallowed_tools": NOT_YET,
        "agents[].backend.custom_tools": NOT_YET,
        "agents[].backend.enable_mcp_command_line": NOT_YET,
        "agents[].backend.command_line_*": NOT_YET,
        "agents[].backend.permission_mode": NOT_YET,
        "agents[].backend.max_turns": NOT_YET,
        "agents[].backend.max_thinking_tokens": NOT_YET,
        "agents[].backend.system_prompt": f"{NOT_YET} (`system_message:` of the agent is read)",
        "agents[].backend.safety_settings": NOT_YET,
        "orchestrator.voting_threshold": f"{NOT_YET} (`coordination.consensus_threshold:` is read)",
        "orchestrator.fairness_*": NOT_YET,
        "orchestrator.max_midstream_injections_per_round": "nothing is ever injected here, so the limit has no effect",
        "orchestrator.disable_injection": "nothing is ever injected here, so this is always so",
        "orchestrator.defer_*": "nothing is ever injected here, so this has no effect",
        "orchestrator.enable_multimodal_tools": NOT_YET,
        "orchestrator.*_generation_backend": NOT_YET,
        "orchestrator.coordination.enable_agent_task_planning": NOT_YET,
        "orchestrator.coordination.task_planning_filesystem_mode": NOT_YET,
        "orchestrator.coordination.enable_memory_filesystem_mode": NOT_YET,
        "orchestrator.coordination.use_skills": NOT_YET,
        "orchestrator.coordination.skills_directory": NOT_YET,
        "orchestrator.coordination.enable_subagents": NOT_YET,
        "orchestrator.coordination.write_mode": NOT_YET,
        "orchestrator.coordination.learning_capture_mode": NOT_YET,
        "orchestrator.coordination.max_orchestration_restarts": NOT_YET,
        "memory": NOT_YET,
        "session_id": NOT_YET,
    }
)


def sentence_for(words: tuple[str, ...]) -> str:
    """What to say about the key at `words` (`("agents", "[]", "backend", "cwd")`); empty when it is none of these."""
    return next((sentence for pattern, sentence in LATER.items() if _matches(words, _words(pattern))), "")


def names_below(words: tuple[str, ...]) -> Iterable[str]:
    """The names of such keys directly below the mapping at `words`, for suggestions."""
    patterns = [_words(pattern) for pattern in LATER]
    return [pattern[-1] for pattern in patterns if pattern[:-1] == words and "*" not in pattern[-1]]


def _words(pattern: str) -> tuple[str, ...]:
    return tuple(pattern.replace("[]", ".[]").split("."))


def _matches(words: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    return len(words) == len(pattern) and all(map(fnmatchcase, words, pattern))
