"""What a file that MassGen found by itself may not do: send a key to an address that it names itself.

`.massgen/config.yaml` may have come with somebody else's project. What it says is taken, but what the environment holds
goes only where the provider or the user says. So an address that neither has named gets no key from the environment,
and no other variable: in such a file a variable could travel in any text, and from one agent to the next.
"""

import re
import shlex
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from massgen.config.complaints import Complaint
from massgen.config.substitution import VARIABLE
from massgen.config.tree import Branch, Leaf, Row, Tree
from massgen.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Custody:
    """What is known of the words after `type:` when a file is not trusted.

    `is_known` says whether an address (or a port of this machine) is one of that provider, or one that the user named;
    `credential` what would be sent there without an `api_key:`, in words, "" for nothing; `variable` which variable
    names another address.
    """

    is_known: Callable[[str, str], bool]
    credential: Callable[[str], str]
    variable: Callable[[str], str]


def complaints(
    written: Branch, filled: Branch, environ: Mapping[str, str], custody: Custody
) -> tuple[tuple[Complaint, ...], tuple[str, ...]]:
    """What the file would send where it may not, and the variables with which the user could name the addresses.

    `written` is the file as it stands, `filled` the same with its variables.
    """
    told: list[Complaint] = []
    ways: dict[str, None] = {}
    strangers: set[str] = set()
    for backend in _backends(filled):
        address, port = _leaf(backend, "base_url"), _leaf(backend, "port")
        leaf, kind = address or port, _leaf(backend, "type")
        if leaf is None or kind is None:
            continue
        where = address.text if address else f"http://localhost:{leaf.text}"
        if custody.is_known(kind.text, where):
            continue
        strangers.add(backend.place.path)
        if not _leaf(backend, "api_key") and (credential := custody.credential(kind.text)):
            told.append(Complaint(leaf.place, f"{credential} would be sent to {_shown(where)}"))
            ways[custody.variable(kind.text)] = None
    if strangers:
        told += _variables(written, environ, strangers)
    return tuple(told), tuple(filter(None, ways))


def refusal(file: str, told: Collection[Complaint], ways: Collection[str]) -> ConfigError:
    """The error for such a file, with what the user can do if the address is right."""
    lines = "\n".join(each.line(file) for each in told)
    named = f", or name the address in {' or '.join(ways)}" if ways else ""
    hint = (
        "A file that you did not name may use your keys only at their provider's own address. If you trust this one, "
        f"name it: --config {shlex.quote(file)}. Otherwise write api_key: into it{named}."
    )
    return ConfigError(lines, hint=hint)


def _variables(written: Branch, environ: Mapping[str, str], strangers: Collection[str]) -> Iterator[Complaint]:
    """The variables that are set and could reach a stranger: all but the keys of agents that ask none."""
    for leaf in _leaves(written):
        parent, _, key = leaf.place.path.rpartition(".")
        names = [found["name"] for found in VARIABLE.finditer(leaf.written) if environ.get(found["name"])]
        if names and (key != "api_key" or parent in strangers):
            yield Complaint(leaf.place, f"the variable {names[0]} could be sent to an address that this file names")


def _backends(root: Branch) -> Iterator[Branch]:
    agents = root.entries.get("agents")
    for agent in agents.tree.items if agents and isinstance(agents.tree, Row) else ():
        backend = agent.entries.get("backend") if isinstance(agent, Branch) else None
        if backend and isinstance(backend.tree, Branch):
            yield backend.tree


def _leaves(tree: Tree) -> Iterator[Leaf]:
    match tree:
        case Branch():
            for entry in tree.entries.values():
                yield from _leaves(entry.tree)
        case Row():
            for item in tree.items:
                yield from _leaves(item)
        case Leaf():
            yield tree


def _leaf(branch: Branch, key: str) -> Leaf | None:
    """The scalar under a key; None where nothing is written."""
    entry = branch.entries.get(key)
    return entry.tree if entry and isinstance(entry.tree, Leaf) and not entry.tree.is_null else None


def _shown(address: str) -> str:
    """The address without its path, which may hold what a variable does."""
    return repr(re.sub(r"(?<=[^:/])[/?#].*", "", address, flags=re.DOTALL)[:100])
