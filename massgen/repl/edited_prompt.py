"""The prompt of a terminal that can move its cursor: prompt_toolkit edits the text."""

import sys
from collections.abc import Callable, Mapping
from typing import Final, TextIO

from prompt_toolkit import PromptSession
from prompt_toolkit.application import in_terminal, run_in_terminal
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import Condition
from prompt_toolkit.input import Input
from prompt_toolkit.input.typeahead import get_typeahead, store_typeahead
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.key_binding.vi_state import InputMode
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import Output, create_output
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.styles import Style

from massgen.display.theme import Theme
from massgen.repl.prompt.breath import keys_of
from massgen.repl.prompt.completing import Commands, Completions, is_wanted
from massgen.repl.prompt.elsewhere import edited
from massgen.repl.prompt.folding import Folds, Said
from massgen.repl.prompt.habits import Habits
from massgen.repl.prompt.keys import bindings, leaving
from massgen.repl.prompt.past import Past
from massgen.repl.prompt.toolbar import Status, row

PROMPT: Final = "You: "

_MENU_ROWS: Final = 5
_TOOLBAR_FROM_ROWS: Final = 4
_STYLE: Final = Style.from_dict({"bottom-toolbar": "noreverse", "bottom-toolbar.text": "noreverse dim"})
_VI_ESCAPE_S: Final = 0.1


class EditedPrompt:
    """Asks on the terminal. `painted` is called once, when the first prompt is there to be seen.

    `stdin` is None where the keys are none of a terminal. `stop` stops the program until the shell says `fg`; None
    where there is nothing that could. `is_second` says whether a Ctrl+C now follows so soon on the one that ended a
    turn that it ends the program: then `ask` raises `KeyboardInterrupt`. `status` is asked before each prompt, and
    `commands` are what can be completed.
    """

    def __init__(
        self,
        habits: Habits,
        *,
        stdin: TextIO | None,
        theme: Theme,
        commands: Callable[[], Commands],
        status: Callable[[], Status],
        say: Callable[[str], None],
        environ: Mapping[str, str],
        painted: Callable[[], None],
        stop: Callable[[], None] | None,
        is_second: Callable[[], bool],
    ) -> None:
        self._theme = theme
        self._status = status
        self._now = Status(mode="")
        self._say = say
        self._environ = environ
        self._folds = Folds()
        self._leaving = leaving(stop, is_second)
        self._input, self._output = keys_of(stdin), _output()
        self._session: PromptSession[str] = PromptSession(
            key_bindings=bindings(folds=self._folds, stop=stop, is_second=is_second, edit=self._open_editor),
            input=self._input,
            output=self._output,
            multiline=True,
            prompt_continuation=lambda width, _, wraps: "" if wraps else " " * width,
            history=_Unfolded(habits, self._folds),
            search_ignore_case=True,
            auto_suggest=AutoSuggestFromHistory(),
            completer=Completions(commands, habits.project),
            complete_in_thread=True,
            complete_while_typing=Condition(
                lambda: is_wanted(self._session.default_buffer.document.text_before_cursor)
            ),
            editing_mode=EditingMode.VI if habits.editing_mode == "vi" else EditingMode.EMACS,
            style=_STYLE,
        )
        if habits.editing_mode == "vi":
            self._session.app.ttimeoutlen = _VI_ESCAPE_S

        def painted_once(_: object) -> None:
            self._session.app.after_render.remove_handler(painted_once)
            painted()

        self._session.app.before_render += self._fit
        self._session.app.after_render.add_handler(painted_once)

    async def ask(self, typed: str) -> Said:
        """Return what the user says, beginning with `typed`, which can be edited; raises `EOFError` when they leave."""
        self._now = self._status()
        said = await self._session.prompt_async(PROMPT, default=typed, handle_sigint=False)
        return Said(text=self._folds.unfolded(said), typed=said)

    async def confirm(self, question: str) -> bool:
        """Whether the user says yes; what was typed before the question could be read is no answer to it."""
        keys = KeyBindings()

        @keys.add("c-c")
        def _(event: KeyPressEvent) -> None:
            event.app.exit(exception=EOFError)

        asking: PromptSession[str] = PromptSession(key_bindings=keys, input=self._input, output=self._output)
        get_typeahead(asking.input)
        try:
            answer = await asking.prompt_async(f"{question} (y/n) ", handle_sigint=False)
        except EOFError:
            return False
        return answer.strip().lower() in ("y", "yes")

    async def choose(self, question: str) -> str:
        """Ask something else, and return what the user says to that; raises `EOFError` when they leave."""
        choosing: PromptSession[str] = PromptSession(key_bindings=self._leaving, input=self._input, output=self._output)
        return await choosing.prompt_async(question, handle_sigint=False)

    def was_pressed(self) -> bool:
        """Whether Ctrl+C came in one breath with Enter, as a key that waits for the next prompt."""
        return _was_pressed(self._session.input)

    def _fit(self, _: object) -> None:
        """Give menu and toolbar the room that there is."""
        rows = self._session.output.get_size().rows
        self._session.reserve_space_for_menu = max(0, min(_MENU_ROWS, rows - 3))
        self._session.bottom_toolbar = self._row if rows >= _TOOLBAR_FROM_ROWS else None

    def _row(self) -> str:
        app = self._session.app
        keys = ""
        if app.editing_mode == EditingMode.VI:
            keys = "vi: normal" if app.vi_state.input_mode == InputMode.NAVIGATION else "vi: insert"
        return row(self._now, keys=keys, columns=self._session.output.get_size().columns, theme=self._theme)

    def _open_editor(self, buffer: Buffer) -> None:
        self._session.app.create_background_task(self._edit(buffer))

    async def _edit(self, buffer: Buffer) -> None:
        """Let the user go on in their editor; what is saved there is the text of the prompt, and not sent yet."""
        before = self._folds.unfolded(buffer.text)
        text, wrong = await edited(before, self._environ, in_terminal())
        if wrong:
            await run_in_terminal(lambda: self._say(wrong))
        elif text != before:
            buffer.document = Document(text)


class _Unfolded(Past):
    """A past that remembers a folded paste as it was pasted."""

    def __init__(self, habits: Habits, folds: Folds) -> None:
        super().__init__(habits.past, habits.redactor)
        self._folds = folds

    def append_string(self, string: str) -> None:
        """Remember what was said."""
        if string.strip():
            super().append_string(self._folds.unfolded(string))


class _Unasked(Vt100_Output):
    """A terminal that is asked nothing: while a prompt waits for the answer (up to a second), Ctrl+C is only a key.

    prompt_toolkit asks where the cursor is, to know how many rows are below it, and draws no toolbar before it knows.
    It is told that there is one; where a prompt needs more, it makes them by scrolling.
    """

    def get_rows_below_cursor_position(self) -> int:
        """How many rows there are at least."""
        return 1


def _output() -> Output:
    output = create_output()
    if not isinstance(output, Vt100_Output):
        return output
    unasked = _Unasked.from_pty(
        sys.stdout,
        term=output.term,
        default_color_depth=output.get_default_color_depth(),
        enable_bell=output.enable_bell,
    )
    unasked.enable_cpr = False
    return unasked


def _was_pressed(keyboard: Input) -> bool:
    """Whether there is a Ctrl+C among the keys that wait for the next prompt; what else is typed goes on waiting."""
    typed = get_typeahead(keyboard)
    others = [each for each in typed if each.key != Keys.ControlC]
    store_typeahead(keyboard, others)
    return len(others) < len(typed)
