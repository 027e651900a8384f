"""What the keys of the prompt do, besides what they do in every line that prompt_toolkit edits."""

from collections.abc import Callable
from typing import Final

from prompt_toolkit.application import get_app, run_in_terminal
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import Condition, emacs_mode, has_focus
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

from massgen.repl.prompt.folding import Folds

_TYPING: Final = has_focus(DEFAULT_BUFFER)
"""The text has the keys, and not a search."""


def bindings(
    *,
    folds: Folds,
    stop: Callable[[], None] | None,
    is_second: Callable[[], bool],
    edit: Callable[[Buffer], None],
) -> KeyBindings:
    """The keys. `stop` stops the program until `fg`; `edit` opens an editor.

    `is_second` says whether a Ctrl+C ends the program.
    """
    keys = KeyBindings()
    _sending(keys)
    _leaving(keys, stop, is_second)

    @keys.add(Keys.BracketedPaste, filter=_TYPING)
    def _(event: KeyPressEvent) -> None:
        """Put in what was pasted, folded if it is big."""
        event.current_buffer.insert_text(folds.folded(event.data.replace("\r\n", "\n").replace("\r", "\n")))

    @Condition
    def is_behind_fold() -> bool:
        return bool(folds.before(get_app().current_buffer.document.text_before_cursor))

    @keys.add("c-h", filter=_TYPING & is_behind_fold)
    def _(event: KeyPressEvent) -> None:
        """Take a folded paste back as one."""
        buffer = event.current_buffer
        buffer.delete_before_cursor(len(folds.before(buffer.document.text_before_cursor)))

    @keys.add("c-g", filter=_TYPING)
    @keys.add("c-x", "c-e", filter=_TYPING)
    def _(event: KeyPressEvent) -> None:
        """Go on in the editor."""
        edit(event.current_buffer)

    return keys


def leaving(stop: Callable[[], None] | None, is_second: Callable[[], bool]) -> KeyBindings:
    """The keys of a line in which something else is asked: how to leave, and how to stop until `fg`."""
    keys = KeyBindings()
    _leaving(keys, stop, is_second)
    return keys


def _sending(keys: KeyBindings) -> None:
    @Condition
    def has_selected() -> bool:
        state = get_app().current_buffer.complete_state
        return state is not None and state.current_completion is not None

    @Condition
    def goes_on() -> bool:
        document = get_app().current_buffer.document
        return document.current_line_before_cursor.endswith("\\") and document.is_cursor_at_the_end_of_line

    @keys.add("enter", filter=_TYPING)
    def _(event: KeyPressEvent) -> None:
        """Send."""
        event.current_buffer.validate_and_handle()

    @keys.add("enter", filter=_TYPING & goes_on)
    def _(event: KeyPressEvent) -> None:
        """Begin a new line in the place of the backslash."""
        event.current_buffer.delete_before_cursor()
        event.current_buffer.newline(copy_margin=False)

    @keys.add("c-j", filter=_TYPING)
    @keys.add("escape", "enter", filter=_TYPING & emacs_mode)
    def _(event: KeyPressEvent) -> None:
        """Begin a new line."""
        event.current_buffer.newline(copy_margin=False)

    @keys.add("enter", filter=_TYPING & has_selected)
    @keys.add("c-i", filter=_TYPING & has_selected)
    def _(event: KeyPressEvent) -> None:
        """Take what is selected in the menu."""
        _commit(event.current_buffer)

    @keys.add("c-i", filter=_TYPING & ~has_selected)
    def _(event: KeyPressEvent) -> None:
        """Take the first of the menu, or open it."""
        buffer = event.current_buffer
        if buffer.complete_state is not None:
            buffer.complete_next()
            _commit(buffer)
        else:
            buffer.start_completion(insert_common_part=True)


def _commit(buffer: Buffer) -> None:
    """Close the menu with what is selected in it; of a directory, show next what is in it."""
    buffer.complete_state = None
    if buffer.document.text_before_cursor.endswith("/"):
        buffer.start_completion()


def _leaving(keys: KeyBindings, stop: Callable[[], None] | None, is_second: Callable[[], bool]) -> None:
    @keys.add("c-c", filter=_TYPING)
    def _(event: KeyPressEvent) -> None:
        """Clear what was typed, which can be found again; at an empty prompt, leave."""
        if is_second():
            event.app.exit(exception=KeyboardInterrupt)
        elif event.current_buffer.text:
            event.current_buffer.append_to_history()
            event.current_buffer.reset()
        else:
            event.app.exit(exception=EOFError)

    @keys.add("c-z")
    def _(_: KeyPressEvent) -> None:
        """Stop until the shell says `fg`."""
        if stop is not None:
            run_in_terminal(stop)
