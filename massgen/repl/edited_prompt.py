"""The prompt of a terminal that can move its cursor: prompt_toolkit edits the line."""

from collections.abc import Callable
from functools import partial

from prompt_toolkit import PromptSession
from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.input import Input
from prompt_toolkit.input.typeahead import get_typeahead, store_typeahead
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import Output, create_output
from prompt_toolkit.output.vt100 import Vt100_Output

PROMPT = "You: "


class EditedPrompt:
    """Asks on the terminal. `painted` is called once, when the first prompt is there to be seen.

    `stop` stops the program until the shell says `fg`; None where there is nothing that could. `is_second` says whether
    a Ctrl+C now follows so soon on the one that ended a turn that it ends the program: then `ask` raises
    `KeyboardInterrupt`.
    """

    def __init__(
        self, *, painted: Callable[[], None], stop: Callable[[], None] | None, is_second: Callable[[], bool]
    ) -> None:
        self._session = _session(stop, is_second)
        self._choosing = partial(_session, stop, is_second)

        def painted_once(_: object) -> None:
            self._session.app.after_render.remove_handler(painted_once)
            painted()

        self._session.app.after_render.add_handler(painted_once)

    async def ask(self, typed: str) -> str:
        """Return what the user says, beginning with `typed`, which can be edited; raises `EOFError` when they leave."""
        return await self._session.prompt_async(PROMPT, default=typed, handle_sigint=False)

    async def choose(self, question: str) -> str:
        """Ask something else, and return what the user says to that; raises `EOFError` when they leave."""
        return await self._choosing().prompt_async(question, handle_sigint=False)

    def was_pressed(self) -> bool:
        """Whether Ctrl+C came in one breath with Enter, as a key that waits for the next prompt."""
        return _was_pressed(self._session.input)


def _session(stop: Callable[[], None] | None, is_second: Callable[[], bool]) -> PromptSession[str]:
    return PromptSession(key_bindings=_keys(stop, is_second), output=_output())


def _output() -> Output:
    """The terminal, asked nothing: while the prompt waits for an answer (up to a second), Ctrl+C is only a key."""
    output = create_output()
    if isinstance(output, Vt100_Output):
        output.enable_cpr = False
    return output


def _was_pressed(keyboard: Input) -> bool:
    """Whether there is a Ctrl+C among the keys that wait for the next prompt; what else is typed goes on waiting."""
    typed = get_typeahead(keyboard)
    others = [each for each in typed if each.key != Keys.ControlC]
    store_typeahead(keyboard, others)
    return len(others) < len(typed)


def _keys(stop: Callable[[], None] | None, is_second: Callable[[], bool]) -> KeyBindings:
    keys = KeyBindings()

    @keys.add("c-c")
    def _(event: KeyPressEvent) -> None:
        """Clear what was typed; at an empty prompt, leave."""
        if is_second():
            event.app.exit(exception=KeyboardInterrupt)
        elif event.current_buffer.text:
            event.current_buffer.reset()
        else:
            event.app.exit(exception=EOFError)

    @keys.add("c-z")
    def _(_: KeyPressEvent) -> None:
        """Stop until the shell says `fg`."""
        if stop is not None:
            run_in_terminal(stop)

    return keys
