"""What an agent is asked in the draft stage: an answer of its own, in plain text."""

from collections.abc import Iterable

from massgen.messages import ChatRequest, UserMessage
from massgen.prompts.conversation import Exchange, history, system

_TASK = """\
Answer the user's last message as well as you can. Write the complete answer as plain text in your reply, addressed to \
the user and in the user's language; Markdown is fine. Do not describe what you are going to do."""

_KEY = """\
If, and only if, the question has one short exact answer (a number, a name, a date, a choice), end with a line of its \
own: `Final answer: …`"""


def request(*, role: str, conversation: Iterable[Exchange], question: str) -> ChatRequest:
    """The request for a draft. `role` is the agent's system message from the configuration."""
    messages = (*history(conversation), UserMessage(question))
    return ChatRequest(system=system(role, f"{_TASK}\n\n{_KEY}"), messages=messages, purpose="draft")


def request_alone(*, role: str, conversation: Iterable[Exchange], question: str) -> ChatRequest:
    """The request to the only agent there is: its draft is the presentation, and nobody compares short answers."""
    messages = (*history(conversation), UserMessage(question))
    return ChatRequest(system=system(role, _TASK), messages=messages, purpose="presentation")
