"""The table of faults: what a provider does, byte by byte, and what has to come of it, on every wire."""

from typing import Final

from massgen.messages import Json, ReasoningDelta, TextDelta, ToolCall
from tests.faults import doing
from tests.faults.rows import COUNTED, Ends, Fails, NeverEnds, fault
from tests.faults.server import Answer
from tests.faults.spelling import STREAM, begun, broken, head, page, refusal, spoken, streamed, whole
from tests.helpers.wires import Call, Reply
from tests.helpers.wires.asking import KEY

LONGEST: Final = 2 * 1024 * 1024
"""Characters of an answer that are kept."""

CUT = "The reply of {model} broke off: the stream ended without its end marker"
REFUSED = "{model} declined to answer"
NO = "I cannot help with that."
GARBLED = "{name} sent something that cannot be read: "
LOST = "The connection to {name} ({host}) failed: "
CLOSED = LOST + "peer closed connection without sending complete message body (incomplete chunked read)"
LATE = "{name} ({host}) did not answer in time: the connection broke"


def _called(name: str, id_: str, **arguments: Json) -> ToolCall:
    return ToolCall(id=id_, name=name, arguments=arguments)


def _is_slow(retry_after: float | None) -> Fails:
    return Fails(
        kind="rate_limit", says="{name} asks to slow down (429): Slow down.", status=429, retry_after=retry_after
    )


UNKNOWN = Reply(calls=[Call("summon", {"whom": "ann"}, id="a")])
MANY = [Call("list_directory", {"path": f"{n}"}, id=f"call_{n}") for n in range(500)]
TWICE = [Call("list_directory", {"path": "one"}, id="same"), Call("list_directory", {"path": "two"}, id="same")]

FAULTS: Final = (
    fault(
        "connection refused",
        doing.nothing,
        Fails(kind="network", says=LOST + "All connection attempts failed"),
        "retried",
        at="nobody",
    ),
    fault(
        "DNS failure",
        doing.nothing,
        Fails(kind="network", says=LOST + "[Errno -2] Name or service not known"),
        "retried",
        at="nowhere",
    ),
    fault(
        "400",
        lambda request: refusal(request, 400, doing.BAD, "temperature must be below 2"),
        Fails(kind="bad_request", says="{name} refused the request (400): temperature must be below 2", status=400),
        "out_of_turn",
    ),
    fault(
        "401",
        lambda request: refusal(request, 401, doing.NO_KEY, f"Incorrect API key provided: {KEY}.\nGo away."),
        Fails(
            kind="auth",
            says="{name} refused the key in {key} (401): Incorrect API key provided: [key]. Go away.",
            status=401,
        ),
        "out_of_turn",
    ),
    fault(
        "403",
        lambda request: refusal(request, 403, doing.FORBIDDEN, "Not in your country."),
        Fails(kind="auth", says="{name} refused the key in {key} (403): Not in your country.", status=403),
        "out_of_turn",
    ),
    fault(
        "404 model",
        lambda request: refusal(request, 404, doing.NO_MODEL, "No such model."),
        Fails(kind="unknown_model", says="{name} does not know the model '{model}' (404): No such model.", status=404),
        "out_of_turn",
    ),
    fault("429 with Retry-After 2", doing.slow_down(retry_after="2"), _is_slow(2.0), "retried"),
    fault("429 with Retry-After 300", doing.slow_down(retry_after="300"), _is_slow(300.0), "out_of_stage"),
    fault("429 without Retry-After", doing.slow_down(), _is_slow(None), "retried"),
    fault(
        "429 with a date",
        doing.slow_down(date=doing.NOW, retry_after="Sun, 22 Nov 2026 07:00:30 GMT"),
        _is_slow(30.0),
        "retried",
    ),
    fault(
        "429 with a date far away",
        doing.slow_down(date=doing.NOW, retry_after="Sun, 22 Nov 2099 07:00:00 GMT"),
        _is_slow(2303683200.0),
        "out_of_stage",
    ),
    fault(
        "insufficient quota",
        doing.no_money,
        Fails(
            kind="quota",
            says="The {name} account has no credit left (429): " + doing.NO_MONEY["responses"][2],
            status=429,
        ),
        "out_of_turn",
        **{
            wire: Fails(
                kind="quota", says=f"The {{name}} account has no credit left ({status}): {message}", status=status
            )
            for wire, (status, _, message) in doing.NO_MONEY.items()
        },
    ),
    fault(
        "500",
        lambda request: refusal(request, 500, doing.BROKEN, "Oops."),
        Fails(kind="overloaded", says="{name} cannot answer right now (500): Oops.", status=500),
        "retried",
    ),
    fault(
        "529",
        lambda request: refusal(request, 529, doing.OVERLOADED, "Overloaded."),
        Fails(kind="overloaded", says="{name} cannot answer right now (529): Overloaded.", status=529),
        "retried",
    ),
    fault(
        "error object inside a 200 stream",
        doing.error_inside,
        Fails(
            kind="overloaded",
            says="{name} cannot answer right now (503): Too many people ask [key].",
            status=503,
            shown=(TextDelta("Overload"),),
        ),
        "retried",
        responses=Fails(
            kind="overloaded",
            says="{name} cannot answer right now: Too many people ask [key].",
            shown=(TextDelta("Overload"),),
        ),
        messages=Fails(
            kind="overloaded",
            says="{name} cannot answer right now: Too many people ask [key].",
            shown=(TextDelta("Overload"),),
        ),
    ),
    fault(
        "reset before the first byte",
        lambda request: Answer(then="reset"),
        Fails(kind="network", says=LOST + "the connection broke"),
        "retried",
    ),
    fault(
        "reset mid-text",
        lambda request: broken(begun(request, "Reset"), Answer(then="reset")),
        Fails(kind="network", says=LOST + "the connection broke", shown=(TextDelta("Reset"),)),
        "retried",
    ),
    fault(
        "clean end mid-text",
        lambda request: streamed(begun(request, "Cut")),
        Fails(kind="truncated", says=CUT, shown=(TextDelta("Cut"),)),
        "retried",
    ),
    fault(
        "clean end mid-tool-call",
        doing.cut_in_a_call,
        Fails(kind="truncated", says=CUT),
        "retried",
    ),
    fault(
        "closed mid-text without the end of the body",
        lambda request: broken(begun(request, "Closed"), Answer()),
        Fails(kind="network", says=CLOSED, shown=(TextDelta("Closed"),)),
        "retried",
    ),
    fault(
        "empty 200",
        lambda request: Answer(sends=(head(200, {"content-type": "text/event-stream", "content-length": "0"}),)),
        Fails(kind="truncated", says=CUT),
        "retried",
    ),
    fault(
        "200 with HTML",
        lambda request: page(200, b"<!doctype html><title>Please log in</title>\x1b[2J"),
        Fails(kind="malformed", says=GARBLED + "a web page instead of an answer"),
        "retried",
    ),
    fault(
        "stall before the first event",
        lambda request: Answer(sends=(STREAM,), then="stall"),
        Fails(kind="timeout", says=LATE),
        "retried",
    ),
    fault(
        "stall mid-text",
        lambda request: broken(begun(request, "Stalled"), Answer(then="stall")),
        Fails(kind="timeout", says=LATE, shown=(TextDelta("Stalled"),)),
        "retried",
    ),
    fault("endless keep-alives", doing.keep_alives, NeverEnds(), "retried"),
    fault(
        "malformed JSON line",
        doing.malformed,
        Fails(kind="malformed", says=GARBLED + "…", shown=(TextDelta("Malformed"),)),
        "retried",
    ),
    fault(
        "events split byte by byte", doing.byte_by_byte, Ends(shown=(TextDelta("Bytes: "), TextDelta("é."))), "answers"
    ),
    fault(
        "invalid UTF-8",
        doing.replaced("@@", b"@@", b"\xff\xfe"),
        Fails(kind="malformed", says=GARBLED + "…", shown=(TextDelta("Well: "),)),
        "retried",
    ),
    fault(
        "lone surrogate",
        lambda request: whole(request, Reply(text=["Well: ", "\ud83d."])),
        Ends(shown=(TextDelta("Well: "), TextDelta("\ufffd."))),
        "answers",
    ),
    fault(
        "truncated tool arguments",
        doing.broken_arguments,
        Ends(shown=(ToolCall(id="a", name="list_directory", arguments={}, invalid='{"path": "A'),), stop="tool_calls"),
        "retried",
        gemini=Fails(kind="malformed", says=GARBLED + "MALFORMED_FUNCTION_CALL"),
    ),
    fault(
        "arguments nested too deep",
        doing.deep,
        Ends(
            shown=(ToolCall(id="a", name="list_directory", arguments={}, invalid=doing.DEEP),),
            stop="tool_calls",
        ),
        "retried",
        gemini=Fails(kind="malformed", says=GARBLED + "…"),
    ),
    fault(
        "unknown tool",
        lambda request: whole(request, UNKNOWN),
        Ends(shown=(_called("summon", "a", whom="ann"),), stop="tool_calls"),
        "retried",
    ),
    fault(
        "500 tool calls",
        lambda request: streamed([b"".join(each.data for each in spoken(request, Reply(calls=MANY)))]),
        Ends(shown=tuple(_called("list_directory", f"call_{n}", path=f"{n}") for n in range(500)), stop="tool_calls"),
        "retried",
    ),
    fault(
        "same call id twice",
        lambda request: whole(request, Reply(calls=TWICE)),
        Ends(
            shown=(_called("list_directory", "same", path="one"), _called("list_directory", "same", path="two")),
            stop="tool_calls",
        ),
        "retried",
    ),
    fault(
        "a call id of 200 characters",
        lambda request: whole(request, Reply(calls=[Call("summon", {}, id="é" * 200)])),
        Ends(shown=(_called("summon", "é" * 200),), stop="tool_calls"),
        "retried",
    ),
    fault(
        "empty answer",
        lambda request: whole(request, Reply()),
        Fails(kind="empty", says="{model} ended without a word", usage=COUNTED),
        "retried",
    ),
    fault(
        "only blanks",
        lambda request: whole(request, Reply(text=[" \n"])),
        Fails(
            kind="empty",
            says="{model} ended without a word",
            usage=COUNTED,
            shown=(TextDelta(" \n"),),
        ),
        "retried",
    ),
    fault(
        "reasoning only",
        lambda request: whole(request, Reply(reasoning=["Hm."])),
        Fails(kind="empty", says="{model} ended without a word", usage=COUNTED, shown=(ReasoningDelta("Hm."),)),
        "retried",
    ),
    fault(
        "cut before the first word",
        lambda request: whole(request, Reply(stop="length")),
        Fails(kind="empty", says="{model} ended without a word: it used up max_tokens on reasoning", usage=COUNTED),
        "retried",
    ),
    fault(
        "refusal",
        lambda request: whole(request, Reply(text=[NO], stop="refused")),
        Fails(kind="refused", says=f"{REFUSED}: {NO}", usage=COUNTED),
        "out_of_stage",
        chat_completions=Fails(
            kind="refused",
            says=REFUSED + ": the provider's content filter stopped it",
            shown=(TextDelta(NO),),
            usage=COUNTED,
        ),
        messages=Fails(kind="refused", says=REFUSED + ": not that", shown=(TextDelta(NO),), usage=COUNTED),
        gemini=Fails(kind="refused", says=REFUSED + ": SAFETY", usage=COUNTED),
    ),
    fault(
        "length cut",
        lambda request: whole(request, Reply(text=["Forty"], stop="length")),
        Ends(shown=(TextDelta("Forty"),), stop="length"),
        "answers",
    ),
    fault(
        "context too long",
        lambda request: refusal(request, 400, doing.TOO_LONG, doing.LENGTHS),
        Fails(kind="context_length", says="", status=400),
        "retried",
        **{
            wire: Fails(
                kind="context_length", says=f"The conversation is too long for {{model}} (400): {said}", status=400
            )
            for wire, said in doing.LENGTHS.items()
        },
    ),
    fault(
        "redirect to another host",
        doing.redirect,
        Fails(kind="bad_request", says="{name} refused the request (307): It is over there.", status=307),
        "out_of_turn",
    ),
    fault(
        "10 MB in one delta",
        lambda request: whole(request, Reply(text=["x" * 10_000_000])),
        Ends(shown=(TextDelta("x" * LONGEST),), stop="length"),
        "answers",
    ),
    fault(
        "usage missing",
        lambda request: whole(request, Reply(text=["Uncounted."], tokens=None)),
        Ends(shown=(TextDelta("Uncounted."),), usage=None),
        "answers",
    ),
    fault("usage negative", doing.counted(-12, -7), Ends(shown=(TextDelta("Counted."),), usage=None), "answers"),
    fault("usage absurd", doing.counted(12, 10**15), Ends(shown=(TextDelta("Counted."),), usage=None), "answers"),
    fault("unknown event types", doing.unknown_events, Ends(shown=(TextDelta("Known."),)), "answers"),
)
