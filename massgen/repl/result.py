"""What came of a run, as one JSON object for a program: the answer, and how far it can be trusted.

Every key is there in every result, null or empty where there is nothing to say; later versions only add keys.
`docs/programs.md` explains them.
"""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from massgen.errors import ConfigError, MassGenError, SessionError, UsageError
from massgen.events import PresentationEnded, Record, SessionStarted, UsageCounted
from massgen.messages import Json
from massgen.repl.chat import Chat
from massgen.repl.playing import Answered
from massgen.session import coordination_log, turns

FORMAT: Final = 1

_KINDS: Final[Mapping[type[MassGenError], str]] = MappingProxyType(
    {UsageError: "usage", ConfigError: "configuration", SessionError: "session"}
)


def result(chat: Chat | None, answered: Answered | None, *, status: int) -> dict[str, Json]:
    """The result of a turn that ended so, with this exit status; without one it was cancelled before it began."""
    session = chat.session if chat is not None else None
    turn = turns.last_turn(chat.records) if chat is not None else None
    if answered is None or session is None or turn is None:
        return _result(outcome="cancelled", status=status)
    final = turn.last(PresentationEnded)
    log = coordination_log.document(turn, session.id)
    used = (*_apart(chat.records if chat is not None else ()), *turn.all(UsageCounted))
    agents = [each.agent for each in turn.team]
    kept: dict[str, Json] = {key: log[key] for key in ("because", "turn", "winner", "agents", "ballots", "seconds")}
    return _result(
        outcome=answered.outcome,
        status=status,
        answer=answered.text,
        source=final.source if final else "",
        truncated=final.truncated if final else False,
        session=session.id,
        directory=str(session.directory),
        usage=coordination_log.usage(used) | {"agents": {each: coordination_log.usage(used, each) for each in agents}},
        files={
            "workspace": str(answered.files) if answered.files else None,
            "changed": [*turn.changed],
            "unsubmitted": str(answered.unsubmitted) if answered.unsubmitted else None,
        },
        **kept,
    )


def _apart(records: Sequence[Record]) -> Iterator[UsageCounted]:
    """What this run of the program has used besides its turn: for a summary of the conversation before it."""
    for record in reversed(records):
        if isinstance(record.event, SessionStarted):
            return
        if isinstance(record.event, UsageCounted) and record.event.call == 0:
            yield record.event


def refused(error: MassGenError) -> dict[str, Json]:
    """The result of a run that came to no turn, or could not go on with it."""
    said: dict[str, Json] = {"kind": _KINDS.get(type(error), "other"), "sentence": str(error), "hint": error.hint}
    return _result(outcome="error", status=error.exit_status, because=str(error), error=said)


def _result(*, outcome: str, status: int, **known: Json) -> dict[str, Json]:
    """A result with all its keys, in the order in which a person reads them."""
    nothing: dict[str, Json] = {
        "type": "result",
        "v": FORMAT,
        "outcome": outcome,
        "exit_status": status,
        "answer": None,
        "because": "",
        "error": None,
        "source": "",
        "truncated": False,
        "winner": None,
        "agents": [],
        "ballots": [],
        "session": None,
        "directory": None,
        "turn": None,
        "files": {"workspace": None, "changed": [], "unsubmitted": None},
        "usage": coordination_log.usage(()) | {"agents": {}},
        "seconds": 0.0,
    }
    assert known.keys() <= nothing.keys(), "every key has its place"
    return nothing | known
