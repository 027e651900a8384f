"""The question what becomes of an interrupted turn, as it is asked on each kind of prompt."""

import re
import shutil
from pathlib import Path

import pytest

from tests.helpers.conversation import CTRL_C, CTRL_D, ENTER
from tests.helpers.cut import LOG, answered, cut_behind
from tests.helpers.program import Program

OFFER = "Turn 1 was interrupted in Coordination Round 1: 2 of 3 votes are in; cyd is missing."
ASKED = "continue, start over, or drop it? [C/s/d]"
DURATION = re.compile(r"less than a second|\d+ seconds?|\d+\.\d s")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return answered(tmp_path_factory.mktemp("whole"), "Why?")


@pytest.fixture
def session(massgen: Program, whole: Path) -> Path:
    """A session whose program died when two had voted."""
    shutil.copytree(whole, massgen.project, dirs_exist_ok=True)
    [session] = massgen.sessions()
    cut_behind(session, "VoteCast", 2)
    return session


def test_who_listens_hears_what_stands_and_then_the_rest(massgen: Program, session: Path) -> None:
    with massgen.chat("--continue", "--display", "linear", columns=100, lines=60) as chat:
        chat.wait_for(ASKED)
        chat.type("well" + ENTER)
        chat.wait_for("Answer c, s or d")
        chat.type("C" + ENTER)
        chat.wait_for("Bob's answer to")
        chat.wait_for_prompt()
        said = DURATION.sub("n", chat.text).partition("Going on with")[2].partition("\n\n")[2]
    assert said == (
        f"""\
{OFFER}
{ASKED} well
Answer c, s or d; Ctrl+C leaves MassGen, and the turn stays as it is.
{ASKED} C
Turn 1: ann, bob and cyd are writing their answers.
ann: answered after n. It begins: One draft.
bob: answered after n. It begins: Another draft.
cyd: answered after n. It begins: A third draft.
Coordination Round 1: the team votes on 3 answers, by ann, bob and cyd.
ann: voted for bob. Reason: It is better.
bob: voted for ann. Reason: It is shorter.
Turn 1 goes on where it was interrupted.
cyd: asked again, try 2.
cyd: voted for bob. Reason: It says more.
Coordination Round 1: closed. Counted: bob 2, ann 1, cyd 0.
Winner: bob, by vote.
Final Presentation: bob is writing the final answer.
bob: the final answer is ready.
Summary: 3 agents; 1 round; winner bob (2 of 3 votes); presented version; n
Answer of bob:
Bob's answer to “Why?”.
You:"""
    )


@pytest.mark.parametrize("display", ["rich", "linear"])
@pytest.mark.parametrize("keys", [CTRL_C, CTRL_D])
def test_who_leaves_has_changed_nothing(massgen: Program, session: Path, display: str, keys: str) -> None:
    before = (session / LOG).read_bytes()
    with massgen.chat("--continue", "--display", display) as chat:
        chat.wait_for(OFFER, ASKED)
        chat.type(keys)
        assert chat.wait_for_end() == 0
        assert chat.text.splitlines()[-1] == "Exiting MassGen. Goodbye!"
        assert chat.is_as_before
    assert (session / LOG).read_bytes() == before


def test_what_was_typed_but_not_sent_is_dropped_by_ctrl_c_on_the_line_prompt(massgen: Program, session: Path) -> None:
    with massgen.chat("--continue", "--display", "linear") as chat:
        chat.wait_for(ASKED)
        chat.type(f"no{CTRL_C}")
        chat.wait_until(lambda: chat.text.count(ASKED) == 2, "the question once more")
        chat.type("d" + ENTER)
        chat.wait_for("Turn 1 is dropped; what it had brought is kept in")
        chat.wait_for_prompt()
