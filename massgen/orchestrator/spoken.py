"""A request as a person reads it in the debug log: everything the model is told, in order."""

from typing import assert_never

from massgen.messages import AssistantMessage, ChatRequest, Message, ModelMessage, ToolResults, UserMessage


def spoken(request: ChatRequest) -> str:
    """The whole request as text."""
    tools = ", ".join(tool.name for tool in request.tools) or "none"
    return "\n".join([f"system: {request.system}", *map(_line, request.messages), f"tools: {tools}"])


def _line(message: Message) -> str:
    match message:
        case UserMessage(text):
            return f"user: {text}"
        case AssistantMessage(text):
            return f"assistant: {text}"
        case ModelMessage(text=text, calls=calls):
            asked = "; ".join(f"{call.name}({dict(call.arguments)})" for call in calls)
            return f"assistant: {text} [asks for {asked}]"
        case ToolResults(results):
            return "\n".join(f"tool {result.name}: {result.text}" for result in results)
        case _:
            assert_never(message)
