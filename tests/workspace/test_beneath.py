"""Nothing beneath a directory leads out of it: not a link, not a swap in the wrong moment, not a strange file."""

import errno
import itertools
import os
import socket
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from massgen.workspace.beneath import Content, Directory, Entry
from massgen.workspace.ways import Parts, Way
from tests.workspace.swapping import swapping
from tests.workspace.trees import names
from tests.workspace.ways import ways

EVERY_WAY = pytest.mark.parametrize("way", ways())
SAFE_WAYS = pytest.mark.parametrize("way", ways(leave_out=("resolve",)))
SEEN_AT_WORK = 600


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("secret")
    inside = tmp_path / "home"
    (inside / "d").mkdir(parents=True)
    (inside / "d" / "secret").write_text("harmless")
    return inside


def code(act: Callable[[], object]) -> str:
    """The name of the error that `act` ends with."""
    with pytest.raises(OSError) as caught:
        act()
    return errno.errorcode[caught.value.errno or 0]


def text(directory: Directory, *path: str) -> str:
    return directory.read(path, most=100).data.decode()


@EVERY_WAY
def test_files_are_written_read_listed_and_deleted(home: Path, way: Way) -> None:
    with Directory(home, way=way) as directory:
        directory.write(("new", "deep", "a.txt"), b"one")
        directory.write(("new", "deep", "a.txt"), b"two!")
        assert text(directory, "new", "deep", "a.txt") == "two!"
        mode = (home / "new" / "deep" / "a.txt").stat().st_mode & 0o777
        assert directory.entries(("new", "deep")) == (Entry(name="a.txt", kind="file", size=4, mode=mode),)
        assert [entry.name for entry in directory.entries(())] == ["d", "new"]
        assert code(lambda: directory.delete(("new",))) in ("ENOTEMPTY", "EEXIST")
        directory.delete(("new", "deep", "a.txt"))
        directory.delete(("new", "deep"))
        assert directory.kind(("new", "deep")) is None
        assert code(lambda: directory.delete(())) == "EBUSY"
        assert code(lambda: directory.write((), b"")) == "EISDIR"
    assert sorted(path.name for path in home.rglob("*")) == ["d", "new", "secret"]


@EVERY_WAY
def test_a_link_that_stays_inside_is_followed(home: Path, way: Way) -> None:
    (home / "link").symlink_to("d/../d")
    (home / "d" / "again").symlink_to("../link/secret")
    with Directory(home, way=way) as directory:
        assert directory.real(("link", "again")) == ("d", "secret")
        assert directory.real(("link", "not", "there")) == ("d", "not", "there")
        assert directory.real(("link",), last=False) == ("link",)


@EVERY_WAY
@pytest.mark.parametrize("target", ["../outside", "d/../../outside", "/etc", "{home}/d"])
def test_a_link_that_leads_out_is_not_followed(home: Path, way: Way, target: str) -> None:
    (home / "link").symlink_to(target.format(home=home))
    with Directory(home, way=way) as directory:
        assert code(lambda: directory.real(("link", "secret"))) == "EXDEV"
        assert code(lambda: directory.read(("link", "secret"), most=1)) in ("ELOOP", "ENOTDIR")
        assert code(lambda: directory.write(("link", "planted"), b"")) in ("ELOOP", "ENOTDIR")
        assert code(lambda: directory.entries(("link",))) in ("ELOOP", "ENOTDIR")
        assert code(lambda: directory.delete(("link", "secret"))) in ("ELOOP", "ENOTDIR")
        assert code(lambda: directory.make_directories(("link", "planted"))) in ("ELOOP", "ENOTDIR")
    assert names(home.parent / "outside") == ["secret"]


@EVERY_WAY
def test_a_link_in_the_place_of_a_file_is_neither_read_nor_replaced(home: Path, way: Way) -> None:
    (home / "link").symlink_to("../outside/secret")
    with Directory(home, way=way) as directory:
        assert code(lambda: directory.read(("link",), most=1)) == "ELOOP"
        assert code(lambda: directory.write(("link",), b"")) == "ELOOP"
        directory.delete(("link",))
    assert (home.parent / "outside" / "secret").read_text() == "secret"


@EVERY_WAY
def test_links_in_a_circle_end(home: Path, way: Way) -> None:
    (home / "a").symlink_to("b")
    (home / "b").symlink_to("a")
    (home / "bomb").symlink_to("/".join(["d/.."] * 600))
    with Directory(home, way=way) as directory:
        assert code(lambda: directory.real(("a",))) == "ELOOP"
        assert code(lambda: directory.real(("bomb",))) == "ELOOP"


@EVERY_WAY
@pytest.mark.parametrize("path", [("..", "outside", "secret"), ("d", "..", "..", "outside", "secret")])
def test_dots_do_not_lead_out_even_when_nobody_looked_before(home: Path, way: Way, path: Parts) -> None:
    with Directory(home, way=way) as directory:
        assert code(lambda: directory.real(path)) == "EXDEV"
        assert code(lambda: directory.read(path, most=1)) in ("EXDEV", "EINVAL", "ELOOP")


@EVERY_WAY
def test_strange_files_are_refused_and_nobody_waits(home: Path, way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(home / "pipe")
    listening = socket.socket(socket.AF_UNIX)
    monkeypatch.chdir(home)  # the address of a socket is short
    listening.bind("sock")
    listening.close()
    with Directory(home, way=way) as directory:
        for name in ("pipe", "sock"):
            assert code(partial(directory.read, (name,), most=1)) == "EINVAL"
            assert code(partial(directory.write, (name,), b"")) == "EINVAL"
            assert code(partial(directory.delete, (name,))) == "EINVAL"
        assert code(lambda: directory.read(("d",), most=1)) == "EISDIR"
        assert code(lambda: directory.entries(("pipe",))) in ("ENOTDIR", "ENXIO")


@SAFE_WAYS
@pytest.mark.skipif(sys.platform != "linux", reason="/dev and /proc as on Linux")
def test_devices_and_other_file_systems_are_not_entered(way: Way) -> None:
    with Directory(Path("/dev"), way=way) as directory:
        assert code(lambda: directory.read(("zero",), most=1)) == "EINVAL"
        assert code(lambda: directory.write(("null",), b"")) == "EINVAL"
    with Directory(Path("/"), way=way) as directory:
        assert code(lambda: directory.read(("proc", "self", "environ"), most=1)) in ("EXDEV", "ELOOP", "ENOTDIR")
        assert code(lambda: directory.entries(("proc", "1"))) == "EXDEV"


@EVERY_WAY
def test_a_hard_link_is_not_written_through(home: Path, way: Way) -> None:
    os.link(home.parent / "outside" / "secret", home / "twin")
    with Directory(home, way=way) as directory:
        assert code(lambda: directory.write(("twin",), b"mine")) == "EMLINK"
        directory.delete(("twin",))
        directory.write(("twin",), b"mine")
    assert (home.parent / "outside" / "secret").read_text() == "secret"


@EVERY_WAY
def test_permissions_stay_but_never_setuid(home: Path, way: Way) -> None:
    (home / "tool").write_text("old")
    (home / "tool").chmod(0o6750)
    (home / "fixed").write_text("old")
    (home / "fixed").chmod(0o400)
    with Directory(home, way=way) as directory:
        directory.write(("tool",), b"new")
        assert code(lambda: directory.write(("fixed",), b"new")) == "EACCES"
    assert (home / "tool").stat().st_mode & 0o7777 == 0o750
    assert names(home) == ["d", "fixed", "tool"]


@EVERY_WAY
def test_a_file_that_changed_is_not_overwritten(home: Path, way: Way) -> None:
    with Directory(home, way=way) as directory:
        seen = directory.read(("d", "secret"), most=100)
        assert seen == Content(data=b"harmless", size=8, stamp=seen.stamp)
        (home / "d" / "secret").write_text("somebody else's")
        assert code(lambda: directory.write(("d", "secret"), b"mine", expect=seen.stamp)) == "ESTALE"
        (home / "d" / "secret").unlink()
        assert code(lambda: directory.write(("d", "secret"), b"mine", expect=seen.stamp)) == "ESTALE"
    assert names(home / "d") == []


@SAFE_WAYS
def test_the_directory_stays_the_one_that_was_opened(home: Path, way: Way) -> None:
    with Directory(home, way=way) as directory:
        home.rename(home.with_name("moved"))
        home.symlink_to("outside")
        assert text(directory, "d", "secret") == "harmless"
        directory.write(("new",), b"")
    assert names(home) == ["secret"]


@SAFE_WAYS
def test_descriptors_are_given_back(home: Path, way: Way) -> None:
    before = len(list(Path("/dev/fd").iterdir()))
    with Directory(home, way=way) as directory:
        directory.write(("a", "b", "c"), b"")
        code(lambda: directory.read(("a", "b"), most=1))
        code(lambda: directory.entries(("a", "b", "c")))
        code(lambda: directory.write(("a", "b"), b""))
    assert len(list(Path("/dev/fd").iterdir())) == before


# -- races -----------------------------------------------------------------------------------------------------------


def outcomes(act: Callable[[], object], *, most: int = 4000) -> set[object]:
    """Everything that `act` came to, tried until the attacker was seen at work often enough."""
    seen: set[object] = set()
    last, changes, tries = None, 0, 0
    while changes < SEEN_AT_WORK and tries < most:
        outcome = tried(act)
        seen.add(outcome)
        changes += outcome != last
        last, tries = outcome, tries + 1
    return seen


def tried(act: Callable[[], object]) -> object:
    try:
        return act()
    except OSError:
        return None


@SAFE_WAYS
@pytest.mark.parametrize("trap", ["../outside", "{outside}"])
def test_nothing_outside_is_read_while_a_directory_is_swapped_for_a_link(home: Path, way: Way, trap: str) -> None:
    with Directory(home, way=way) as directory, swapping(home / "d", trap.format(outside=home.parent / "outside")):
        read = outcomes(lambda: text(directory, *directory.real(("d", "secret"))))
    assert read <= {"harmless", None}


def test_the_attacker_of_these_tests_gets_through_a_check_of_the_path(home: Path) -> None:
    def checked() -> str:
        path = home / "d" / "secret"
        assert path.resolve().is_relative_to(home)
        return path.read_text()

    def escaped() -> bool:
        try:
            return checked() == "secret"
        except (OSError, AssertionError):
            return False

    with swapping(home / "d", "../outside"):
        assert any(escaped() for _ in range(60_000))


@SAFE_WAYS
def test_nothing_outside_is_read_while_a_file_is_swapped_for_a_link(home: Path, way: Way) -> None:
    with Directory(home, way=way) as directory, swapping(home / "d" / "secret", "../../outside/secret"):
        read = outcomes(lambda: text(directory, "d", "secret"))
    assert read <= {"harmless", None}


@SAFE_WAYS
def test_nothing_outside_is_listed_written_made_or_deleted_while_a_directory_is_swapped(home: Path, way: Way) -> None:
    outside = home.parent / "outside"
    (outside / "doomed").write_text("still here")

    def attempt(number: int) -> object:
        tried(lambda: directory.write(("d", f"planted{number}"), b""))
        tried(lambda: directory.make_directories(("d", f"made{number}", "deep")))
        tried(lambda: directory.delete(("d", "doomed")))
        return tried(lambda: "doomed" in [entry.name for entry in directory.entries(("d",))])

    numbers = itertools.cycle(range(7))
    with Directory(home, way=way) as directory, swapping(home / "d", "../outside"):
        listed = outcomes(lambda: attempt(next(numbers)), most=400)
    assert names(outside) == ["doomed", "secret"]
    assert listed <= {False, None}
