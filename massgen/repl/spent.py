"""What a session has cost: counted from its log once somebody wants to know, and from then on as it goes."""

from massgen.agents import AgentId
from massgen.bill import NOTHING, Bill
from massgen.events import Record, UsageCounted
from massgen.messages import Part
from massgen.session.saved import Saved


class Spent:
    """A subscriber that keeps the bill of its session."""

    def __init__(self) -> None:
        self._bill: Bill | None = None
        self._counted = 0

    def bill(self, saved: Saved) -> Bill:
        """The bill; `saved` is all that the session holds, and read the first time."""
        if self._bill is None:
            self._bill = NOTHING
            for record in saved.only(UsageCounted):
                self.record(record)
        return self._bill

    def record(self, record: Record) -> None:
        """Add what one request has used; what was read from the log already, is told by the bus once more."""
        if self._bill is not None and isinstance(record.event, UsageCounted) and record.seq > self._counted:
            self._bill, self._counted = self._bill.plus(record.event), record.seq

    def stream(self, agent: AgentId, call: int, part: Part) -> None:
        """Running text is on no bill yet."""
