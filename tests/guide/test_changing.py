"""What the guide says about commands that look back, change the conversation, or lead to another session."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.guide.page import promised
from tests.helpers import desk, teams
from tests.helpers.conversation import CTRL_C, ENTER
from tests.helpers.program import Program
from tests.helpers.wires import Request, WireServer
from tests.workspace.trees import files

pytestmark = pytest.mark.slow  # a program is started for each

LINES = (
    *("/help undo", "/help keys", "/ST", "/re", "/stauts"),
    *("One?", "Two?", "/answers", "/answers ann", "/retally", "/cost", "/status"),
    *("/undo", "/promote an", "/promote bob", "/promote bob", "/retry", "/undo", "/undo", "/undo"),
    *("Three?", "/model", "/model ann=grok-4.7", "/model ann=gemini-3.8-flash", "Four?"),
    *("/fork", "/sessions", "/fork 3", "/resume", "/resume session_1999", "/status"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Talked:
    """What was said after each line of one chat, which models were asked, and what it left on disk."""

    said: Sequence[tuple[str, str]]
    asked: Sequence[Request]
    sessions: Sequence[Path]
    resumed: str
    history: str
    without_key: str
    alone: str
    demo: str

    def after(self, line: str, number: int = 0) -> str:
        """What was said after this line, when it was typed for the first time or later."""
        return [said for each, said in self.said if each == line][number]


@pytest.fixture(scope="module")
def talked(tmp_path_factory: pytest.TempPathFactory) -> Talked:
    """A chat of two agents with files, over the wires, and a resume of its session."""
    massgen = Program(tmp_path_factory.mktemp("changing"))
    (massgen.project / "team.yaml").write_text(desk.TEAM, "utf-8")
    said = []
    with WireServer(desk.reply) as server:
        environ = server.environ("claude", "openai", "gemini")
        with massgen.chat("--config", "team.yaml", "--no-display", env=environ, columns=250, lines=40) as chat:
            for line in LINES:
                chat.say(line)
                said.append((line, chat.after(line)))
            chat.say("/quit")
            chat.wait_for_end()
        forked = massgen.sessions()[1].name
        with massgen.chat("--resume", forked, "--no-display", env=environ, columns=250, lines=40) as chat:
            chat.say("/status")
            start = chat.text
            resumed = f"{start}\n{chat.after('/status')}"
            chat.say("/history")
            history = chat.after("/history")
        poorer = server.environ("claude", "openai")
        with massgen.chat("--resume", forked, "--no-display", env=poorer, columns=250, lines=40) as chat:
            chat.wait_for_prompt()
            without_key = chat.text
        alone = ["--model", "gpt-6.1-terra", "--no-display"]
        with massgen.chat(*alone, env=environ, columns=250) as chat:
            chat.say("/model gpt-5.5")
            one = chat.after("/model gpt-5.5")
    with massgen.chat("--config", teams.write(massgen.project), columns=250) as chat:
        chat.say("/model gpt-5.5")
        demo = chat.after("/model gpt-5.5")
    return Talked(
        said=said,
        asked=server.requests,
        sessions=massgen.sessions(),
        resumed=resumed,
        history=history,
        without_key=without_key,
        alone=one,
        demo=demo,
    )


# -- names -----------------------------------------------------------------------------------------------------------


def test_names_may_be_shortened_and_help_explains_them(talked: Talked) -> None:
    promised(
        "A name may be shortened as long as it is clear: `/st` is `/status`, and where several begin so, MassGen says "
        "which.",
        "Upper case is fine, and a name that does not exist is answered with the nearest one.",
        "`/help undo` explains a command with an example, and `/help keys` says what can be pressed.",
    )
    assert talked.after("/ST").startswith("Mode:          Multi-Agent (2 agents)")
    assert talked.after("/re") == "/re could be /retally, /reset, /rewind, /retry or /resume."
    assert "Did you mean /status?" in talked.after("/stauts")
    assert talked.after("/help undo").splitlines()[0] == "/undo, also /rewind"
    assert talked.after("/help undo").splitlines()[2] == "  Example: /undo"
    assert talked.after("/help keys").startswith("  Ctrl+C        At an empty prompt: exit interactive mode.")


def test_what_goes_wrong_in_a_command_is_a_sentence(talked: Talked) -> None:
    promised("What goes wrong in a command is told in a sentence, and the conversation goes on.")
    assert talked.after("/promote bob", 1) == "The conversation goes on from the answer of bob already."
    assert talked.after("/model ann=grok-4.7") == "ann cannot be grok-4.7: XAI_API_KEY is not set. Nothing was changed."
    assert talked.after("/undo", 3) == "There is no turn that could be taken back."


# -- looking back ----------------------------------------------------------------------------------------------------


def test_answers_are_shown_with_author_label_and_votes(talked: Talked) -> None:
    promised(
        "`/answers` shows the last answer of each agent in the last turn, with its author, its label and its votes; "
        "`/answers agent_b` all that agent_b submitted.",
        "| `/answers [agent]` | Read the answers of the last turn, or all of one agent |",
    )
    anns = "ann, agent1.1, no vote:\n\nann drafts Two?"
    bobs = "bob, agent2.1, 1 vote (ann), it won, and was presented in other words:\n\nbob drafts Two?"
    assert talked.after("/answers") == f"{anns}\n\n{bobs}"
    assert talked.after("/answers ann") == anns


def test_the_last_ballot_is_counted_again(talked: Talked) -> None:
    promised(
        "`/retally` names the winner under every rule, and without each of the votes.",
        "| `/retally` | Count the last ballot again in other ways |",
    )
    title, *rows = talked.after("/retally").splitlines()
    assert title == "Turn 2, Coordination Round 1: bob won by approval."
    counted = [tuple(part.strip() for part in row.split("  ") if part) for row in rows]
    assert ("without ann", "bob") in counted or ("without ann", "ann instead") in counted  # hers was the only vote
    assert [each for each in counted if each[0] != "without ann"] == [
        ("by approval", "bob"),
        ("by plurality", "bob"),
        ("by borda", "bob"),
        ("without bob", "bob"),
        ("self-votes the other way", "bob"),
    ]


def test_the_cost_is_the_same_everywhere(talked: Talked) -> None:
    promised(
        "`/cost` counts tokens and dollars of each turn and of each agent; its sum is the one of `/status`.",
        "| `/cost`, `/usage` | Show what this session has cost, by turn and agent |",
    )
    heads, *rows = [line.split() for line in talked.after("/cost").splitlines()]
    assert heads == ["in", "cached", "out", "cost"]
    names = [" ".join(row[:2]) if row[0] in ("turn", "this") else row[0] for row in rows]
    assert names == ["turn 1", "turn 2", "ann", "bob", "this session"]
    cost = talked.after("/status").partition("Cost:")[2].splitlines()[0].strip()
    assert talked.after("/cost").splitlines()[-1].endswith(cost)


# -- changing --------------------------------------------------------------------------------------------------------


def told(talked: Talked, question: str) -> list[tuple[str, str]]:
    """What the last draft on a question was told of the turns before."""
    drafts = [each.texts for each in talked.asked if each.texts[-1] == ("user", question)]
    return list(drafts[-1][:-1])


def test_undo_takes_back_turn_after_turn_with_the_files(talked: Talked) -> None:
    promised(
        "* `/undo` takes the last turn back: no agent is told of it, and the next turn begins with the files from "
        "before it.",
        "Typed again, it takes back the turn before that.",
        "| `/undo`, `/rewind` | Take the last turn back, with its files |",
    )
    one = talked.sessions[0] / "turn_1" / "workspace"
    assert talked.after("/undo").splitlines() == [
        "Turn 2 was taken back: Two?",
        "1 earlier question is remembered.",
        f"The next turn begins with the files in {one}.",
    ]
    assert talked.after("/undo", 1).splitlines()[0] == "Turn 3 was taken back: One?"
    assert talked.after("/undo", 1).splitlines()[-1] == "The next turn begins with no files."
    assert talked.after("/undo", 2) == "There is no turn that could be taken back."
    assert told(talked, "Three?") == []


def test_a_turn_without_an_answer_is_taken_back_like_any_other(massgen: Program) -> None:
    promised("A turn that came to no answer can be taken back too.")
    with massgen.chat("--config", teams.write(massgen.project, script=teams.HANGS), "--no-display") as chat:
        chat.wait_for_prompt()
        chat.type("Why?" + ENTER)
        chat.wait_for("ann presenting")
        chat.type(CTRL_C)
        chat.say("/undo")
        assert chat.after("/undo") == "Turn 1 was taken back: Why?\n0 earlier questions are remembered."


def test_retry_asks_again(talked: Talked) -> None:
    promised(
        "* `/retry` takes the last turn back and asks its question again.",
        "| `/retry` | Take the last turn back and ask its question again |",
    )
    assert talked.after("/retry").startswith("Turn 1 was taken back, and is asked again: One?\n")
    assert talked.after("/retry").rstrip().endswith("workspace")
    assert "\nbob presents One?\n" in talked.after("/retry")


def test_promote_goes_on_from_another_answer_and_its_files(talked: Talked) -> None:
    promised(
        "* `/promote agent_b` goes on from the answer of agent_b in the last turn, as if that had won, and shows it.",
        "The next turn begins with the files that were kept with it.",
        "`/promote` with the winner's name leads back.",
        "| `/promote agent` | Go on from another agent's answer of the last turn |",
    )
    kept = talked.sessions[0] / "turn_1"
    assert talked.after("/promote an").splitlines() == [
        "The conversation goes on from the answer of ann in turn 1.",
        "1 earlier question is remembered.",
        f"The next turn begins with the files in {kept / 'workspace-ann'}.",
        "Answer of ann, agent1.1:",
        "",
        "ann drafts One?",
    ]
    assert files(kept / "workspace-ann") == {"who.txt": "ann: One?"}
    assert f"The next turn begins with the files in {kept / 'workspace'}." in talked.after("/promote bob")


def test_another_model_speaks_and_is_asked_with_its_own_key(talked: Talked) -> None:
    promised(
        "* `/model agent_b=claude-sonnet-5-5` lets another model speak for agent_b from the next turn on.",
        "Models are named as behind `--model`, with the provider where the name does not tell, and keys are looked up "
        "as at the start.",
        "With one agent `/model NAME` is enough, and `/model` alone lists who speaks.",
        "The options of the agent and its workspace stay.",
        "An agent of a demo team plays its script and has no other model.",
        "| `/model [agent=model]` | Let another model speak for an agent; alone, list them |",
    )
    assert talked.after("/model") == "  ann: claude-sonnet-5-5 (Claude)\n  bob: gpt-6.1-terra (Response)"
    assert talked.after("/model ann=gemini-3.8-flash") == "From the next turn on ann is gemini-3.8-flash (Gemini)."
    assert talked.alone == "From the next turn on openai_agent is gpt-5.5 (Response)."
    assert talked.demo == "ann plays a script, as all agents of a demo team do: it has no other model."
    asked = {each.model for each in talked.asked if ("user", "Four?") in each.texts}
    assert asked == {"gemini-3.8-flash", "gpt-6.1-terra"}


# -- other sessions --------------------------------------------------------------------------------------------------


def test_sessions_are_listed_and_gone_on_with(talked: Talked) -> None:
    promised(
        "`/sessions` lists the sessions of this directory and marks the open one.",
        "`/resume` leaves the open session and goes on with the last other one, with the same team; behind it may "
        "stand the id of a session or its beginning.",
        "When the other session cannot be opened, the open one stays.",
        "The models that were chosen in a session with `/model` come back with it;",
        "where one cannot be asked any more, MassGen says so, and the model of the configuration speaks.",
        "| `/sessions` | List the sessions of this directory |",
        "| `/resume [id]` | Leave this session and go on with another |",
    )
    first, second, third = (each.name for each in talked.sessions[:3])
    assert [line.partition("  One?")[::2] for line in talked.after("/sessions").splitlines()] == [
        (f"* {second}    5 turns", ""),
        (f"  {first}    5 turns", ""),
    ]
    assert talked.after("/resume").splitlines() == [
        f"Going on with {second}; 2 earlier questions are remembered.",
        "ann is gemini-3.8-flash (Gemini) in this session.",
    ]
    assert "ann was gemini-3.8-flash in this session, and is claude-sonnet-5-5 again." in talked.without_key
    assert talked.after("/resume session_1999").startswith("There is no other session 'session_1999' here.")
    assert str(talked.sessions[1]) in talked.after("/status", 1)
    assert third not in talked.after("/status", 1)


def test_a_fork_leaves_the_session_as_it_is(talked: Talked) -> None:
    promised(
        "`/fork` goes on in a copy of the session, and the session itself stays as it is.",
        "`/fork 2` copies it up to the end of the second turn, also when that was taken back later.",
        "The copy has all files of its turns, and a fork can be forked again.",
        "| `/fork [turn]`, `/branch` | Go on in a copy of this session, up to the end of a turn |",
    )
    first, second, third = talked.sessions[:3]
    assert talked.after("/fork").splitlines()[:2] == [
        "A copy up to the end of turn 5; the session it was made of stays as it is.",
        f"Going on with {second.name}; 2 earlier questions are remembered.",
    ]
    assert talked.after("/fork 3").splitlines()[1] == f"Going on with {third.name}; 1 earlier question is remembered."
    turns = [sorted(each.name for each in session.glob("turn_*")) for session in (first, second, third)]
    assert [len(each) for each in turns] == [5, 5, 3]
    for number in (1, 2, 3):
        assert files(third / f"turn_{number}") == files(first / f"turn_{number}")


def test_a_resume_has_what_was_changed_and_every_view_tells_it(talked: Talked) -> None:
    promised(
        "Each change is on disk before MassGen says that it is done, so a session that is resumed has the "
        "conversation, the files and the models that you had.",
        "The history, `/status` and `SESSION_SUMMARY.txt` tell every change.",
    )
    assert "ann is gemini-3.8-flash (Gemini) in this session." in talked.resumed
    assert talked.resumed.endswith(talked.after("/status", 1))
    changed = "The conversation goes on from the answer of ann in turn 1."
    assert changed in " ".join(talked.history.split())
    assert changed in (talked.sessions[1] / "SESSION_SUMMARY.txt").read_text("utf-8")
    assert "Changed:       " in talked.after("/status", 1)


# -- from the command line -------------------------------------------------------------------------------------------


def test_a_session_is_gone_on_with_as_a_copy(massgen: Program) -> None:
    promised("`massgen --continue --fork` goes on with a copy and leaves the session as it is.")
    massgen("--config", teams.remembering(massgen.project), "One?")
    [session] = massgen.sessions()
    before = files(session)

    ran = massgen("--continue", "--fork", "Two?")

    assert (ran.stdout, ran.status) == ("Number 2, after “One?”.\n", 0)
    assert files(session) == before
    [_, forked] = massgen.sessions()
    assert sorted(each.name for each in forked.glob("turn_*")) == ["turn_1", "turn_2"]


def test_a_copy_of_nothing_is_refused(massgen: Program) -> None:
    ran = massgen("--fork", "--demo", "Why?")
    assert ran.status == 2
    assert ran.stderr == "massgen: --fork goes with --continue or --resume.\n  massgen --continue --fork\n"
