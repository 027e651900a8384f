"""May this agent read or write this path? A pure verdict with a reason that tells the model what it may do instead.

A path is judged twice with the same rules: as the model wrote it (`judge`), and by plain names after links in it were
followed (`why_not`). Neither is what keeps an agent inside; that is `beneath`, which opens nothing else.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from massgen.workspace.access import Access, Root
from massgen.workspace.ways import Parts

Want = Literal["read", "write"]

MOST_BYTES: Final = 4096
MOST_NAME_BYTES: Final = 255
MOST_NAMES: Final = 64

OURS: Final = ".massgen"
"""Sessions, and the workspaces of all agents: nobody's business, wherever it turns up in a context path."""

_NEVER_WRITTEN: Final = frozenset({".git", "git~1"})
_UNPRINTABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ADDRESS: Final = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]+):/")
_DRIVE: Final = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place beneath a root; `parts` are relative to `root.path`."""

    root: Root
    parts: Parts

    @property
    def absolute(self) -> str:
        """The place as an absolute path."""
        return self.root.path.joinpath(*self.parts).as_posix()


@dataclass(frozen=True, slots=True)
class Allowed:
    """The places that may be meant, never none; the first that exists counts."""

    spots: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """Why not, and what the model may do instead."""

    why: str


Verdict: TypeAlias = Allowed | Refused


def judge(access: Access, text: object, want: Want) -> Verdict:
    """Whether the agent may read (or write, which includes deleting) what `text` names, and where that is."""
    if complaint := _unusable(text):
        return Refused(complaint)
    assert isinstance(text, str), "anything else is unusable"
    shown = text if len(text) <= 200 else text[:199] + "…"
    root = _owner(access, text)
    if root is not None:
        spots = [Spot(root=root, parts=(*root.inside, *_names(text.removeprefix(root.top))))]
    elif text.startswith("/") or _DRIVE.match(text):
        return Refused(f"{shown} is outside your directories. {what_is_allowed(access)}")
    else:
        spots = _meant(access, _names(text), want)
    if complaint := next((why for spot in spots if (why := _bad_names(spot.parts))), ""):
        return Refused(complaint)
    refusals = [why_not(spot, want) for spot in spots]
    allowed = tuple(spot for spot, why in zip(spots, refusals, strict=True) if not why)
    if allowed:
        return Allowed(allowed)
    if not spots:
        return Refused(f"You have no workspace, so {shown} names nothing. {what_is_allowed(access)}")
    return Refused(f"{refusals[0]} {what_is_allowed(access)}")


def why_not(spot: Spot, want: Want, *, also_protected: Iterable[Parts] = ()) -> str:
    """Why the agent may not read or write there, given plain names; empty when it may.

    `also_protected` are the places that protected paths lead to by links.
    """
    root, parts = spot.root, spot.parts
    where = "/".join(parts) or "."
    if parts[: len(root.inside)] != root.inside:
        return f"{where} is outside your directories."
    if root.kind == "context" and (_is_below(parts, root.hidden) or OURS in map(same_name, parts)):
        return f"{where} belongs to MassGen and is closed to you."
    if want == "read":
        return ""
    if root.kind == "peer":
        return f"{where} is a copy of another answer's files and can only be read."
    if not root.writable:
        return f"{spot.absolute} is the user's and can only be read."
    if root.kind == "workspace":
        return "" if parts else "The workspace itself cannot be written or deleted, only what is in it."
    if _NEVER_WRITTEN & set(map(same_name, parts)):
        return f"{where} holds version control data, which is never written."
    if not parts or _is_below(parts, (*root.protected, *also_protected)):
        return f"{spot.absolute} is protected and can only be read."
    return ""


def what_is_allowed(access: Access) -> str:
    """What the agent may do, in a sentence or two."""
    said = []
    readable = [root.label for root in (*access.context, *access.peers)]
    writable = [root.top for root in access.context if root.writable]
    if access.workspace:
        said.append("Relative paths are in your workspace, where you may read and write.")
    if readable:
        said.append(f"You may read {_listed(readable)}.")
    if writable:
        said.append(f"You may also write below {_listed(writable)} by absolute paths.")
    return " ".join(said) or "You have no files here."


def same_name(name: str) -> str:
    """A name as the most careless file system compares it: two names with the same result may be one file there.

    Case and Unicode form (macOS, Windows), characters that cannot be seen (HFS+, CVE-2014-9390), dots and blanks at
    the end (Windows).
    """
    seen = "".join(each for each in unicodedata.normalize("NFKC", name) if unicodedata.category(each) != "Cf")
    return unicodedata.normalize("NFC", seen.casefold()).rstrip(". ")


def _unusable(text: object) -> str:
    if not isinstance(text, str):
        given = "is missing" if text is None else f"must be a text, not a {_WORDS.get(type(text), 'value')}"
        return f"`path` {given}. Give one path, for example notes/plan.md."
    if not text:
        return "`path` is empty. Write . for the whole workspace."
    if _UNPRINTABLE.search(text):
        return "The path holds a control character. Write it with printable characters only."
    if len(text.encode()) >= MOST_BYTES:
        return f"The path is too long: at most {MOST_BYTES - 1} bytes."
    if text.startswith("~"):
        return "~ means nothing here. Write a path relative to your workspace, or an absolute path that you were told."
    if address := _ADDRESS.match(text):
        return f"{address['scheme']}: addresses are not read here. Write the path alone."
    if "\\" in text:
        return "The path holds a backslash. Write / between names."
    if ".." in text.split("/"):
        return "The path holds `..`. Write it without: relative to your workspace, or absolute."
    return ""


_WORDS: Final = {bool: "truth value", int: "number", float: "number", list: "list", dict: "mapping"}


def _bad_names(parts: Parts) -> str:
    if len(parts) > MOST_NAMES:
        return f"The path is nested too deep: at most {MOST_NAMES} names."
    if any(len(name.encode("utf-8", "surrogatepass")) > MOST_NAME_BYTES for name in parts):
        return f"A name in the path is too long: at most {MOST_NAME_BYTES} bytes."
    return ""


def _owner(access: Access, text: str) -> Root | None:
    """The root an absolute path lies below: the innermost one."""
    roots = [root for root in access if text == root.top or text.startswith(root.top.rstrip("/") + "/")]
    return max(roots, key=lambda root: len(root.top), default=None)


def _meant(access: Access, names: Parts, want: Want) -> list[Spot]:
    """The places a relative path may mean: the workspace, and for reading what is named like its first part."""
    spots = [Spot(root=access.workspace, parts=names)] if access.workspace else []
    if want == "write":
        return spots
    named = [root for root in (*access.peers, *access.context) if names[: len(root.name)] == root.name]
    named.sort(key=lambda root: len(root.name), reverse=True)
    return spots + [Spot(root=root, parts=(*root.inside, *names[len(root.name) :])) for root in named]


def _names(text: str) -> Parts:
    return tuple(name for name in text.split("/") if name not in ("", "."))


def _is_below(parts: Parts, places: Iterable[Parts]) -> bool:
    folded = tuple(map(same_name, parts))
    return any(folded[: len(place)] == tuple(map(same_name, place)) for place in places)


def _listed(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)
