"""How the program Claude Code is started: which one, in which environment, with which tools, and what it may touch.

The agent gets Claude Code's own file tools (Read, Glob, Grep, Write, Edit) and, where the configuration asks for it,
its web search. Everything that runs a command or fetches an address stays off, and so do the user's own settings, MCP
servers, memories and CLAUDE.md files. Every use of a tool is judged by `refusal` before it happens; if that judge
breaks, the tool is not used.

With a key the program gets a configuration directory of its own, which is thrown away, and sees no other credential.
Without one it runs as the user who is logged in: that login lies in the user's own directory, which it then keeps.
"""

import importlib.util
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from massgen.backends import fields
from massgen.backends.connection import Connection
from massgen.backends.providers import KEY_VARIABLES
from massgen.messages import ChatRequest, Json, ToolSpec

if TYPE_CHECKING:
    from claude_agent_sdk import ClaudeAgentOptions, SdkMcpTool
    from claude_agent_sdk.types import HookContext, HookInput, HookMatcher, SyncHookJSONOutput

SERVER: Final = "massgen"
OURS: Final = f"mcp__{SERVER}__"
"""How the names of our tools begin in Claude Code."""

_PATH_OF: Final[Mapping[str, str]] = MappingProxyType(
    {"Read": "file_path", "Glob": "path", "Grep": "path", "Write": "file_path", "Edit": "file_path"}
)
_SEARCHES: Final = ("Glob", "Grep")
_WRITES: Final = ("Write", "Edit")
_WEB_SEARCH: Final = "WebSearch"

_LONGEST_LINE: Final = 64 * 1024 * 1024
"""Bytes of one message of the program; a file that it reads is one, and the SDK's own limit is 1 MiB."""

_SETTINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "CLAUDE_CODE_MAX_RETRIES": "0",  # the core decides; ten tries of a wrong key take 175 s
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        # Both would say the text again, or have another model say it.
        "CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK": "1",
        "CLAUDE_CODE_DISABLE_REFUSAL_FALLBACK": "1",
        "CLAUDE_CODE_DISABLE_REFUSAL_RETRY": "1",
        "CLAUDE_CODE_DISABLE_AUTO_MEMORY": "1",
        "CLAUDE_CODE_DISABLE_CLAUDE_MDS": "1",
        "CLAUDE_CODE_DISABLE_GIT_INSTRUCTIONS": "1",
    }
)

_EFFORTS: Final[Mapping[str, str]] = MappingProxyType({"none": "low", "minimal": "low"})
"""Words for efforts that the program does not have (it would think as ever), and the nearest it has."""

_OTHER_LOGINS: Final = (
    "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_CUSTOM_HEADERS",
    "CLAUDE_CODE_OAUTH_TOKEN",
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_FOUNDRY",
    "CLAUDE_CODE_USE_VERTEX",
)
"""What would take the place of the key we were given, or go along with it."""

INSTEAD: Final = "use Claude through its API with `type: claude`"


def missing(connection: Connection) -> str | None:
    """What has to be installed before this connection can be used, as a sentence; None when nothing is missing.

    Imports nothing of the SDK, so it can be asked on the way to the first prompt. Other wires miss nothing.
    """
    if connection.provider.wire != "claude_code":
        return None
    if importlib.util.find_spec("claude_agent_sdk") is None:
        return f'Claude Code is an extra: install it with `pip install "massgen[claude-code]"`, or {INSTEAD}'
    if program() is None and not _bundled():
        return f"The program `claude` was not found: install Claude Code (https://claude.com/claude-code), or {INSTEAD}"
    return None


def program() -> str | None:
    """The user's own Claude Code; None where the one that comes with the SDK has to do."""
    found = shutil.which("claude")
    if found and not found.lower().endswith((".cmd", ".bat")):  # npm's shims on Windows, which the SDK refuses
        return found
    places = (Path.home() / ".local/bin/claude", Path.home() / ".claude/local/claude")
    return next((str(place) for place in places if os.access(place, os.X_OK)), None)


def _bundled() -> bool:
    """Whether the SDK was installed from a wheel, which holds the program; the source distribution does not."""
    spec = importlib.util.find_spec("claude_agent_sdk")
    homes = (spec.submodule_search_locations if spec else None) or ()
    return any((Path(home) / "_bundled" / name).is_file() for home in homes for name in ("claude", "claude.exe"))


def environment(connection: Connection, home: Path) -> dict[str, str]:
    """What is added to our environment for the program; an empty value takes a variable away from it."""
    options = connection.options
    own = connection.provider.key_variables
    foreign = {variable: "" for variable in (*KEY_VARIABLES, *options.withheld) if variable not in own}
    chosen = {**_SETTINGS, "CLAUDE_CODE_TMPDIR": str(home)}
    if options.max_tokens:
        chosen["CLAUDE_CODE_MAX_OUTPUT_TOKENS"] = str(options.max_tokens)
    if options.extra:
        chosen["CLAUDE_CODE_EXTRA_BODY"] = fields.compact(options.extra)
    if connection.key:
        chosen |= dict.fromkeys(_OTHER_LOGINS, "")
        chosen |= {"ANTHROPIC_API_KEY": connection.key, "CLAUDE_CONFIG_DIR": str(home)}
    if connection.key or connection.base_url != connection.provider.base_url:
        chosen["ANTHROPIC_BASE_URL"] = connection.base_url
    return foreign | chosen


def options_for(
    connection: Connection, request: ChatRequest, home: Path, complain: Callable[[str], None]
) -> "ClaudeAgentOptions":
    """The SDK's options for one request; imports the SDK.

    `home` is a directory for this request alone; `complain` is told what the program writes to its stderr.
    """
    from claude_agent_sdk import ClaudeAgentOptions, create_sdk_mcp_server

    own, readable, writable = _places(connection, request, home)
    protected = [Path(each).resolve() for each in connection.options.protected]
    hidden = [Path(each).resolve() for each in connection.options.hidden]
    instructions = home / "system.md"
    # As a file: an argument may not be longer than 128 KiB, and everybody on this machine can read it.
    instructions.write_text(_system(request), encoding="utf-8", errors="replace")
    extra: dict[str, str | None] = {
        "append-system-prompt-file": str(instructions),
        "no-session-persistence": None,
        "thinking-display": "summarized",
    }
    if effort := connection.options.reasoning_effort:
        extra["effort"] = _EFFORTS.get(effort, effort)
    search = [connection.provider.quirks.web_search] if connection.options.web_search else []
    return ClaudeAgentOptions(
        cli_path=program(),
        cwd=own,
        add_dirs=[place for place in readable if place.is_dir()],
        env=environment(connection, home),
        model=connection.model or None,
        system_prompt={"type": "preset", "preset": "claude_code"},
        tools=[*_PATH_OF, *search],
        # Belt and braces: `tools` does not name them, but an older program may not know `tools`.
        disallowed_tools=["Bash", "PowerShell", "Monitor", "NotebookEdit", "Skill", "Task", "WebFetch"],
        allowed_tools=[OURS + tool.name for tool in request.tools],
        mcp_servers={SERVER: create_sdk_mcp_server(SERVER, tools=[_tool(tool) for tool in request.tools])},
        strict_mcp_config=True,
        setting_sources=[],
        permission_mode="dontAsk",
        hooks={
            "PreToolUse": [_gate(own, (own, *readable), writable, protected, hidden)],
            "PostToolUse": [_last_word()],
        },
        include_partial_messages=True,
        # Answers of other models are part of a prompt: an `@/etc/passwd` in one of them is only text.
        verbatim_prompts=True,
        max_buffer_size=_LONGEST_LINE,
        stderr=complain,
        extra_args=extra,
    )


def _places(connection: Connection, request: ChatRequest, home: Path) -> tuple[Path, Sequence[Path], Sequence[Path]]:
    """Where the agent works, what else it may read, and what it may write.

    Without a workspace it stands in an empty directory and writes nowhere; nor does it while it only plans. The user's
    own paths are written by the final presentation only.
    """
    options = connection.options
    final = [Path(path).resolve() for path in options.writable]
    readable = [*(Path(path).resolve() for path in options.readable), *final]
    written = final if request.purpose == "presentation" else []
    if options.cwd:
        own = Path(options.cwd).resolve()
        return own, readable, written if request.planning else [own, *written]
    own = home.resolve() / "empty"
    own.mkdir()
    return own, readable, written


def _system(request: ChatRequest) -> str:
    """Our system text, behind the one that Claude Code brings along."""
    names = ", ".join(f"`{tool.name}` is `{OURS}{tool.name}`" for tool in request.tools)
    renamed = f"\n\nYour tools go by other names here: {names}." if names else ""
    return f"{fields.whole(request.system)}{renamed}\n\nThere is no shell, and nobody to ask for permission.\n"


def _tool(spec: ToolSpec) -> "SdkMcpTool[Mapping[str, object]]":
    """One of our tools as a tool of the server in our own process; its call is read from the stream."""
    from claude_agent_sdk import SdkMcpTool

    async def taken(arguments: Mapping[str, object]) -> dict[str, object]:  # noqa: ARG001 - the SDK's signature
        return {"content": [{"type": "text", "text": "Taken."}]}

    return SdkMcpTool(spec.name, spec.description, dict(spec.parameters), taken)


def _last_word() -> "HookMatcher":
    """Ends the query once one of our tools was called and the other tools of the same message have run."""
    from claude_agent_sdk import HookMatcher

    async def enough(data: "HookInput", call: str | None, context: "HookContext") -> "SyncHookJSONOutput":  # noqa: ARG001
        return {"continue_": False, "stopReason": "taken"}

    return HookMatcher(matcher=f"{OURS}.*", hooks=[enough])


def _gate(
    own: Path, readable: Sequence[Path], writable: Sequence[Path], protected: Sequence[Path], hidden: Sequence[Path]
) -> "HookMatcher":
    """The judge of every use of a tool."""
    from claude_agent_sdk import HookMatcher

    async def judge(data: "HookInput", call: str | None, context: "HookContext") -> "SyncHookJSONOutput":  # noqa: ARG001
        why = refusal(
            fields.text(data, "tool_name"),
            fields.get(data, "tool_input"),
            own=own,
            readable=readable,
            writable=writable,
            protected=protected,
            hidden=hidden,
        )
        return {
            "hookSpecificOutput": {
                "hookEventName": "PreToolUse",
                "permissionDecision": "deny" if why else "allow",
                "permissionDecisionReason": why,
            }
        }

    return HookMatcher(hooks=[judge], on_failure="block")


def refusal(
    tool: str,
    given: object,
    *,
    own: Path,
    readable: Sequence[Path],
    writable: Sequence[Path],
    protected: Sequence[Path] = (),
    hidden: Sequence[Path] = (),
) -> str:
    """Why this tool may not be used so, as a sentence for the model; "" where it may.

    Links are followed before a path is judged. Nothing the agent can use makes a link, so none appears in between.
    """
    if tool.startswith(OURS) or tool == _WEB_SEARCH:
        return ""
    if tool not in _PATH_OF:
        return f"{tool} is switched off here."
    named = fields.text(given, _PATH_OF[tool])
    if "\0" in named or named.startswith("~"):
        return "Give the path as an absolute path."
    path = (own / named).resolve()
    roots = writable if tool in _WRITES else readable
    within = [root for root in roots if path.is_relative_to(root)]
    root = max(within, key=lambda each: len(each.parts), default=None)  # the innermost knows best
    if root is None:
        verb = "write" if tool in _WRITES else "read"
        return f"You may not {verb} {path}. You may {verb} beneath: {', '.join(map(str, roots)) or 'nothing'}."
    beneath = path.relative_to(root).parts
    theirs = [each for each in hidden if not root.is_relative_to(each)]
    if any(path.is_relative_to(each) or (tool in _SEARCHES and each.is_relative_to(path)) for each in theirs):
        return "What lies there belongs to MassGen. Look in another directory, or in one beneath this one."
    if tool in _WRITES and any(path.is_relative_to(each) for each in protected):
        return f"{path} is protected and can only be read."
    if ".massgen" in beneath or (tool in _SEARCHES and (path / ".massgen").exists()):
        return "What is in .massgen belongs to MassGen. Look in another directory, or in one beneath this one."
    if tool in _WRITES and ".git" in beneath:
        return "Git's own files may not be changed."
    pattern = fields.text(given, "pattern") if tool == "Glob" else ""
    if Path(pattern).is_absolute() or pattern.startswith("~") or ".." in Path(pattern).parts:
        return "Give the directory as `path`, and a pattern that stays in it."
    return ""


def detail_of(arguments: Mapping[str, Json], own: str) -> str:
    """What a use of a tool is about: the path, as short as it can be said, or what is searched for."""
    path = fields.text(arguments, "file_path")
    if own:
        path = path.removeprefix(f"{Path(own).resolve()}{os.sep}")
    return (
        path or fields.text(arguments, "pattern") or fields.text(arguments, "query") or fields.text(arguments, "path")
    )


def changed_by(tool: str, arguments: Mapping[str, Json], writable: Sequence[str]) -> str:
    """The file beneath one of these paths that a use of a tool writes; empty when it writes none."""
    path = fields.text(arguments, "file_path")
    is_theirs = any(Path(path).is_relative_to(Path(each).resolve()) for each in writable)
    return path if tool in _WRITES and is_theirs else ""
