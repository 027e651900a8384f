"""From a configuration to the places on disk that its agents may touch."""

from pathlib import Path

from massgen.cli.choice import Choice
from massgen.config.paths import Paths
from massgen.errors import ConfigError
from massgen.workspace.layout import ContextPath, Layout
from massgen.workspace.obstacles import demand_directories


def layout_of(choice: Choice, root: Path, *, resume: Path | None = None) -> Layout | None:
    """The places, or None where nobody has any; raises `ConfigError` or `SessionError` for what cannot be used.

    `resume` is the directory of a session that is gone on with; no agent may read what lies beside it.
    """
    configuration = choice.configuration
    if not configuration.uses_files:
        return None
    orchestrator = configuration.orchestrator
    paths = Paths(
        root,
        orchestrator.session_storage or "sessions",
        orchestrator.snapshot_storage or "snapshots",
        orchestrator.agent_temporary_workspace or "temp_workspaces",
    )
    layout = Layout(
        root=root,
        agents=tuple(agent.id for agent in configuration.agents),
        homes={agent.id: paths.workspaces / agent.backend.cwd for agent in configuration.agents if agent.backend.cwd},
        context=tuple(
            ContextPath(path=str(each.path), permission=each.permission, protected_paths=each.protected_paths)
            for each in orchestrator.context_paths
        ),
        snapshots=paths.snapshots,
        temporary=paths.temporary,
        private=(root / "agent_outputs", paths.sessions, *([resume.parent] if resume else [])),
        quotes=choice.quotes,
    )
    if problems := layout.problems():
        raise ConfigError("\n".join(problems))
    demand_directories(layout)
    return layout
