"""A provider on the loopback that streams tokens on all four wires, in a process of its own.

`python -m benchmarks.token_stream TOKENS [PER_SECOND]` prints its port and serves until it is ended. Every answer has
so many tokens, each in an event with the fields that the vendor sends around it (written from the vendors'
documentation and the types of their SDKs) and in a chunk of HTTP of its own. Without a rate they come as quickly as
they are read, so that one read brings many; with one each is sent in its time.
"""

import asyncio
import contextlib
import itertools
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

TOKENS = (
    " The",
    " answer",
    " is",
    " forty",
    "-two",
    ",",
    " and",
    " naïve",
    " readers",
    " –",
    " 四",
    "十二",
    ".",
    "\n\n",
)
_BATCH = 64
"""Events that are written at once where there is no rate."""


@contextlib.contextmanager
def provider(tokens: int, per_second: int = 0) -> Iterator[str]:
    """The address of such a provider, which runs as long as the `with` statement."""
    command = [sys.executable, "-m", "benchmarks.token_stream", str(tokens), str(per_second)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


# -- how each wire spells a token ------------------------------------------------------------------------------------


def _named(event: Mapping[str, object]) -> bytes:
    return f"event: {event['type']}\ndata: {json.dumps(event, ensure_ascii=False, separators=(',', ':'))}\n\n".encode()


def _data(event: Mapping[str, object], end: str = "\n\n") -> bytes:
    return f"data: {json.dumps(event, ensure_ascii=False, separators=(',', ':'))}{end}".encode()


def _responses(tokens: Iterable[str]) -> Iterator[bytes]:
    numbers = itertools.count()
    id_, item = "resp_0a1b2c3d4e5f60718293a4b5c6d7e8f9", "msg_0f9e8d7c6b5a40312213f4e5d6c7b8a9"
    response = {"id": id_, "object": "response", "created_at": 1_763_800_000, "model": "gpt-6.1-terra", "output": []}
    message = {"id": item, "type": "message", "role": "assistant", "phase": "final_answer", "content": []}
    place = {"item_id": item, "output_index": 0, "content_index": 0}

    def event(type_: str, **fields: object) -> bytes:
        return _named({"type": f"response.{type_}", "sequence_number": next(numbers), **fields})

    yield event("created", response={**response, "status": "in_progress"})
    yield event("output_item.added", output_index=0, item={**message, "status": "in_progress"})
    yield event(
        "content_part.added", **place, part={"type": "output_text", "annotations": [], "logprobs": [], "text": ""}
    )
    said = []
    for token in tokens:
        said.append(token)
        yield event("output_text.delta", **place, delta=token, logprobs=[], obfuscation="x7Qm2LpA9"[: 12 - len(token)])
    content = {"type": "output_text", "annotations": [], "logprobs": [], "text": "".join(said)}
    yield event("output_text.done", **place, text="".join(said), logprobs=[])
    yield event("content_part.done", **place, part=content)
    yield event("output_item.done", output_index=0, item={**message, "status": "completed", "content": [content]})
    usage = {
        "input_tokens": 812,
        "input_tokens_details": {"cached_tokens": 512},
        "output_tokens": len(said),
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 812 + len(said),
    }
    yield event("completed", response={**response, "status": "completed", "usage": usage})


def _chat_completions(tokens: Iterable[str]) -> Iterator[bytes]:
    head = {
        "id": "chatcmpl-BxY7cQ2mPzL0aKd9",
        "object": "chat.completion.chunk",
        "created": 1_763_800_000,
        "model": "deepseek-chat",
        "service_tier": "default",
        "system_fingerprint": "fp_8802369eaa_prod0623_fp8_kvcache",
    }

    def chunk(delta: Mapping[str, object], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return _data({**head, "choices": [choice], "usage": None})

    yield chunk({"role": "assistant", "content": ""})
    count = 0
    for count, token in enumerate(tokens, start=1):  # noqa: B007 - the number of the last is used
        yield chunk({"content": token})
    yield chunk({}, "stop")
    usage = {"prompt_tokens": 812, "completion_tokens": count, "total_tokens": 812 + count}
    yield _data({**head, "choices": [], "usage": {**usage, "prompt_tokens_details": {"cached_tokens": 512}}})
    yield b"data: [DONE]\n\n"


def _messages(tokens: Iterable[str]) -> Iterator[bytes]:
    counted = {"input_tokens": 300, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 512}
    message = {"id": "msg_01HqZk8mN3vWx", "type": "message", "role": "assistant", "model": "claude-sonnet-5-5"}
    yield _named(
        {"type": "message_start", "message": {**message, "content": [], "usage": {**counted, "output_tokens": 1}}}
    )
    yield _named({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})
    yield _named({"type": "ping"})
    count = 0
    for count, token in enumerate(tokens, start=1):  # noqa: B007 - the number of the last is used
        yield _named({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": token}})
    yield _named({"type": "content_block_stop", "index": 0})
    end = {"stop_reason": "end_turn", "stop_sequence": None}
    yield _named({"type": "message_delta", "delta": end, "usage": {**counted, "output_tokens": count}})
    yield _named({"type": "message_stop"})


def _gemini(tokens: Iterable[str]) -> Iterator[bytes]:
    for count, token in enumerate((*tokens, ""), start=1):
        finish = {} if token else {"finishReason": "STOP"}
        yield _data(
            {
                "candidates": [{"content": {"parts": [{"text": token}], "role": "model"}, **finish, "index": 0}],
                "usageMetadata": {
                    "promptTokenCount": 812,
                    "candidatesTokenCount": count,
                    "totalTokenCount": 812 + count,
                    "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 812}],
                },
                "modelVersion": "gemini-3.8-flash",
                "responseId": "q3UhaYjKMZ2XvdIP8a6tqQc",
            },
            end="\r\n\r\n",
        )


_SPELLINGS: Mapping[str, Callable[[Iterable[str]], Iterator[bytes]]] = MappingProxyType(
    {
        "/responses": _responses,
        "/chat/completions": _chat_completions,
        "/v1/messages": _messages,
        ":streamGenerateContent": _gemini,
    }
)


# -- the server ------------------------------------------------------------------------------------------------------


async def _serve(tokens: int, per_second: int) -> None:
    said = list(itertools.islice(itertools.cycle(TOKENS), tokens))
    events = {path: [b"%x\r\n%b\r\n" % (len(e), e) for e in spell(said)] for path, spell in _SPELLINGS.items()}

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = next(line for line in head.lower().split("\r\n") if line.startswith("content-length:"))
                await reader.readexactly(int(length.partition(":")[2]))
                path = head.split(" ")[1].partition("?")[0]
                chunks = next(chunks for ending, chunks in events.items() if path.endswith(ending))
                writer.write(
                    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
                )
                await (_pace(writer, chunks, per_second) if per_second else _flood(writer, chunks))
                writer.write(b"0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(converse, "127.0.0.1", 0, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def _flood(writer: asyncio.StreamWriter, chunks: list[bytes]) -> None:
    for start in range(0, len(chunks), _BATCH):
        writer.write(b"".join(chunks[start : start + _BATCH]))
        await writer.drain()


async def _pace(writer: asyncio.StreamWriter, chunks: list[bytes], per_second: int) -> None:
    """Each in its time, and not as many at once as were late."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    for number, chunk in enumerate(chunks):
        await asyncio.sleep(began + number / per_second - loop.time())
        if writer.is_closing():
            return
        writer.write(chunk)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0))
