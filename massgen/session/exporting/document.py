"""A session as one JSON object for a program; every key is explained in `docs/programs.md`.

Every key is there in every document, null or empty where there is nothing to say; later versions only add keys.
"""

import json
from datetime import UTC, datetime
from typing import Final

from massgen.events import Attached, PresentationEnded, TurnUndone, UsageCounted
from massgen.messages import Json
from massgen.session import coordination_log
from massgen.session.changes import sentence
from massgen.session.records import plain
from massgen.session.turns import History, Turn

FORMAT: Final = 1


def text(told: History, session: str) -> str:
    """The whole document, in ASCII. `session` is the session's id."""
    return json.dumps(document(told, session), indent=2) + "\n"


def document(told: History, session: str) -> dict[str, Json]:
    """The same as JSON values. Times are ISO 8601 in UTC, durations in seconds."""
    undone = {each.turn for changes in told.changes.values() for each in changes if isinstance(each, TurnUndone)}
    ends = [turn.entries[place].at for turn in told.turns for place in (0, -1)]
    used = [event for turn in told.turns for event in turn.all(UsageCounted)]
    return {
        "type": "session",
        "v": FORMAT,
        "session": session,
        "began": _time(min(ends)) if ends else None,
        "last_used": _time(max(ends)) if ends else None,
        "config": told.session.config if told.session else "",
        "agents": [plain(each) for each in (told.session.agents if told.session else ())],
        "turns": [_turn(turn, session, is_undone=turn.number in undone) for turn in told.turns],
        "changes": [
            {"after_turn": after, "type": type(each).__name__, "says": sentence(each), "data": plain(each)}
            for after, changes in told.changes.items()
            for each in changes
        ],
        "usage": coordination_log.usage(used),
    }


def _turn(turn: Turn, session: str, *, is_undone: bool) -> dict[str, Json]:
    log, final = coordination_log.document(turn, session), turn.last(PresentationEnded)
    return {
        "turn": turn.number,
        "began": log["started"],
        "seconds": log["seconds"],
        "question": turn.start.question,
        "attached": [_attached(each) for each in turn.start.attached],
        "taken_back": is_undone,
        "outcome": log["outcome"],
        "because": log["because"],
        "answer": final.text if final else None,
        "source": final.source if final else "",
        "truncated": final.truncated if final else False,
        "winner": log["winner"],
        "agents": log["agents"],
        "answers": log["answers"],
        "ballots": log["ballots"],
        "retally": log["retally"],
        "minority_report": log["minority_report"],
        "files": {"workspace": turn.kept or None, "changed": [*turn.changed]},
        "usage": coordination_log.usage(turn.all(UsageCounted)) | {"agents": log["usage"]},
    }


def _attached(file: Attached) -> dict[str, Json]:
    return {"path": file.path, "cut": file.cut, "text": file.text}


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
