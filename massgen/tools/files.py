"""The file tools: list, read, write, edit and delete, on any backend.

What they may touch is an `Access`; every refusal is a result that tells the model what it may do. The disk is used in
a thread, and a cancelled call waits for that thread: nothing is written after the call has ended.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from massgen.messages import Json, ToolCall, ToolResult, ToolSpec
from massgen.printable import one_line
from massgen.tools.paths import Place, Refusal, all_existing, existing, opened, writable
from massgen.workspace.access import Access
from massgen.workspace.beneath import Content, Entry, Stamp
from massgen.workspace.permissions import Allowed, Spot, judge, why_not
from massgen.workspace.ways import Parts

MOST_READ: Final = 256 * 1024
"""Bytes of text in one result of `read_file`."""

MOST_OPENED: Final = 16 * 1024 * 1024
"""Bytes of a file that are looked at; what comes later in a larger one cannot be read or edited."""

MOST_LISTED: Final = 500
"""Names in one result of `list_files`."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a tool says to the model; `changed` is the file of the user's own that it changed, as an absolute path."""

    text: str
    changed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTool:
    """One tool: what the model is told, and the work, which raises `Refusal`."""

    spec: ToolSpec
    work: Callable[[Mapping[str, Json]], "Done"]

    async def run(self, call: ToolCall) -> ToolResult:
        """Do it in a thread, and say what came of it."""
        working = asyncio.ensure_future(asyncio.to_thread(self._carry_out, call))
        try:
            return await asyncio.shield(working)
        except asyncio.CancelledError:
            await asyncio.wait([working])  # a thread cannot be stopped; what it does is short
            raise

    def _carry_out(self, call: ToolCall) -> ToolResult:
        try:
            done = self.work(call.arguments)
            return ToolResult(call_id=call.id, name=call.name, text=done.text, changed=done.changed)
        except Refusal as refusal:
            return ToolResult(call_id=call.id, name=call.name, text=str(refusal), is_error=True)


def file_tools(access: Access) -> Mapping[str, FileTool]:
    """The tools of one agent for one call, by name: none without a root, and none that write where nothing may be."""
    files = _Files(access)
    works: dict[str, Callable[[Mapping[str, Json]], Done]] = {"list_files": files.list, "read_file": files.read}
    if any(root.writable for root in access):
        works |= {"write_file": files.write, "edit_file": files.edit, "delete_file": files.delete}
    return {name: FileTool(spec=_SPECS[name], work=work) for name, work in works.items()} if access else {}


@dataclass(frozen=True, slots=True)
class _Files:
    """The work of all five. `seen` is the state of each file when this agent last read or wrote it."""

    access: Access
    seen: dict[tuple[Path, Parts], Stamp] = field(default_factory=dict)

    def list(self, arguments: Mapping[str, Json]) -> Done:
        text = arguments.get("path", ".")
        deep = arguments.get("recursive", False) is True
        spots = all_existing(self.access, text)
        if not spots:
            raise Refusal(f"There is no {one_line(str(text), 200)}. List . to see what there is.")
        said = [_listing(spot, deep=deep) for spot in spots]
        others = [root.label for root in (*self.access.context, *self.access.peers) if root.name]
        if others and text in (".", "./"):
            said.append(f"Elsewhere you may read: {', '.join(others)}")
        return Done("\n\n".join(said))

    def read(self, arguments: Mapping[str, Json]) -> Done:
        first, most = _count(arguments, "offset") or 1, _count(arguments, "limit")
        with existing(self.access, arguments.get("path")) as place:
            content = place.directory.read(place.parts, most=MOST_OPENED)
            self.seen[place.key] = content.stamp
            return Done(_excerpt(place, content, first, most))

    def write(self, arguments: Mapping[str, Json]) -> Done:
        data = _bytes(arguments, "content")
        with writable(self.access, arguments.get("path")) as place:
            expect = self.seen.get(place.key) if place.kind else None
            self._put(place, data, expect)
            verb = "Overwrote" if place.kind else "Wrote"
            return _changed(place, f"{verb} {place.shown} ({len(data):,} bytes).{self._hint(place)}")

    def edit(self, arguments: Mapping[str, Json]) -> Done:
        old, new = _bytes(arguments, "old_text"), _bytes(arguments, "new_text")
        if not old:
            raise Refusal("`old_text` is empty. Give the exact text to replace, or use write_file for a new file.")
        path = arguments.get("path")
        with writable(self.access, path) as target:
            with existing(self.access, path) as source:
                content = source.directory.read(source.parts, most=MOST_OPENED)
            if self.seen.get(source.key, content.stamp) != content.stamp:
                raise Refusal(f"{source.shown} has changed since you read it. Read it again, then decide.")
            data = _replaced(source.shown, content, old, new)
            if source.key == target.key:
                self._put(target, data, content.stamp)
                return _changed(target, f"Edited {target.shown} ({len(data):,} bytes).{self._hint(target)}")
            self._put(target, data, None)
            return Done(
                f"Edited a copy: {target.shown} in your workspace ({len(data):,} bytes). "
                f"{source.shown} is as it was.{self._hint(target)}"
            )

    def delete(self, arguments: Mapping[str, Json]) -> Done:
        with writable(self.access, arguments.get("path"), last=False) as place:
            place.directory.delete(place.parts)
            self.seen.pop(place.key, None)
            return _changed(place, f"Deleted {place.shown}.")

    def _put(self, place: Place, data: bytes, expect: Stamp | None) -> None:
        place.directory.write(place.parts, data, expect=expect)
        if stamp := place.directory.stamp(place.parts):
            self.seen[place.key] = stamp

    def _hint(self, place: Place) -> str:
        """A model that may change the user's file may have meant that one."""
        if place.spot.root.kind != "workspace":
            return ""
        verdict = judge(self.access, "/".join(place.spot.parts), "read")
        spots = verdict.spots if isinstance(verdict, Allowed) else ()
        meant = next((each for each in spots if each.root.kind == "context" and not why_not(each, "write")), None)
        return f" The user's own file is {meant.absolute}; write there to change it." if meant else ""


# -- words and bytes -------------------------------------------------------------------------------------------------


def _changed(place: Place, text: str) -> Done:
    """Something was changed: the agent's own copy, or a file of the user's."""
    is_own = place.spot.root.kind == "workspace"
    return Done(text, changed="" if is_own else place.spot.absolute)


def _listing(spot: Spot, *, deep: bool) -> str:
    """One directory (or file), names relative to it, the shallow ones first."""
    with opened(spot, "read") as place:
        if place.kind != "directory":
            return f"{place.shown} is not a directory; read it with read_file."
        rows: list[str] = []
        ahead: list[Parts] = [()]
        for here in ahead:
            for entry in place.directory.entries((*place.parts, *here)):
                parts = (*here, entry.name)
                if why_not(Spot(root=spot.root, parts=(*place.parts, *parts)), "read"):
                    continue
                if len(rows) == MOST_LISTED:
                    rows.append(f"… and more; only {MOST_LISTED} names are listed. Name a directory to see the rest.")
                    return "\n".join([f"{place.shown}:", *rows])
                rows.append(_row(parts, entry))
                if deep and entry.kind == "directory" and entry.name != ".git":
                    ahead.append(parts)
        return "\n".join([f"{place.shown}:", *rows]) if rows else f"{place.shown} is empty."


def _row(parts: Parts, entry: Entry) -> str:
    name = one_line("/".join(parts), 400)
    match entry.kind:
        case "directory":
            return f"{name}/"
        case "file":
            return f"{name} ({entry.size:,} bytes)"
        case "link":
            return f"{name} -> {one_line(entry.target, 200)}"
        case "special":
            return f"{name} (neither a file nor a directory)"


def _excerpt(place: Place, content: Content, first: int, most: int | None) -> str:
    """The asked lines under a heading that says which they are."""
    data, where = content.data, place.shown
    if not data:
        return f"{where} is empty."
    if b"\0" in data[:8192]:
        wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
        raise Refusal(f"{where} is {'UTF-16 text' if wide else 'binary'}, {content.size:,} bytes; it cannot be shown.")
    text = data.decode("utf-8", "replace").replace("\r\n", "\n")
    lines = text.removesuffix("\n").split("\n")
    chosen = lines[first - 1 :][:most]
    if not chosen:
        raise Refusal(f"{where} has only {len(lines):,} lines. Ask for an `offset` up to that.")
    kept, room = [], MOST_READ
    for line in chosen:
        room -= len(line.encode()) + 1
        if room < 0:
            break
        kept.append(line)
    notes = []
    if not kept:
        kept = [chosen[0].encode()[:MOST_READ].decode("utf-8", "ignore")]
        notes.append(f"the line is longer than {MOST_READ // 1024} KiB and was cut")
    last = first + len(kept) - 1
    if len(kept) < len(chosen) and not notes:
        notes.append(f"at most {MOST_READ // 1024} KiB are shown at once; go on with offset {last + 1}")
    if b"\r\n" in data:
        notes.append("CRLF line ends")
    if "\ufffd" in text and b"\xef\xbf\xbd" not in data:
        notes.append("bytes that are not UTF-8 are shown as \ufffd")
    if content.size > len(data):
        notes.append(f"the file has {content.size:,} bytes, and only the first {len(data):,} can be read")
    heading = f"{where}, lines {first}-{last} of {len(lines)}" + "".join(f"; {note}" for note in notes)
    return f"{heading}:\n" + "\n".join(kept)


def _replaced(where: str, content: Content, old: bytes, new: bytes) -> bytes:
    """The file with the one `old` replaced, its own line ends kept."""
    data = content.data
    if content.size > len(data):
        raise Refusal(f"{where} is too large to edit ({content.size:,} bytes).")
    tries = [(old, new)]
    if data.count(b"\r\n") * 2 > data.count(b"\n"):
        tries.insert(0, (_crlf(old), _crlf(new)))
    for before, after in tries:
        match data.count(before):
            case 0:
                continue
            case 1:
                return data.replace(before, after)
            case times:
                raise Refusal(f"`old_text` occurs {times} times in {where}. Give more of the text around it.")
    raise Refusal(f"`old_text` does not occur in {where}. Read the file and copy the text exactly.")


def _crlf(text: bytes) -> bytes:
    return text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _bytes(arguments: Mapping[str, Json], name: str) -> bytes:
    value = arguments.get(name)
    if not isinstance(value, str):
        raise Refusal(f"`{name}` {'is missing' if value is None else 'must be a text'}. Call the tool again with it.")
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        raise Refusal(f"`{name}` holds half of a character (a lone surrogate). Write the character itself.") from error


def _count(arguments: Mapping[str, Json], name: str) -> int | None:
    value = arguments.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise Refusal(f"`{name}` must be a whole number from 1.")
    return value


# -- what the model is told ------------------------------------------------------------------------------------------


def _spec(name: str, description: str, required: tuple[str, ...], **properties: tuple[str, str]) -> ToolSpec:
    described: dict[str, Json] = {key: {"type": kind, "description": text} for key, (kind, text) in properties.items()}
    parameters: dict[str, Json] = {
        "type": "object",
        "properties": described,
        "required": list(required),
        "additionalProperties": False,
    }
    return ToolSpec(name=name, description=description, parameters=parameters)


_PATH: Final = ("string", "The file: relative to your workspace, or an absolute path you were told.")

_SPECS: Final[Mapping[str, ToolSpec]] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            _spec(
                "list_files",
                f"List a directory: names, sizes, links. At most {MOST_LISTED} names.",
                (),
                path=("string", "The directory; `.` (the default) is your workspace."),
                recursive=("boolean", "Whether the directories in it are listed too."),
            ),
            _spec(
                "read_file",
                f"Read a text file, or some lines of it; at most {MOST_READ // 1024} KiB at once.",
                ("path",),
                path=_PATH,
                offset=("integer", "The first line to read, from 1."),
                limit=("integer", "How many lines to read at most."),
            ),
            _spec(
                "write_file",
                "Write a whole file; it and its directories are made if they do not exist.",
                ("path", "content"),
                path=_PATH,
                content=("string", "The whole text of the file."),
            ),
            _spec(
                "edit_file",
                "Replace one piece of text in a file. The old text must occur exactly once; give enough of it.",
                ("path", "old_text", "new_text"),
                path=_PATH,
                old_text=("string", "The exact text to replace, with its white space, as read_file shows it."),
                new_text=("string", "The text to put there; empty to remove the old one."),
            ),
            _spec("delete_file", "Delete a file, or an empty directory.", ("path",), path=_PATH),
        )
    }
)
