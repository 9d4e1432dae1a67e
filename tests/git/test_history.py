"""History against the truth: for random graphs, each commit's deltas are what `git ls-tree` says differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lspec_git.errors import GitError
from lspec_git.git.deltas import Delta
from lspec_git.git.history import Commit, committed_here, moves, touched, versions
from lspec_git.git.objects import Repository, discover, open_objects
from lspec_git.git.process import text
from tests.conftest import Repo
from tests.git.conftest import clone, init

Files = Mapping[str, str]


def files_at(repo: Repo, commit: str | None, paths: Sequence[str]) -> dict[str, str]:
    """Path to blob at a commit, told by git; nothing for no commit."""
    if commit is None:
        return {}
    out = repo.git("ls-tree", "-r", "-z", commit, "--", *paths)
    lines = [line.partition("\t") for line in out.split("\0") if line]
    return {path: head.split(" ")[2] for head, _, path in lines if not head.startswith("160000")}


def applied(files: Files, deltas: Sequence[Delta]) -> dict[str, str]:
    """The files after the deltas, each of which must fit."""
    result = dict(files)
    for delta in deltas:
        assert files.get(delta.old_path) == delta.old_oid
        assert delta.renamed == (delta.old_path != delta.path)
        result.pop(delta.old_path, None)
    return result | {delta.path: delta.oid for delta in deltas if delta.oid}


def check(repo: Repo, head: str, paths: Sequence[str], commits: Sequence[Commit]) -> None:
    """Deltas are exact, order is topological, nothing that changed is left out, parents are the nearest."""
    trees = {oid: files_at(repo, oid, paths) for oid in repo.git("rev-list", head).split()}
    shown: set[str] = set()
    for commit in commits:
        assert set(commit.parents) <= shown
        shown.add(commit.oid)
        for index, parent in enumerate(commit.parents or [None]):
            deltas = [delta for delta in commit.changes if delta.parent_index == index]
            assert applied(trees[parent] if parent else {}, deltas) == trees[commit.oid]
    assert len(shown) == len(commits)
    real = {
        words[0]: words[1:] for words in map(str.split, repo.git("rev-list", "--parents", head).splitlines())
    }
    for oid, parents in real.items():
        if oid in shown:
            reached = {nearest(parent, shown, real) for parent in parents}
            assert next(c for c in commits if c.oid == oid).parents == unique(reached, parents, shown, real)
        else:
            assert len(parents) < 2
            assert trees[oid] == (trees[parents[0]] if parents else {})


def nearest(oid: str, shown: set[str], real: Mapping[str, Sequence[str]]) -> str | None:
    """The commit itself or the first ancestor that is shown: the ones between have one parent at most."""
    while oid not in shown:
        if not real[oid]:
            return None
        (oid,) = real[oid]
    return oid


def unique(
    reached: set[str | None], parents: Sequence[str], shown: set[str], real: Mapping[str, Sequence[str]]
) -> tuple[str, ...]:
    ordered = [nearest(parent, shown, real) for parent in parents]
    assert set(ordered) == reached
    return tuple(dict.fromkeys(oid for oid in ordered if oid))


@dataclass(frozen=True)
class Node:
    """A commit to be: parents by distance back (0: none), and file number to content, whole."""

    back: tuple[int, ...]
    files: tuple[tuple[int, int], ...]


PATHS = [
    "specs/a/README.md",
    "specs/b/README.md",
    "specs/archived/a/README.md",
    "specs",
    "other/x",
    "specs-x",
]
CONTENT = [
    f"status: {word}\n" + "".join(f"line {n} of {word[0]}\n" for n in range(9)) for word in ("up", "ub", "do")
]

NODE = st.builds(
    Node,
    st.lists(st.integers(0, 4), max_size=3, unique=True).map(tuple),
    st.dictionaries(st.sampled_from([0, 1, 2, 4, 5]), st.integers(0, 2), max_size=4).map(
        lambda files: tuple(files.items())
    ),
)


def build(repo: Repo, nodes: Sequence[Node]) -> str:
    """The graph as real commits, by one `git fast-import`."""
    lines = []
    for number, node in enumerate(nodes):
        parents = [number - back for back in node.back if 0 < back <= number]
        stamp = f"Ada <ada@example.org> {1767225600 + number * 60} +0000"
        lines.append(f"commit refs/heads/n{number}\nmark :{number + 1}\nauthor {stamp}\ncommitter {stamp}")
        lines.append("data 1\nx")
        lines += [f"{'merge' if index else 'from'} :{parent + 1}" for index, parent in enumerate(parents)]
        lines.append("deleteall")
        for path, content in node.files:
            data = CONTENT[content]
            lines.append(f"M 100644 inline {PATHS[path]}\ndata {len(data)}\n{data}")
    repo.git("fast-import", "--quiet", "--force", stdin=("\n".join(lines) + "\n").encode())
    return repo.git("rev-parse", f"refs/heads/n{len(nodes) - 1}")


@given(
    st.lists(NODE, min_size=1, max_size=14),
    st.booleans(),
    st.sampled_from([["specs"], ["specs/a", "other"], [""]]),
)
# A criss-cross: two merges of the same two lines, one of them evil, merged again.
@example(
    [
        Node((), ((0, 0),)),
        Node((1,), ((0, 1),)),
        Node((2,), ((0, 2),)),
        Node((2, 1), ((0, 1),)),
        Node((2, 3), ((0, 0),)),
        Node((2, 1), ((0, 2),)),
    ],
    True,
    ["specs"],
)
# A root that never had the paths, merged in; and a merge that undoes its own side.
@example(
    [Node((), ((0, 0),)), Node((), ((4, 0),)), Node((2, 1), ((0, 0), (4, 0))), Node((1,), ())],
    True,
    ["specs"],
)
def test_deltas_are_exactly_what_differs(
    tmp_path_factory: pytest.TempPathFactory, nodes: list[Node], renames: bool, paths: list[str]
) -> None:
    repo = init(tmp_path_factory.mktemp("graph") / "r")
    head = build(repo, nodes)
    commits = list(versions(discover(repo.path), head, paths, renames=renames))
    again = list(versions(discover(repo.path), head, paths, renames=renames))
    assert again == commits, "what was remembered is what git said"
    if not renames:
        assert not any(delta.renamed for commit in commits for delta in commit.changes)
    check(repo, head, [path for path in paths if path], commits)


@given(st.lists(NODE, min_size=2, max_size=10))
def test_renames_are_the_ones_that_git_finds(
    tmp_path_factory: pytest.TempPathFactory, nodes: list[Node]
) -> None:
    """Pair by pair, from one `git diff-tree` each, on trees instead of commits."""
    repo = init(tmp_path_factory.mktemp("graph") / "r")
    head = build(repo, nodes)
    for commit in versions(discover(repo.path), head, ["specs", "other"]):
        for index, parent in enumerate(commit.parents):
            args = ["diff-tree", "-r", "-M", "--name-status", f"{parent}^{{tree}}", f"{commit.oid}^{{tree}}"]
            lines = [line.split("\t") for line in repo.git(*args, "--", "specs", "other").splitlines()]
            shown = {(words[1], words[-1]) for words in lines}
            mine = {(d.old_path, d.path) for d in commit.changes if d.parent_index == index}
            assert mine == shown


@pytest.mark.corpus
def test_real_history_is_exact(shared: Path, tmp_path: Path) -> None:
    repo = Repo(tmp_path / "real")
    repo.path.mkdir()
    bundle = shared / "corpus" / "leanspec-history.bundle"
    repo.git("clone", "-q", "--bare", "--branch", "main", str(bundle), ".")
    head = repo.git("rev-parse", "HEAD")
    found = discover(repo.path)
    commits = list(versions(found, head, ["specs"]))
    assert list(versions(found, head, ["specs"])) == commits
    assert len(commits) > 800
    assert sum(delta.renamed for commit in commits for delta in commit.changes) > 100
    with open_objects(found) as objects:
        trees: dict[str | None, dict[str, str]] = {None: {}}
        for commit in commits:
            trees[commit.oid] = {path: oid for path, _, oid in objects.files(commit.oid, "specs")}
            for index, parent in enumerate(commit.parents or [None]):
                deltas = [delta for delta in commit.changes if delta.parent_index == index]
                assert applied(trees[parent], deltas) == trees[commit.oid]


def test_authors_times_and_odd_names(repo: Repo) -> None:
    odd = b"specs/\xff n\nx: y"
    repo.write(text(odd), "1")
    repo.git("config", "user.name", "Zoë <odd> :x")
    head = repo.commit({"specs/:a": "1"}, "subject\n\n:000000 looks like a raw line\ncommit of mine", when=5)
    (commit,) = versions(discover(repo.path), head, ["specs"])
    assert commit.author == "Zoë odd :x <ada@example.org>"
    assert commit.author_time == "1767225605 +0000"
    assert {delta.path for delta in commit.changes} == {"specs/:a", text(odd)}
    assert (commit.parents, commit.boundary) == ((), False)


def test_a_users_configuration_changes_nothing(repo: Repo) -> None:
    repo.commit({"specs/a": "1", ".mailmap": "New <new@example.org> <ada@example.org>"})
    repo.commit({"specs/b": "1"})
    head = repo.commit({"specs/b": "2"})
    plain = list(versions(discover(repo.path), head, ["specs/b"]))
    assert len(plain) == 2
    for key, value in {
        "log.follow": "true",
        "log.showSignature": "true",
        "log.decorate": "full",
        "log.showRoot": "false",
        "log.abbrevCommit": "true",
        "log.mailmap": "true",
        "diff.relative": "true",
        "diff.renames": "copies",
        "color.ui": "always",
        "format.pretty": "oneline",
        "notes.displayRef": "*",
        "i18n.logOutputEncoding": "iso-8859-1",
    }.items():
        repo.git("config", key, value)
    assert list(versions(discover(repo.path), head, ["specs/b"])) == plain


def test_paths_are_no_patterns(repo: Repo) -> None:
    head = repo.commit({"specs/*": "1", "specs/b": "1"})
    (commit,) = versions(discover(repo.path), head, ["specs/*"])
    assert [delta.path for delta in commit.changes] == ["specs/*"]


def test_moved_folders_are_renames(repo: Repo) -> None:
    first = repo.commit({"specs/001/README.md": "a\nb\nc\nd\n", "specs/002/README.md": "z\n"})
    (repo.path / "specs/archived").mkdir()
    repo.git("mv", "specs/001", "specs/archived/001")
    head = repo.commit({"specs/archived/001/README.md": "a\nb\nc\nd2\n"})
    commits = list(versions(discover(repo.path), head, ["specs"]))
    assert [commit.oid for commit in commits] == [first, head]
    (delta,) = commits[1].changes
    assert (delta.old_path, delta.path) == ("specs/001/README.md", "specs/archived/001/README.md")
    assert delta.renamed
    assert delta.old_oid != delta.oid


def test_a_submodule_in_place_of_a_file_is_its_end(repo: Repo) -> None:
    first = repo.commit({"specs/a": "1"})
    repo.git("rm", "-q", "specs/a")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{first},specs/a")
    repo.git("commit", "-qm", "sub")
    *_, last = versions(discover(repo.path), repo.git("rev-parse", "HEAD"), ["specs"])
    assert [(delta.path, delta.oid) for delta in last.changes] == [("specs/a", None)]


def test_a_shallow_clone_says_where_it_ends(repo: Repo, tmp_path: Path) -> None:
    made = [repo.commit({"specs/a": str(number)}) for number in range(5)]
    shallow = clone(repo, tmp_path / "shallow", "--depth=3")
    commits = list(versions(discover(shallow.path), made[-1], ["specs"]))
    assert [(commit.oid, commit.boundary) for commit in commits] == [
        (made[2], True),
        (made[3], False),
        (made[4], False),
    ]
    check(shallow, made[-1], ["specs"], commits)


def test_an_unknown_head_is_an_error(repo: Repo) -> None:
    with pytest.raises(GitError, match="exited 128"):
        list(versions(discover(repo.path), "1" * 40, ["specs"]))


def test_a_history_may_be_left_half_read(repo: Repo) -> None:
    head = [repo.commit({"specs/a": str(number)}) for number in range(3)][-1]
    found = versions(discover(repo.path), head, ["specs"])
    assert next(found).parents == ()
    del found


@given(st.lists(NODE, min_size=2, max_size=10), st.integers(0, 8))
def test_touched_covers_whatever_differs_on_the_way(
    tmp_path_factory: pytest.TempPathFactory, nodes: list[Node], start: int
) -> None:
    repo = init(tmp_path_factory.mktemp("graph") / "r")
    head = build(repo, nodes)
    old = repo.git("rev-parse", f"refs/heads/n{min(start, len(nodes) - 1)}")
    found = touched(discover(repo.path), old, head, ["specs"])
    before, after = files_at(repo, old, ["specs"]), files_at(repo, head, ["specs"])
    assert found >= {path for path in {**before, **after} if before.get(path) != after.get(path)}
    for oid in repo.git("rev-list", "--no-merges", f"{old}..{head}").split():
        parents = repo.git("rev-list", "--parents", "-1", oid).split()[1:]
        here, there = (
            files_at(repo, oid, ["specs"]),
            files_at(repo, parents[0] if parents else None, ["specs"]),
        )
        assert found >= {path for path in {**here, **there} if here.get(path) != there.get(path)}


def made_in(repo: Repository, since: int = 0) -> list[str]:
    return [made.oid for made in committed_here(repo, since)]


def test_commits_made_here(repo: Repo) -> None:
    found = discover(repo.path)
    assert (made_in(found), moves(found)) == ([], 0)
    first = repo.commit({"a": "1"})
    mark = moves(found)
    second = repo.commit({"a": "2"}, when=7)
    assert made_in(found, mark) == [second]
    assert made_in(found) == [first, second]
    assert made_in(found, moves(found)) == []
    made = committed_here(found, mark)[0]
    assert (made.author, made.author_time) == ("Ada Test <ada@example.org>", "1767225607 +0000")
    repo.git("commit", "-q", "--amend", "-m", "amended")
    amended = repo.git("rev-parse", "HEAD")
    assert made_in(found, mark) == [second, amended]
    repo.git("checkout", "-q", first)
    assert made_in(found, moves(found)) == [], "HEAD is where it was before, and yet nothing was made since"
    repo.git("reflog", "expire", "--expire=all", "--all")
    assert made_in(found, mark) == [], "a reflog that was cut tells less"


def test_other_ways_to_get_commits_are_not_counted(repo: Repo, tmp_path: Path) -> None:
    found = discover(repo.path)
    repo.commit({"a": "1"})
    mark = moves(found)
    repo.git("checkout", "-q", "-b", "side")
    side = repo.commit({"b": "1"})
    repo.git("checkout", "-q", "main")
    main = repo.commit({"c": "1"})
    assert made_in(found, mark) == [side, main]
    repo.git("cherry-pick", side)
    repo.git("merge", "-q", "--no-ff", "-m", "m", "side")
    repo.git("checkout", "-q", "side")
    repo.git("rebase", "-q", "main")
    assert made_in(found, mark) == [side, main]
    repo.git("worktree", "add", "-q", "-b", "linked", str(tmp_path / "linked"))
    linked = Repo(tmp_path / "linked").commit({"d": "1"})
    assert made_in(discover(tmp_path / "linked")) == [linked]
    assert linked not in made_in(found)


def test_a_merge_that_was_concluded_by_hand_counts(repo: Repo) -> None:
    repo.commit({"a": "1"})
    repo.git("checkout", "-q", "-b", "side")
    repo.commit({"a": "2"})
    repo.git("checkout", "-q", "main")
    repo.commit({"a": "3"})
    repo.git("merge", "side", check=False)
    repo.write("a", "23")
    repo.git("commit", "-qam", "resolved")
    assert made_in(discover(repo.path))[-1] == repo.git("rev-parse", "HEAD")


def test_without_a_reflog_nothing_is_known(repo: Repo, tmp_path: Path) -> None:
    repo.commit({"a": "1"})
    (repo.path / ".git/logs/HEAD").unlink()
    assert made_in(discover(repo.path)) == []
    bare = clone(repo, tmp_path / "bare.git", "--bare")
    assert made_in(discover(bare.path)) == []
