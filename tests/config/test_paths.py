"""Every path is where the specification draws it, and the user's files go where the user keeps such files."""

from pathlib import Path

import pytest

from massgen.config.paths import Paths, UserPaths, user_paths


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
    ("environ", "config", "history"),
    [
        ({"HOME": "/home/u"}, "/home/u/.config/massgen/config.yaml", "/home/u/.local/state/massgen/history"),
        ({"USERPROFILE": "/u"}, "/u/.config/massgen/config.yaml", "/u/.local/state/massgen/history"),
        (
            {"HOME": "/home/u", "XDG_CONFIG_HOME": "/c", "XDG_STATE_HOME": "/s"},
            "/c/massgen/config.yaml",
            "/s/massgen/history",
        ),
        (
            {"HOME": "/home/u", "XDG_CONFIG_HOME": "c", "XDG_STATE_HOME": ""},
            "/home/u/.config/massgen/config.yaml",
            "/home/u/.local/state/massgen/history",
        ),
        ({"HOME": "/home/u", "XDG_CONFIG_HOME": "/c", "MASSGEN_HOME": "/m"}, "/m/config.yaml", "/m/history"),
    ],
)
def test_the_users_files_follow_the_environment(environ: dict[str, str], config: str, history: str) -> None:
    assert user_paths(environ) == UserPaths(config=Path(config), history=Path(history))


def test_without_a_home_directory_nothing_is_kept_for_the_user() -> None:
    assert user_paths({}) == UserPaths(config=None, history=None)
