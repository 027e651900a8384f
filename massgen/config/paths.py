"""Every path on disk, on one page.

<where massgen was started>/
├── .massgen/
│   ├── config.yaml                          the project's team
│   ├── workspaces/workspace_a/              an agent's own files
│   ├── snapshots/                           (or orchestrator.snapshot_storage) the files of every answer
│   ├── temp_workspaces/                     (or orchestrator.agent_temporary_workspace) what others see of them
│   ├── session_places.json                  the other values of session_storage under which sessions were kept
│   └── sessions/                            (or orchestrator.session_storage)
│       └── session_20250108_143022/
│           ├── events.jsonl                 the log; everything below can be made from it
│           ├── turn_1/
│           │   ├── agent_outputs/
│           │   └── coordination_log.json
│           └── SESSION_SUMMARY.txt
└── agent_outputs/log_{timestamp}/massgen_debug.log
~/.config/massgen/config.yaml                the user's team      (XDG_CONFIG_HOME, MASSGEN_HOME)
~/.config/massgen/settings.yaml              how the prompt is    (where platformdirs puts it, MASSGEN_HOME)
~/.local/state/massgen/history.jsonl         what was typed       (where platformdirs puts it, MASSGEN_HOME)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Paths:
    """What belongs to the directory `root` in which massgen was started.

    The others are values of the configuration; a relative one is below `.massgen/`, whether it says so or not.
    """

    root: Path
    session_storage: str = "sessions"
    snapshot_storage: str = "snapshots"
    temporary_storage: str = "temp_workspaces"

    @property
    def massgen(self) -> Path:
        """Everything of ours that a project keeps."""
        return self.root / ".massgen"

    @property
    def project_config(self) -> Path:
        """The team of this project."""
        return self.massgen / "config.yaml"

    @property
    def sessions(self) -> Path:
        """One directory for each session."""
        return self._stored(self.session_storage)

    @property
    def session_places(self) -> Path:
        """The list of other places where this project keeps sessions."""
        return self.massgen / "session_places.json"

    @property
    def snapshots(self) -> Path:
        """The files of every answer."""
        return self._stored(self.snapshot_storage)

    @property
    def temporary(self) -> Path:
        """What agents see of each other's files."""
        return self._stored(self.temporary_storage)

    @property
    def workspaces(self) -> Path:
        """The agents' own directories."""
        return self.massgen / "workspaces"

    def session_dir(self, session: str) -> Path:
        """All of one session."""
        return self.sessions / session

    def events(self, session: str) -> Path:
        """The session's log."""
        return self.session_dir(session) / "events.jsonl"

    def summary(self, session: str) -> Path:
        """The session for people to read."""
        return self.session_dir(session) / "SESSION_SUMMARY.txt"

    def turn_dir(self, session: str, turn: int) -> Path:
        """The results of one turn; turns count from 1."""
        return self.session_dir(session) / f"turn_{turn}"

    def agent_outputs(self, session: str, turn: int) -> Path:
        """The texts of the agents in one turn."""
        return self.turn_dir(session, turn) / "agent_outputs"

    def coordination_log(self, session: str, turn: int) -> Path:
        """What happened in one turn."""
        return self.turn_dir(session, turn) / "coordination_log.json"

    def debug_log(self, timestamp: str) -> Path:
        """The program's own log of one start."""
        return self.root / "agent_outputs" / f"log_{timestamp}" / "massgen_debug.log"

    def _stored(self, value: str) -> Path:
        stored = Path(value)
        return self.root / stored if stored.parts[:1] == (".massgen",) else self.massgen / stored


def user_config(environ: Mapping[str, str]) -> Path | None:
    """The user's team: in `MASSGEN_HOME` if that is set, else where the XDG specification puts it, on every system.

    None where there is no home directory to keep it in.
    """
    own = environ.get("MASSGEN_HOME")
    directory = Path(own) if own else _xdg(environ, "XDG_CONFIG_HOME", ".config")
    return directory / "config.yaml" if directory else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptPaths:
    """What belongs to the prompt of a user; None where there is no place to keep it in."""

    settings: Path | None
    history: Path | None


def prompt_paths(environ: Mapping[str, str]) -> PromptPaths:
    """In `MASSGEN_HOME` if that is set, else where the system wants such files (platformdirs looks for itself)."""
    if own := environ.get("MASSGEN_HOME"):
        return PromptPaths(settings=Path(own, "settings.yaml"), history=Path(own, "history.jsonl"))
    from platformdirs import PlatformDirs  # only a prompt needs it

    ours = PlatformDirs("massgen", appauthor=False, roaming=True)
    return PromptPaths(
        settings=_absolute(ours.user_config_path / "settings.yaml"),
        history=_absolute(ours.user_state_path / "history.jsonl"),
    )


def _absolute(path: Path) -> Path | None:
    """The path, if there is a home: without one it would be that of a directory called ~."""
    return path if path.is_absolute() else None


def _xdg(environ: Mapping[str, str], variable: str, below_home: str) -> Path | None:
    chosen = environ.get(variable, "")
    # The specification: "If an implementation encounters a relative path … it should … ignore it."
    if chosen and Path(chosen).is_absolute():
        return Path(chosen, "massgen")
    home = environ.get("HOME") or environ.get("USERPROFILE")
    return Path(home, below_home, "massgen") if home else None
