"""A chat of two agents with files, put together as the program does it, over the wires and without a terminal."""

import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from massgen.agents import AgentDescription
from massgen.cli.chat import make
from massgen.cli.choice import choose
from massgen.cli.files import layout_of
from massgen.cli.members import muster
from massgen.cli.options import Options
from massgen.events import Record
from massgen.messages import Part
from massgen.prompts.conversation import Exchange
from massgen.prompts.quoting import unquoted
from massgen.repl.chat import Chat
from massgen.repl.interrupts import Interrupts
from massgen.repl.playing import Answered
from tests.helpers import models
from tests.helpers.wires import Reply, Request, WireServer
from tests.workspace.trees import files

TEAM = """\
agents:
  - {id: ann, backend: {type: claude, model: claude-sonnet-5-5, cwd: workspace_a}}
  - {id: bob, backend: {type: openai, model: gpt-6.1-terra, cwd: workspace_b}}
"""


def reply(request: Request) -> Reply:
    """Each writes what it is called and what was asked into a file, and answers the same; everybody votes for bob.

    The one that presents adds a file.
    """
    name = "bob" if "gpt" in request.model else "ann"
    stage, said = models.stage(request), next(text for role, text in reversed(request.texts) if role == "user")
    question = said.splitlines()[0]
    if stage == "ballot":
        best = next(label for label, text in unquoted(said).items() if "bob" in text)
        return Reply(calls=[("vote", {"reason": "It is bob's.", "agent_id": best})])
    if not [text for role, text in request.texts if role == "tool"]:
        file, asked = ("final.txt", "presented") if stage == "presentation" else ("who.txt", f"{name}: {question}")
        return Reply(calls=[("write_file", {"path": file, "content": asked})])
    return Reply(text=f"{name} {'presents' if stage == 'presentation' else 'drafts'} {question}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Had:
    """What a user has: what the next turn is told, the files it begins with, and who is asked."""

    conversation: tuple[Exchange, ...]
    files: Mapping[str, str] | None
    agents: tuple[AgentDescription, ...]


class Watcher:
    """Looks on, and sees nothing."""

    def record(self, record: Record) -> None:
        """Nothing is drawn."""

    def stream(self, agent: str, call: int, part: Part) -> None:
        """Nothing is drawn."""


class Desk:
    """A project with the team; as a context manager it has the server that its models are reached at."""

    def __init__(self, project: Path, team: str = TEAM) -> None:
        self.project = project
        self.server = WireServer(reply)
        project.mkdir(parents=True, exist_ok=True)
        (project / "team.yaml").write_text(team, "utf-8")

    def __enter__(self) -> "Desk":
        self.server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.__exit__(kind, error, trace)

    @property
    def environ(self) -> dict[str, str]:
        """With keys of three providers, all at the server."""
        return self.server.environ("claude", "openai", "gemini")

    @asynccontextmanager
    async def chat(
        self,
        session: Path | None = None,
        *,
        project: Path | None = None,
        environ: Mapping[str, str] | None = None,
        forks: bool = False,
    ) -> AsyncIterator[Chat]:
        """A chat of this team: a new session, or this one gone on with; it is closed when the block is left."""
        root, environ = project or self.project, self.environ if environ is None else environ
        choice = choose(Options(config="team.yaml"), root=root, environ=environ)
        members, away = muster(choice.configuration, environ, choice.keys)
        chat = make(
            choice.configuration,
            members,
            away,
            name=choice.name,
            root=root,
            turn_s=None,
            environ=environ,
            key_sources=choice.keys,
            layout=layout_of(choice, root, resume=session),
            resume=session,
            forks=forks,
        )
        try:
            yield chat
        finally:
            await chat.aclose()

    async def as_resumed(self, chat: Chat) -> Had:
        """What a user has who goes on after the program was killed now: with a copy of what is on the disk."""
        assert chat.session is not None, "something was asked"
        copy = self.project.with_name(f"{self.project.name}_{len(list(self.project.parent.iterdir()))}")
        shutil.copytree(self.project, copy)
        session = copy / chat.session.directory.relative_to(self.project)
        async with self.chat(session, project=copy) as resumed:
            return had(resumed)


async def ask(chat: Chat, question: str) -> Answered:
    """Ask, and wait for the answer."""
    return await chat.ask(question, Watcher(), Interrupts())


def had(chat: Chat) -> Had:
    """What a user of this chat has."""
    where = chat.delivered
    return Had(conversation=chat.conversation, files=files(where) if where else None, agents=chat.agents)
