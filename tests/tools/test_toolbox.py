"""A toolbox answers every call, whatever the model asked for."""

import asyncio

from massgen.messages import Json, ToolCall, ToolResult, ToolSpec
from massgen.tools.toolbox import MOST_CALLS, Toolbox


class Clock:
    """A tool that tells the time it was given."""

    spec = ToolSpec(name="clock", description="Tell the time.", parameters={"type": "object", "properties": {}})

    async def run(self, call: ToolCall) -> ToolResult:
        return ToolResult(call_id=call.id, name=call.name, text="noon")


BOX = Toolbox({"clock": Clock()})


def call(id_: str, name: str = "clock", *, invalid: str = "", **arguments: Json) -> ToolCall:
    return ToolCall(id=id_, name=name, arguments=arguments, invalid=invalid)


def results(*calls: ToolCall, box: Toolbox = BOX) -> list[tuple[str, str, bool]]:
    return [(each.call_id, each.text, each.is_error) for each in asyncio.run(box.run_all(calls))]


def test_a_known_tool_is_run() -> None:
    assert results(call("a")) == [("a", "noon", False)]


def test_an_unknown_tool_is_refused_with_the_names_of_those_there_are() -> None:
    assert results(call("a", "rm")) == [("a", "There is no tool 'rm' here. Tools: clock. Answer without it.", True)]


def test_an_empty_box_says_that_there_are_none() -> None:
    assert results(call("a"), box=Toolbox()) == [
        ("a", "There is no tool 'clock' here. Tools: none. Answer without it.", True)
    ]


def test_arguments_that_are_no_object_are_refused() -> None:
    assert results(call("a", invalid='{"x": ')) == [
        ("a", "The arguments of clock are not a JSON object. Call it again.", True)
    ]


def test_a_second_call_with_the_same_id_is_not_carried_out() -> None:
    assert results(call("a"), call("a")) == [
        ("a", "noon", False),
        ("a", "Not carried out: an earlier call has the same id.", True),
    ]


def test_a_flood_of_calls_is_carried_out_up_to_the_limit() -> None:
    answers = results(*(call(str(number)) for number in range(500)))
    assert len(answers) == 500
    assert sum(not is_error for _, _, is_error in answers) == MOST_CALLS
    assert answers[-1] == ("499", f"Not carried out: at most {MOST_CALLS} calls in one reply.", True)


def test_the_specs_are_those_of_its_tools() -> None:
    assert BOX.specs == (Clock.spec,)
