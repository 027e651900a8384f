"""What docs/providers.md promises of each fault is what the table of faults expects."""

from tests.docs.pages import rows, text_of
from tests.faults.cases import FAULTS
from tests.faults.rows import FATES, Ends, Fails, Fault

ENDINGS = {
    "answers": "it has answered",
    "retried": "asked again after a wait",
    "out_of_stage": "asked again in the next stage",
    "out_of_turn": "not asked again in this turn",
}


def test_the_page_says_of_every_fault_what_comes_of_it() -> None:
    promised: dict[tuple[str, str], list[str]] = {}
    for fault in FAULTS:
        promised.setdefault((_told(fault), _ending(fault)), []).append(fault.name)

    expected = [(" · ".join(names), *outcome) for outcome, names in promised.items()]
    assert [*rows(text_of("docs/providers.md"), "## When a provider fails")] == expected


def _told(fault: Fault) -> str:
    """As what the user is told of it, on most wires."""
    match fault.expects["responses"]:
        case Ends(stop="tool_calls"):
            return "tool calls that fail"
        case Ends(stop="length"):
            return "cut off by its length limit"
        case Ends(usage=None):
            return "cost unknown"
        case Ends():
            return ""
        case Fails(kind=kind):
            return FATES[kind]
        case _:
            return FATES["timeout"]


def _ending(fault: Fault) -> str:
    if isinstance(fault.expects["responses"], Ends) and fault.then == "retried":
        return "the model is told; after the third time in a row, asked again after a wait"
    if fault.name == "context too long":
        return "asked once more, with the conversation shortened"
    return "asked once more" if fault.silent else ENDINGS[fault.then]
