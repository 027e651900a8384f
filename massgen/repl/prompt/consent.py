"""What goes with a question, once its user has been told of it and asked where that is due."""

from collections.abc import Callable, Sequence
from typing import Protocol

from massgen.events import Attached
from massgen.printable import one_line
from massgen.repl.prompt.attaching import Found, Refused, look_up, told
from massgen.repl.prompt.habits import Habits


class Asks(Protocol):
    """Where the user can say yes or no."""

    async def confirm(self, question: str) -> bool:
        """Whether the user says yes."""
        ...


async def agreed(typed: str, habits: Habits, prompt: Asks, say: Callable[[str], None]) -> Sequence[Attached] | None:
    """The files that go with the question; None when the user would rather not send it like that.

    Only what was typed mentions files: an @ in a folded paste is text.
    """
    findings = look_up(typed, project=habits.project, redactor=habits.redactor)
    refused = [each.sentence for each in findings if isinstance(each, Refused)]
    for sentence in refused:
        say(sentence)
    if refused and not await prompt.confirm("Send the question all the same?"):
        return None
    found = [each for each in findings if isinstance(each, Found)]
    for each in found:
        name = one_line(each.attached.path, 200)
        if each.why and not await prompt.confirm(f"{name} {each.why}. Send it to every agent?"):
            return None
    if found:
        say(f"Attached: {', '.join(map(told, found))}")
    return tuple(each.attached for each in found)
