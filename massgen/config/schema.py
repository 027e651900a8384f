"""The team's YAML as models; the sentence under each field is the manual.

Defaults are those of the protocol. Fields get the text of the file and read it themselves, so an agent may be called
`no` and a model `1.10`. What only a provider knows goes under `extra:` and is sent as it stands.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path, PurePath, PureWindowsPath
from typing import Annotated, Final, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, PlainValidator, SecretStr, ValidationInfo

from massgen.config.border import TYPED, WRITTEN, Section
from massgen.config.shared import IMPOSSIBLE, LIES_IN_OURS, unreadable

MAX_AGENTS: Final = 64

Strictness = Literal["lenient", "balanced", "strict"]
VoteRule = Literal["approval", "plurality", "borda"]
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


def _agent_id(text: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", text) is None or text in {".", ".."}:
        raise ValueError("must be 1 to 64 letters a-z, digits or _ . -")
    return text


def _base_url(text: str) -> str:
    # The text may hold a key (`https://user:key@…`), so no sentence here repeats it.
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or re.search(r"\s", text):
        raise ValueError("needs an address that begins with http:// or https://")
    if parts.username is not None or parts.password is not None:
        raise ValueError("may not hold a user name or a password; put the key under `api_key:`")
    return text


def _script(text: object, info: ValidationInfo) -> object:
    if not isinstance(text, str):
        return text
    if not text:
        raise ValueError("must not be empty")
    directory = info.context.get("directory") if info.context else None
    return Path(directory, text) if isinstance(directory, Path) else Path(text)


def _workspace(text: str) -> str:
    """A name below `.massgen/workspaces/`; users' files also spell the whole of that path."""
    path = PurePath(text.replace("\\", "/"))
    parts = path.parts[2:] if path.parts[:2] == (".massgen", "workspaces") else path.parts
    if path.is_absolute() or PureWindowsPath(text).drive or text.startswith("~") or ".." in parts or not parts:
        raise ValueError("must be a directory of its own below .massgen/workspaces/, such as workspace_a")
    return str(PurePath(*parts))


def _shared(text: object, info: ValidationInfo) -> object:
    """A path that can be read, seen from the directory massgen was started in."""
    if not isinstance(text, str):
        return text
    root = info.context.get("started_in") if info.context else None
    base = root if isinstance(root, Path) else Path()
    path = Path(text)
    try:
        found = Path(base, path.expanduser())
        base = Path(path.parts[0]).expanduser() if text.startswith("~") else base
    except RuntimeError:  # there is no such user
        raise ValueError(f"{WRITTEN} begins with ~ and no user's name; write the whole path") from None
    if not text:
        problem = IMPOSSIBLE
    elif ".massgen" in Path(os.path.realpath(found)).parts:
        problem = LIES_IN_OURS
    else:
        problem = unreadable(found, looked_for_in="" if path.is_absolute() else str(base))
    if problem:
        raise ValueError(f"{WRITTEN} {problem}")
    return found


def _quorum(data: object) -> int | str:
    fraction = re.fullmatch(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})", str(data))
    if fraction and int(fraction[1]) <= int(fraction[2]):
        return fraction[0]
    if re.fullmatch(r"[1-9][0-9]?", str(data)):
        return int(str(data))
    raise ValueError("must be a number of agents, or a fraction of them such as 2/3")


def _display(text: str) -> str:
    words = {
        "rich_terminal": "rich",
        "textual_terminal": "rich",
        "rich": "rich",
        "simple": "plain",
        "plain": "plain",
        "linear": "linear",
    }
    if text not in words:
        raise ValueError("must be rich_terminal, textual_terminal, simple or linear")
    return words[text]


_Text: TypeAlias = Annotated[str, Field(min_length=1)]
_Count: TypeAlias = Annotated[int, Field(ge=1)]
_Seconds: TypeAlias = Annotated[float, Field(gt=0, le=604_800)]


class Reasoning(Section):
    """How much a model thinks before it answers."""

    effort: Effort | None = None
    """How long it thinks. Not every model knows every word; the others get the nearest one, or are asked without."""

    summary: Literal["auto", "concise", "detailed"] | None = None
    """Which summary of the reasoning is shown, where the provider offers one."""


class TextStyle(Section):
    """How a model writes."""

    verbosity: Literal["low", "medium", "high"] | None = None
    """How much it writes."""


class ContextPath(Section):
    """A directory or file of yours that agents may look at."""

    path: Annotated[Path, BeforeValidator(_shared)]
    """Seen from the directory massgen was started in; `.` is that directory."""

    permission: Literal["read", "write"] = "read"
    """`read`, or `write`: then the winner may change it in its final presentation, and nobody else ever."""

    protected_paths: tuple[_Text, ...] = ()
    """Paths inside it that nobody may change, whatever the permission."""


class Backend(Section):
    """Which model an agent asks, and how it is reached."""

    type: _Text
    """The provider: `openai`, `claude`, `gemini`, `grok`, `openrouter`, `ollama`, … or `demo`, which needs no key."""

    model: _Text | None = None
    """The provider's name of the model. Local servers and claude_code can do without."""

    api_key: Annotated[SecretStr, Field(min_length=1)] | None = None
    """The key, best written `${NAME_OF_A_VARIABLE}`. Without it the provider's usual variable is read."""

    base_url: Annotated[_Text, AfterValidator(_base_url)] | None = None
    """The address of another server that speaks the same language."""

    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    """The port of a local server, when it is not the usual one."""

    deployment_name: _Text | None = None
    """What your deployment of the model is called (type `azure_openai` only); without it, like the model."""

    api_version: _Text | None = None
    """The dated version of the API (type `azure_openai` only); without it the undated one is spoken, `/openai/v1`."""

    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    """How freely words are chosen, from 0 to 2. Many reasoning models take none, and are then asked without."""

    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    """From which share of the likeliest words is chosen, from 0 to 1."""

    max_tokens: _Count | None = None
    """The longest reply, in tokens."""

    context_window: Annotated[int, Field(ge=1_000)] | None = None
    """How many tokens the model takes in one request, its answer included. Without it price lists are asked, which know
    most models of the large providers and no local server."""

    reasoning: Reasoning = Reasoning()
    """How much the model thinks."""

    text: TextStyle = TextStyle()
    """How the model writes."""

    enable_web_search: bool = False
    """Whether the agent may use the provider's own web search."""

    enable_code_interpreter: bool = False
    """Whether the agent may use the provider's own code interpreter, which runs at the provider."""

    enable_code_execution: bool = False
    """Another name of `enable_code_interpreter`."""

    extra: Annotated[Mapping[str, JsonValue], TYPED, Field(repr=False)] = Field(default_factory=dict)
    """Options that only the provider knows; they are sent as they stand."""

    cwd: Annotated[_Text, AfterValidator(_workspace)] | None = None
    """The agent's own directory for files, below `.massgen/workspaces/`; with it the agent gets file tools."""

    script: Annotated[Path, BeforeValidator(_script)] | None = None
    """The lines of a demo agent (type `demo` only): a file, relative to this one."""


class Agent(Section):
    """One participant of the team."""

    id: Annotated[str, AfterValidator(_agent_id)]
    """Its name on the screen: 1 to 64 of the characters A-Z a-z 0-9 _ . - and used by no other agent."""

    backend: Backend
    """The model behind it."""

    system_message: str | None = None
    """Its role, in your words."""

    vote_weight: Annotated[float, Field(gt=0, le=1000)] = 1.0
    """How much its vote counts. Give a model that you trust more than the others a larger number."""


class Coordination(Section):
    """How the team comes to one answer."""

    max_ballots: Annotated[int, Field(ge=1, le=3)] = 2
    """How often the team votes at most, from 1 to 3. Revised answers are put to the next vote."""

    consensus_threshold: Annotated[float, Field(ge=0, le=1)] | None = 0.8
    """When more than this share of the agents drafted the same answer nobody votes; `null` means always vote."""

    vote_rule: VoteRule = "approval"
    """How votes are counted: `approval` (everything found acceptable), `plurality` (first choices), `borda` (ranks)."""

    count_self_votes: bool = False
    """Whether a vote for one's own answer counts."""

    quorum: Annotated[int | str, PlainValidator(_quorum)] | None = None
    """After how many drafts the others are waited for only a little longer: a number, or a fraction such as `2/3`."""

    grace_factor: Annotated[float, Field(ge=0, le=100)] = 1.0
    """How much longer, as a multiple of the time the quorum took (at least five seconds)."""

    max_calls: _Count | None = None
    """How often the agents of a turn are asked at most, retries included; at least once each. A hard limit."""

    max_tokens: _Count | None = None
    """How many tokens a turn may use, input and output of all agents. Then the best answer so far stands."""

    max_cost: Annotated[float, Field(gt=0)] | None = None
    """How many US dollars a turn may cost, as far as prices are known. Then the best answer so far stands."""

    enable_planning_mode: bool = False
    """Whether agents only plan until the final presentation: before it nobody can change a file."""

    planning_mode_instruction: _Text | None = None
    """What agents are told while they plan, in your words."""

    seed: _Text | None = None
    """What decides the last ties and the order of candidates; without it the session and the turn do."""


class Orchestrator(Section):
    """The rules of the team."""

    session_storage: _Text | None = None
    """Where sessions are kept; relative directories are below `.massgen/`. Without it `.massgen/sessions`."""

    compact_at: Annotated[float, Field(ge=0, le=1)] = 0.7
    """From which share of a model's context window on the oldest turns are summarised before a turn; 0: never."""

    context_paths: tuple[ContextPath, ...] = ()
    """Directories and files of yours that all agents may read."""

    agent_temporary_workspace: _Text | None = None
    """Where agents see each other's files; relative directories are below `.massgen/`. `.massgen/temp_workspaces`."""

    snapshot_storage: _Text | None = None
    """Where the files of every answer are kept; relative directories are below `.massgen/`. `.massgen/snapshots`."""

    voting_sensitivity: Strictness = "lenient"
    """How easily a voter is content: `lenient`, `balanced`, or `strict` (only with what it could not improve)."""

    max_new_answers_per_agent: Annotated[int, Field(ge=1, le=5)] = 2
    """How many answers an agent may give in a turn, its draft included, from 1 to 5."""

    max_new_answers_global: _Count | None = None
    """How many answers the whole team may give in a turn; without it there is no such limit."""

    answer_novelty_requirement: Strictness = "lenient"
    """How different a revised answer must be: `lenient` (any), `balanced`, `strict`."""

    final_answer_strategy: Literal["winner_present", "winner_reuse"] = "winner_present"
    """`winner_present`: the winner writes the final answer. `winner_reuse`: its answer stands as it was voted on."""

    skip_voting: bool = False
    """Go from the drafts to the presentation without a vote."""

    skip_coordination_rounds: bool = False
    """Another name of `skip_voting`."""

    skip_final_presentation: bool = False
    """Another way to write `final_answer_strategy: winner_reuse`."""

    coordination: Coordination = Coordination()
    """How the team comes to one answer."""


class Timeouts(Section):
    """How long anything may take, in seconds."""

    orchestrator_timeout_seconds: _Seconds = 1800.0
    """A whole turn; after that the best answer so far stands."""

    initial_round_timeout_seconds: _Seconds = 600.0
    """All first drafts together."""

    subsequent_round_timeout_seconds: _Seconds = 300.0
    """Each vote."""

    agent_silence_timeout_seconds: _Seconds = 180.0
    """How long an agent may send nothing before its call is given up and tried once more; its tools may take longer."""

    agent_call_timeout_seconds: _Seconds = 600.0
    """One call of one agent, its tools included."""

    round_timeout_grace_seconds: Annotated[float, Field(ge=0, le=604_800)] = 60.0
    """How long before the end of a stage agents that work with tools are told to finish; 0: not at all."""

    max_retries: Annotated[int, Field(ge=0, le=10)] = 2
    """How often an agent is asked again in a stage when its provider fails."""


class Ui(Section):
    """What is shown and kept."""

    display_type: Annotated[Literal["rich", "plain", "linear"], BeforeValidator(_display)] = "rich"
    """`rich_terminal` draws live panels, `simple` prints lines, `linear` prints sentences for a screen reader.

    (`textual_terminal` is read as `rich_terminal`.)
    """

    screen: Literal["alternate", "inline"] = "alternate"
    """Where a turn is shown: on a screen of its own, which is gone afterwards, or in a third of the terminal below the
    conversation, which stays in sight."""

    logging_enabled: bool = True
    """Whether the texts of the agents are kept in `agent_outputs/`. Sessions always are, and the log of `--debug`."""

    notify: Literal["off", "bell", "osc9"] = "bell"
    """How a terminal tells that a long turn is over: `bell`, or `osc9`, a notification that not all terminals know."""

    notify_after_seconds: Annotated[float, Field(ge=0, le=604_800)] = 20.0
    """How long a turn takes at least before its end is told."""


class Configuration(Section):
    """A whole configuration file."""

    agents: Annotated[tuple[Agent, ...], Field(min_length=1, max_length=MAX_AGENTS)]
    """The team. A team of one may also be written `agent:`."""

    orchestrator: Orchestrator = Orchestrator()
    """The rules of the team."""

    timeout_settings: Timeouts = Timeouts()
    """How long anything may take."""

    ui: Ui = Ui()
    """What is shown and kept."""

    @property
    def uses_files(self) -> bool:
        """Whether any agent has anything to do with files."""
        return bool(self.orchestrator.context_paths) or any(agent.backend.cwd for agent in self.agents)

    @property
    def has_side_effects(self) -> bool:
        """Whether a final answer changes files, so that it has to be presented and cannot only be repeated."""
        written = any(each.permission == "write" for each in self.orchestrator.context_paths)
        return written or any(agent.backend.cwd for agent in self.agents)
