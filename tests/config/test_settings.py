"""The settings of the prompt: what they are by themselves, and what is wrong with a file of them."""

from pathlib import Path

import pytest

from massgen.config.settings import Settings, load
from massgen.errors import ConfigError
from tests.helpers.program import Program

pytestmark = pytest.mark.slow  # a program is started for each


def written(place: Path, text: str) -> Path:
    (place / "settings.yaml").write_text(text, encoding="utf-8")
    return place / "settings.yaml"


def test_without_a_file_and_with_an_empty_one_everything_is_as_massgen_comes(tmp_path: Path) -> None:
    assert load(None) == load(tmp_path / "settings.yaml") == Settings()
    assert load(written(tmp_path, "# editing_mode: vi\n\n")) == Settings()
    assert (Settings().editing_mode, Settings().keep_history) == ("emacs", True)


def test_what_is_written_counts(tmp_path: Path) -> None:
    assert load(written(tmp_path, "editing_mode: vi\nkeep_history: false\n")) == Settings(
        editing_mode="vi", keep_history=False
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("editing_mod: vi\n", "1:1: editing_mod: unknown key; did you mean editing_mode?"),
        ("editing_mode: nano\n", "1:15: editing_mode: must be emacs or vi, not 'nano'"),
        ("editing_mode: vi\nkeep_history: perhaps\n", "2:15: keep_history: must be true or false, not 'perhaps'"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(ConfigError) as error:
        load(file)
    assert str(error.value) == f"{file}:{said}"


def test_a_chat_does_not_begin_with_broken_settings_and_a_single_question_does_not_read_them(massgen: Program) -> None:
    place = massgen.home / ".config" / "massgen"
    place.mkdir(parents=True)
    file = written(place, "editing_mode: nano\n")
    with massgen.chat("--demo", columns=200) as chat:
        assert chat.wait_for_end() == 2
        assert chat.text == f"massgen: {file}:1:15: editing_mode: must be emacs or vi, not 'nano'"
    assert massgen("--demo", "Why?").status == 0
