"""The log cut into turns, when its user has changed things between them."""

from pathlib import Path

from massgen.agents import AgentDescription
from massgen.events import AnswerPromoted, FilesDelivered, ModelChanged, TurnUndone
from massgen.session.reading import read, spell
from massgen.session.summary import text
from massgen.session.turns import Cut, history, last_turn
from tests.session.scene import TEAM, first_turn, records, second_turn, session_started

OTHER = AgentDescription(agent="ann", model="claude-sonnet-5-5", provider="Claude")


def test_each_turn_names_the_models_that_spoke_in_it() -> None:
    changed = ModelChanged(agent=OTHER, model="claude-sonnet-5-5")
    told = history(records(session_started(), *first_turn(), changed, *second_turn()))

    assert [turn.team for turn in told.turns] == [TEAM, (OTHER, *TEAM[1:])]
    assert told.agents == (OTHER, *TEAM[1:])
    assert "  ann    claude-sonnet-5-5 (Claude)\n" in text(told, "session_20250108_143022")


def test_files_that_are_kept_later_belong_to_their_turn() -> None:
    won = FilesDelivered(turn=1, agent="bob", path="turn_1/workspace")
    chosen = FilesDelivered(turn=1, agent="ann", path="turn_1/workspace-ann")
    promoted = AnswerPromoted(turn=1, agent="ann", label="agent1.1", text="Learning from data.")
    told = history(records(session_started(), *first_turn(), won, *second_turn(), TurnUndone(turn=2), promoted, chosen))

    assert [turn.all(FilesDelivered) for turn in told.turns] == [(won, chosen), ()]
    assert text(told, "session_20250108_143022").count("Files: ") == 1


def test_files_that_are_kept_after_a_turn_without_an_answer_belong_to_the_one_before() -> None:
    kept = FilesDelivered(turn=1, agent="bob", path="turn_1/workspace")
    entries = records(session_started(), *first_turn(), *second_turn(), kept)

    assert [turn.kept for turn in history(entries).turns] == ["turn_1/workspace", ""]
    assert [(each.turn and each.turn.number, len(each.late)) for each in Cut().all(entries)] == [
        (None, 0),
        (1, 0),
        (2, 1),
    ]


def test_the_last_turn_alone_is_the_one_of_the_history_whatever_was_changed_after_it(tmp_path: Path) -> None:
    changed = ModelChanged(agent=OTHER, model="claude-sonnet-5-5")
    path = tmp_path / "events.jsonl"
    path.write_bytes(spell(*records(session_started(), *first_turn(), *second_turn(), changed)))
    saved = read(path).saved

    assert last_turn(saved) == history(saved).turns[-1]
    assert last_turn(saved.before_turn(-1)) == history(saved).turns[0]
