"""Where nothing can be kept no agent is asked, and a chat does not begin."""

import pytest

from tests.helpers import teams
from tests.helpers.program import Program, refusal


def test_where_no_session_can_be_kept_no_agent_is_asked(massgen: Program) -> None:
    team = teams.write(massgen.project, script=teams.HANGS)
    (massgen.project / ".massgen").touch()

    assert massgen("--config", team, "Why?") == refusal(
        4,
        f"massgen: {massgen.project}/.massgen is a file where MassGen needs a directory\n"
        "  Move it out of the way; MassGen makes the directory.\n",
    )


@pytest.mark.parametrize(
    ("stored", "what", "link"),
    [
        ("", ".massgen", ""),
        ("", ".massgen/sessions", ""),
        ("", ".massgen", "nowhere"),
        ("", ".massgen", "team.yaml"),
        ("orchestrator: {session_storage: kept/here}\n", ".massgen/kept", ""),
    ],
    ids=["home", "sessions", "broken link", "link to a file", "store"],
)
def test_a_chat_that_could_keep_nothing_does_not_begin(massgen: Program, stored: str, what: str, link: str) -> None:
    team = teams.write(massgen.project, teams.ONE + stored)
    place = massgen.project / what
    place.parent.mkdir(exist_ok=True)
    place.symlink_to(link) if link else place.touch()

    with massgen.chat("--config", team, columns=200) as chat:
        assert chat.wait_for_end() == 4
        kind = "a symbolic link that leads to no directory" if link else "a file"
        assert chat.text == (
            f"massgen: {place} is {kind} where MassGen needs a directory\n"
            "  Move it out of the way; MassGen makes the directory."
        )


def test_a_place_that_goes_during_a_chat_ends_it_with_a_remedy(massgen: Program) -> None:
    with massgen.chat("--config", teams.write(massgen.project), columns=200) as chat:
        chat.wait_for_prompt()
        (massgen.project / ".massgen").touch()
        chat.say("Why?")
        assert chat.wait_for_end() == 4
        assert chat.text.endswith(
            f"massgen: cannot make a session in {massgen.project}/.massgen/sessions: Not a directory\n"
            "  Move that file out of the way; a directory belongs there."
        )
