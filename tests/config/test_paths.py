"""Every path is where the specification draws it, and the user's files go where the user keeps such files."""

import sys
from pathlib import Path

import pytest

from massgen.config.paths import Paths, PromptPaths, prompt_paths, user_config
from tests.helpers.program import Program


def test_the_tree_of_a_session_is_the_one_of_the_specification() -> None:
    paths = Paths(Path("work"))
    assert [
        path.as_posix()
        for path in (
            paths.massgen,
            paths.project_config,
            paths.session_places,
            paths.sessions,
            paths.session_dir("session_20250108_143022"),
            paths.turn_dir("session_20250108_143022", 1),
            paths.agent_outputs("session_20250108_143022", 1),
            paths.coordination_log("session_20250108_143022", 2),
            paths.summary("session_20250108_143022"),
            paths.events("session_20250108_143022"),
            paths.debug_log("20250108_143022"),
        )
    ] == [
        "work/.massgen",
        "work/.massgen/config.yaml",
        "work/.massgen/session_places.json",
        "work/.massgen/sessions",
        "work/.massgen/sessions/session_20250108_143022",
        "work/.massgen/sessions/session_20250108_143022/turn_1",
        "work/.massgen/sessions/session_20250108_143022/turn_1/agent_outputs",
        "work/.massgen/sessions/session_20250108_143022/turn_2/coordination_log.json",
        "work/.massgen/sessions/session_20250108_143022/SESSION_SUMMARY.txt",
        "work/.massgen/sessions/session_20250108_143022/events.jsonl",
        "work/agent_outputs/log_20250108_143022/massgen_debug.log",
    ]


@pytest.mark.parametrize(
    ("storage", "sessions"),
    [
        ("sessions", "/work/.massgen/sessions"),
        (".massgen/sessions", "/work/.massgen/sessions"),
        ("./.massgen/old", "/work/.massgen/old"),
        ("talks", "/work/.massgen/talks"),
        ("/elsewhere", "/elsewhere"),
    ],
)
def test_a_relative_session_storage_is_below_massgen(storage: str, sessions: str) -> None:
    assert Paths(Path("/work"), storage).sessions == Path(sessions)


@pytest.mark.parametrize(
    ("environ", "config"),
    [
        ({"HOME": "/home/u"}, "/home/u/.config/massgen/config.yaml"),
        ({"USERPROFILE": "/u"}, "/u/.config/massgen/config.yaml"),
        ({"HOME": "/home/u", "XDG_CONFIG_HOME": "/c"}, "/c/massgen/config.yaml"),
        ({"HOME": "/home/u", "XDG_CONFIG_HOME": "c"}, "/home/u/.config/massgen/config.yaml"),
        ({"HOME": "/home/u", "XDG_CONFIG_HOME": "/c", "MASSGEN_HOME": "/m"}, "/m/config.yaml"),
    ],
)
def test_the_users_team_follows_the_environment(environ: dict[str, str], config: str) -> None:
    assert user_config(environ) == Path(config)


def test_without_a_home_directory_the_user_has_no_team() -> None:
    assert user_config({}) is None


def test_settings_and_history_are_together_where_the_user_says_so() -> None:
    assert prompt_paths({"MASSGEN_HOME": "/m"}) == PromptPaths(
        settings=Path("/m/settings.yaml"), history=Path("/m/history.jsonl")
    )


def test_settings_and_history_are_where_platformdirs_puts_them(massgen: Program) -> None:
    places = {"XDG_CONFIG_HOME": str(massgen.home / "c"), "XDG_STATE_HOME": str(massgen.home / "s")}
    tell = "import os; from massgen.config.paths import prompt_paths; p = prompt_paths(os.environ)"
    said = massgen.run(sys.executable, "-c", f"{tell}; print(p.settings, p.history)", env=places)
    assert said.stdout == f"{massgen.home}/c/massgen/settings.yaml {massgen.home}/s/massgen/history.jsonl\n"
