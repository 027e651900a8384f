"""Other places where users' files keep a setting, moved to the one place the schema knows.

Every value keeps the place where it was written, so an error still points there.
"""

from dataclasses import replace
from typing import Final

from massgen.config.complaints import Complaint
from massgen.config.tree import Branch, Entry, Row

_Keys = tuple[str, ...]

_SPELLINGS: Final[tuple[tuple[_Keys, _Keys], ...]] = (
    (("agent",), ("agents",)),
    (("ui", "type"), ("ui", "display_type")),
    (("display", "type"), ("ui", "display_type")),
    (
        ("orchestrator", "timeout", "orchestrator_timeout_seconds"),
        ("timeout_settings", "orchestrator_timeout_seconds"),
    ),
)

_EMPTIED: Final[tuple[_Keys, ...]] = (("display",), ("orchestrator", "timeout"))
"""Mappings that exist only as another spelling: what is left in them afterwards is unknown."""


def respell(root: Branch) -> tuple[Branch, list[Complaint]]:
    """The same mapping in the schema's spelling, and what cannot be moved."""
    complaints = []
    for source, target in _SPELLINGS:
        entry = _at(root, source)
        if entry is None:
            continue
        taken = _at(root, target)
        if taken is not None:
            where = f"{taken.place.path} at {taken.place.line}:{taken.place.column}"
            complaints.append(Complaint(entry.place, f"says the same as {where}; keep one"))
            root = _without(root, source)
            continue
        if source == ("agent",):
            entry = replace(entry, tree=Row(place=entry.tree.place, items=(entry.tree,)))
        root = _with(_without(root, source), target, entry)
    for keys in _EMPTIED:
        left = _at(root, keys)
        if left is not None and isinstance(left.tree, Branch):
            complaints += [Complaint(entry.place, "unknown key") for entry in left.tree.entries.values()]
            root = _without(root, keys)
    return root, complaints


def _at(branch: Branch, keys: _Keys) -> Entry | None:
    entry = branch.entries.get(keys[0])
    if len(keys) == 1 or entry is None:
        return entry
    return _at(entry.tree, keys[1:]) if isinstance(entry.tree, Branch) else None


def _without(branch: Branch, keys: _Keys) -> Branch:
    first, *rest = keys
    entries = dict(branch.entries)
    entry = entries.pop(first)
    if rest and isinstance(entry.tree, Branch):
        entries[first] = replace(entry, tree=_without(entry.tree, tuple(rest)))
    return replace(branch, entries=entries)


def _with(branch: Branch, keys: _Keys, entry: Entry) -> Branch:
    first, *rest = keys
    if not rest:
        return replace(branch, entries={**branch.entries, first: entry})
    parent = branch.entries.get(first) or Entry(place=entry.place, tree=Branch(place=entry.place, entries={}))
    if not isinstance(parent.tree, Branch):
        return branch  # `ui: 3` is wrong by itself, and the schema will say so
    return _with(branch, (first,), replace(parent, tree=_with(parent.tree, tuple(rest), entry)))
