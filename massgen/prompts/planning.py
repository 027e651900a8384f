"""What agents are told while they may only plan."""

_TASK = """\
Planning. Nothing may be changed yet: you can look at files, but you cannot write any. An answer says what its author \
would change, file by file, and why. The author of the chosen answer carries it out afterwards."""


def paragraph(instruction: str) -> str:
    """The paragraph of the system text; `instruction` is the user's own wording, or empty."""
    return instruction.strip() or _TASK
