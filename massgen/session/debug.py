"""The debug log: everything MassGen knows about a run, for people, without a key in it.

    agent_outputs/log_20250108_143022/massgen_debug.log

It holds the program's own log (requests in full, signals, backend operations), every event of the session as the
session's log has it, and nothing that streams: the text of an answer is in its event.
"""

import json
import logging
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TextIO

from massgen.agents import AgentId
from massgen.events import Record
from massgen.messages import Part
from massgen.session.disk import make_home, refusal, replace
from massgen.session.records import plain
from massgen.session.redaction import Redactor


class DebugLog(logging.Handler):
    """A handler for the program's own log that is a subscriber of the bus too; each line is written at once."""

    def __init__(self, path: Path, *, redactor: Redactor, zone: tzinfo) -> None:
        """Begin the log at `path`; raises `SessionError` where it cannot be written."""
        super().__init__(logging.DEBUG)
        self.path = path
        self._redactor = redactor
        self._zone = zone
        self._file = _created(path)

    def emit(self, record: logging.LogRecord) -> None:
        """Write one message of the program, with its traceback if it has one."""
        text = record.getMessage()
        if record.exc_info:
            text += "\n" + logging.Formatter().formatException(record.exc_info)
        self._write(record.created, f"{record.levelname:7} {record.name}", text)

    def record(self, record: Record) -> None:
        """Write one event."""
        data = json.dumps(plain(record.event), ensure_ascii=False)
        self._write(record.at, f"EVENT   {record.seq}", f"{type(record.event).__name__} {data}")

    def stream(self, agent: AgentId, call: int, part: Part) -> None:
        """Running text is not logged: the whole of it is in its event."""

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()

    def _write(self, at: float, source: str, text: str) -> None:
        time = datetime.fromtimestamp(at, self._zone).strftime("%H:%M:%S.%f")[:-3]
        lines = self._redactor.clean(text).encode("utf-8", "replace").decode().splitlines() or [""]
        body = "\n    ".join(lines)
        try:
            self._file.write(f"{time} {source}: {body}\n")
            self._file.flush()
        except (OSError, ValueError):  # a full disk must not stop a turn for the sake of its debug log
            return


def _created(path: Path) -> TextIO:
    try:
        make_home(path.parent)
        ignored = path.parent.parent / ".gitignore"
        if not ignored.exists():
            replace(ignored, "*\n")
        return path.open("x", encoding="utf-8")
    except OSError as error:
        raise refusal("write the debug log", path, error) from error
