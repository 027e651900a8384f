"""A request as the loopback server received it, with views that are the same on all wires."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from massgen.backends import fields
from massgen.backends.providers import Wire
from massgen.messages import Json

Text: TypeAlias = tuple[str, str]

_PATHS: tuple[tuple[str, Wire], ...] = (
    ("/v1/messages", "messages"),
    ("/chat/completions", "chat_completions"),
    ("/responses", "responses"),
    (":streamGenerateContent", "gemini"),
)


def wire_of(path: str) -> Wire | None:
    """The wire that asks at this path, if any does."""
    bare = path.partition("?")[0]
    return next((wire for ending, wire in _PATHS if bare.endswith(ending)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. Header names are lower case; `gone` is set when the client leaves before the reply has ended."""

    wire: Wire
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Json]
    gone: threading.Event = field(default_factory=threading.Event, compare=False, repr=False)

    @property
    def model(self) -> str:
        """The provider's name of the model; Gemini has it in the path."""
        if self.wire == "gemini":
            return self.path.partition("/models/")[2].partition(":")[0]
        return fields.text(self.body, "model")

    @property
    def system(self) -> str:
        """The system text."""
        match self.wire:
            case "messages":
                return "".join(fields.text(block, "text") for block in fields.each(self.body, "system"))
            case "gemini":
                return "".join(fields.text(p, "text") for p in fields.each(self.body, "systemInstruction", "parts"))
            case _:
                return "".join(text for role, text in self._said() if role == "system")

    @property
    def texts(self) -> list[Text]:
        """Who said what: role (user, assistant, or tool for a tool's result) and text, without the system text."""
        return [(role, text) for role, text in self._said() if role != "system"]

    @property
    def question(self) -> str:
        """Everything that was said in the place of the user, which is what most replies depend on."""
        return "\n".join(text for role, text in self.texts if role == "user")

    @property
    def tool_names(self) -> list[str]:
        """The names of the offered tools; a provider's own tool goes by its type."""
        names = []
        for tool in fields.each(self.body, "tools"):
            declared = [*fields.each(tool, "functionDeclarations")] or [fields.get(tool, "function") or tool]
            names += [fields.text(one, "name") or fields.text(one, "type") or _first_key(one) for one in declared]
        return names

    def _said(self) -> Iterator[Text]:
        """Every text of the conversation, in order."""
        match self.wire:
            case "responses":
                for item in fields.each(self.body, "input"):
                    if fields.text(item, "type") == "function_call_output":
                        yield "tool", fields.text(item, "output")
                    elif role := fields.text(item, "role"):
                        yield role, _joined(fields.get(item, "content"))
            case "chat_completions":
                for line in fields.each(self.body, "messages"):
                    yield fields.text(line, "role"), _joined(fields.get(line, "content"))
            case "messages":
                for turn in fields.each(self.body, "messages"):
                    if text := fields.text(turn, "content"):
                        yield fields.text(turn, "role"), text
                    for block in fields.each(turn, "content"):
                        if fields.text(block, "type") == "tool_result":
                            yield "tool", _joined(fields.get(block, "content"))
                        elif fields.text(block, "type") == "text":
                            yield fields.text(turn, "role"), fields.text(block, "text")
            case _:
                for content in fields.each(self.body, "contents"):
                    role = "assistant" if fields.text(content, "role") == "model" else "user"
                    parts = list(fields.each(content, "parts"))
                    if role == "assistant":
                        yield role, "".join(fields.text(p, "text") for p in parts if not fields.get(p, "thought"))
                        continue
                    for part in parts:
                        if response := fields.get(part, "functionResponse", "response"):
                            yield "tool", fields.text(response, "output") or fields.text(response, "error")
                        else:
                            yield role, fields.text(part, "text")


def _joined(content: object) -> str:
    """Content that is either a string or a list of parts."""
    return fields.text(content) or "".join(fields.text(part, "text") for part in fields.each(content))


def _first_key(tool: object) -> str:
    return next(iter(tool), "") if isinstance(tool, dict) else ""
