"""A big paste is a placeholder in what is typed, and whole in what is sent."""

from massgen.repl.prompt.folding import Folds

LINES = "\n".join(f"line {number}" for number in range(200))


def test_a_paste_of_many_lines_is_folded_and_comes_back_whole() -> None:
    folds = Folds()
    assert folds.folded(LINES) == "[pasted 200 lines #1]"
    assert folds.folded("x" * 2_001) == "[pasted 2,001 characters #2]"
    assert folds.unfolded("See [pasted 200 lines #1] and\n[pasted 2,001 characters #2].") == (
        f"See {LINES} and\n{'x' * 2_001}."
    )


def test_a_small_paste_stays_as_it_is() -> None:
    ten = "\n".join("0123456789")
    assert Folds().folded(ten) == ten
    assert Folds().folded("x" * 2_000) == "x" * 2_000


def test_what_only_looks_like_a_placeholder_is_text_also_within_a_paste() -> None:
    folds = Folds()
    assert folds.unfolded("[pasted 200 lines #1]") == "[pasted 200 lines #1]"
    pasted = f"[pasted 12 lines #2]\n{LINES}"
    shown = folds.folded(pasted)
    folds.folded("\n" * 11)
    assert folds.unfolded(shown) == pasted


def test_a_placeholder_is_found_where_it_ends() -> None:
    folds = Folds()
    shown = folds.folded(LINES)
    assert folds.before(f"See {shown}") == shown
    assert folds.before(f"See {shown}.") == ""
