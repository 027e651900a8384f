"""What no single field can know: whether the values of a file go together.

The checks read the tree and not the models, so that they have their say even when some field is wrong.
"""

from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from massgen.config.border import shown
from massgen.config.complaints import Complaint, Place, did_you_mean
from massgen.config.tree import Branch, Leaf, Row, Tree, below

_MODEL_OPTIONAL: Final = frozenset(
    {"claude_code", "demo", "inference", "llama_cpp", "lmstudio", "ollama", "sglang", "vllm"}
)
"""Types that can do without `model:`: a local server offers what it has loaded."""

_GOES_WITH: Final[Mapping[str, str]] = MappingProxyType(
    {"script": "demo", "deployment_name": "azure_openai", "api_version": "azure_openai"}
)
"""Keys that mean something to one type only."""

_TOOL_OF: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "enable_web_search": ("web_search", "web search"),
        "enable_code_interpreter": ("code_interpreter", "code interpreter"),
        "enable_code_execution": ("code_interpreter", "code interpreter"),
    }
)
"""The tool of the provider's own that a key turns on, and what it is called in a sentence."""

_ON: Final = frozenset({"true", "yes", "on", "1", "t", "y"})
"""What the schema reads as true."""

_OF_OTHER_PROGRAMS: Final = frozenset({"ag2", "codex", "copilot", "gemini_cli"})


def complaints(
    root: Branch, backend_types: Collection[str], own_tools: Mapping[str, Collection[str]]
) -> Iterator[Complaint]:
    """What does not go together in the file; the other two are those of `load`."""
    agents = _get(root, "agents")
    items = agents.items if isinstance(agents, Row) else ()
    yield from _same_ids(items)
    for agent in items:
        backend = _get(agent, "backend")
        if isinstance(backend, Branch):
            yield from _backend(backend, backend_types, own_tools)
    yield from _team_size(_get(_get(root, "orchestrator"), "coordination"), len(items))


def _team_size(coordination: Tree | None, agents: int) -> Iterator[Complaint]:
    quorum, calls = _get(coordination, "quorum"), _get(coordination, "max_calls")
    if agents and isinstance(quorum, Leaf) and quorum.text.isdecimal() and int(quorum.text[:9]) > agents:
        yield Complaint(quorum.place, f"is more than the team has; there {_are(agents)}")
    if isinstance(calls, Leaf) and calls.text.isdecimal() and 0 < int(calls.text[:9]) < agents:
        yield Complaint(calls.place, f"is too few for a single draft of everybody; there {_are(agents)}")


def _same_ids(agents: tuple[Tree, ...]) -> Iterator[Complaint]:
    first: dict[str, Leaf] = {}
    for agent in agents:
        leaf = _get(agent, "id")
        if not isinstance(leaf, Leaf) or leaf.is_null:
            continue
        other = first.setdefault(leaf.text, leaf)
        if other is not leaf:
            where = f"{other.place.path} at {other.place.line}:{other.place.column}"
            yield Complaint(leaf.place, f"{shown(leaf)} is already taken by {where}; give every agent its own id")


def _backend(
    backend: Branch, backend_types: Collection[str], own_tools: Mapping[str, Collection[str]]
) -> Iterator[Complaint]:
    kind = _get(backend, "type")
    if not isinstance(kind, Leaf) or kind.is_null:
        return  # the schema asks for it
    if kind.text not in backend_types:
        yield Complaint(kind.place, _unknown_type(kind, backend_types))
        return
    model, script = _get(backend, "model") or _get(backend, "deployment_name"), backend.entries.get("script")
    if kind.text not in _MODEL_OPTIONAL and (model is None or (isinstance(model, Leaf) and model.is_null)):
        yield Complaint(_missing(backend, "model"), f"is missing; type {kind.text} needs the name of a model")
    if kind.text == "demo" and script is None:
        yield Complaint(_missing(backend, "script"), "is missing; a demo agent needs a file with its lines")
    for key, only in _GOES_WITH.items():
        entry = backend.entries.get(key)
        if kind.text != only and entry is not None:
            yield Complaint(entry.place, f"goes with type {only} only, not with {kind.text}")
    for key, (tool, words) in _TOOL_OF.items():
        flag = _get(backend, key)
        having = own_tools.get(tool, (kind.text,))
        if isinstance(flag, Leaf) and flag.text.lower() in _ON and kind.text not in having:
            yield Complaint(flag.place, f"{kind.text} has no {words} of its own; {_have(having)}")


def _have(types: Collection[str]) -> str:
    *others, last = sorted(types)
    return f"{', '.join(others)} and {last} have one"


def _unknown_type(kind: Leaf, backend_types: Collection[str]) -> str:
    known = ", ".join(sorted(backend_types))
    if kind.text in _OF_OTHER_PROGRAMS:
        return f"{shown(kind)} is not supported by MassGen; known types: {known}"
    guess = did_you_mean(kind.text, backend_types)
    return f"{shown(kind)} is not a known type{guess or f'; known types: {known}'}"


def _missing(branch: Branch, key: str) -> Place:
    return Place(line=branch.place.line, column=branch.place.column, path=below(branch.place.path, key))


def _get(tree: Tree | None, key: str) -> Tree | None:
    entry = tree.entries.get(key) if isinstance(tree, Branch) else None
    return entry.tree if entry else None


def _are(agents: int) -> str:
    return "is 1 agent" if agents == 1 else f"are {agents} agents"
