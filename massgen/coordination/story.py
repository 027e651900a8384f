"""What a decision has told so far, and the state after it: each step of a decision sees the steps before it."""

from massgen.coordination.evolve import evolve
from massgen.coordination.state import State
from massgen.events import TurnEvent


class Story:
    """Events told in answer to one signal. Lives no longer than one `decide`."""

    def __init__(self, state: State, *, now: float) -> None:
        self.state = state
        self.now = now
        """Seconds since the turn began, as the orchestrator measured them."""
        self.events: list[TurnEvent] = []

    def tell(self, event: TurnEvent) -> None:
        """Add an event and fold it into the state."""
        self.events.append(event)
        self.state = evolve(self.state, event)
