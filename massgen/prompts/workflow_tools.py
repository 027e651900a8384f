"""The two coordination tools a model sees in a ballot: `vote` and `new_answer`."""

from collections.abc import Sequence

from massgen.messages import Json, ToolSpec


def vote(labels: Sequence[str]) -> ToolSpec:
    """Vote for one of the answers under these labels, and say what else would do."""
    choices: list[Json] = list(labels)
    return ToolSpec(
        name="vote",
        description="Vote for the answer that serves the user best. Ends your part in this round.",
        parameters={
            "type": "object",
            "properties": {
                "reason": {
                    "type": "string",
                    "description": "Why this answer, in one or two sentences. Write this before you choose.",
                },
                "agent_id": {"type": "string", "enum": choices, "description": "The label of the best answer."},
                "also_acceptable": {
                    "type": "array",
                    "items": {"type": "string", "enum": choices},
                    "description": "Labels of other answers that would also serve the user well, best first.",
                },
            },
            "required": ["reason", "agent_id"],
            "additionalProperties": False,
        },
    )


def new_answer() -> ToolSpec:
    """Put an answer of one's own beside those that were shown."""
    return ToolSpec(
        name="new_answer",
        description="Submit a complete answer that is better than every answer shown. Use it instead of `vote`.",
        parameters={
            "type": "object",
            "properties": {
                "content": {"type": "string", "description": "The whole new answer, addressed to the user."}
            },
            "required": ["content"],
            "additionalProperties": False,
        },
    )
