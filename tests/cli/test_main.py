"""The frame: help, options, exit codes, and that no error reaches a person as a traceback."""

from __future__ import annotations

import ast
import json
import os
import signal
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from lspec_git import __version__
from lspec_git.cli.main import EXTRAS, HIDDEN, VERBS
from tests.cli.running import COMMAND, PATIENCE, environment, lspec, lspec_on_terminal
from tests.conftest import TOP, Repo

NETWORK = {"requests", "urllib3", "http.client", "jira", "rich", "flask", "werkzeug", "waitress"}
HEAVY = {"requests", "yaml", "frontmatter", "pygit2", "rich", "flask", "waitress", "jira", "tomllib"}


def with_code(folder: Path, code: str) -> dict[str, str]:
    """An environment in which every Python runs this code as it starts."""
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(code)
    return {"PYTHONPATH": f"{folder}{os.pathsep}{TOP}"}


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_lists_every_verb_and_exit_code(flag: str, tmp_path: Path) -> None:
    ran = lspec(flag, cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("Usage: git lspec [OPTIONS] COMMAND")
    for verb, purpose in VERBS.items():
        assert f"  {verb} " in ran.out
        assert purpose.split()[0] in ran.out
    for code in ("0", "1", "2", "3", "4", "70", "130", "141"):
        assert f"\n  {code} " in ran.out
    assert 'eval "$(git lspec completion bash)"' in ran.out


@pytest.mark.parametrize("verb", ["status", "check", "trust --list"])
def test_offline_commands_load_no_network_and_nothing_to_show(verb: str, repo: Repo) -> None:
    """Loading requests takes longer than all that `status` does."""
    repo.write(
        ".lspec/integrations.yml", "github:\n  repo: octocat/specs\n  mapping:\n    - pattern: specs/**\n"
    )
    repo.commit({"specs/001-a/README.md": "---\nstatus: planned\ncreated: 2026-01-01\n---\n\n# A\n"})
    program = (
        "import sys; from lspec_git.__main__ import main\n"
        f"code = main({verb.split()!r})\n"
        f"print(sorted({NETWORK!r} & set(sys.modules)), code)"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(
        command, cwd=repo.path, env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[] 0"


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    program = (
        "import sys; from lspec_git.__main__ import main\n"
        "code = main(['-h'])\n"
        f"print(sorted({HEAVY!r} & set(sys.modules)), [m for m in sys.modules if '.commands.' in m], code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[] [] 0"


def test_every_module_of_a_verb_is_in_the_table_and_holds_a_command() -> None:
    folder = TOP / "lspec_git" / "cli" / "commands"
    modules = {
        file.stem: ast.parse(file.read_text()) for file in folder.glob("*.py") if file.stem != "__init__"
    }
    assert set(modules) <= {*VERBS, *HIDDEN}
    for name, tree in modules.items():
        assert any(isinstance(node, ast.FunctionDef) and node.name == "command" for node in tree.body), name


@pytest.mark.parametrize("name", ["git-lspec", "lspec"])
def test_the_program_calls_itself_as_it_was_called(name: str, tmp_path: Path) -> None:
    program = tmp_path / name
    program.write_text(
        f"#!{sys.executable}\nimport sys\nfrom lspec_git.__main__ import main\nsys.exit(main())\n"
    )
    program.chmod(0o755)
    done = subprocess.run(
        [str(program), "-h"], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(f"Usage: {name.replace('-', ' ')} [OPTIONS]")


def test_git_finds_the_command(repo: Repo, tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "git-lspec"
    program.write_text(
        f"#!{sys.executable}\nimport sys\nfrom lspec_git.__main__ import main\nsys.exit(main())\n"
    )
    program.chmod(0o755)
    path = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(TOP)}
    assert repo.git("lspec", "--version", env=path) == f"git lspec {__version__}"


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (["snyc"], "there is no command `snyc`; did you mean `sync`?"),
        (["xyz"], "there is no command `xyz`\n"),
        (["--colour"], "--colour"),
        (["trust", "--lst"], "--lst"),
        (["-C", "nowhere", "trust", "--list"], "nowhere"),
    ],
)
def test_wrong_usage_is_exit_code_2(args: list[str], expected: str, tmp_path: Path) -> None:
    ran = lspec(*args, cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert expected in ran.err
    assert " -h\n" in ran.err


def test_no_command_shows_the_help_as_wrong_usage(tmp_path: Path) -> None:
    ran = lspec(cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("Usage: git lspec")


def test_outside_of_a_repository(tmp_path: Path) -> None:
    ran = lspec("check", cwd=tmp_path, env={"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)})
    assert ran.code == 2
    assert "error: " in ran.err
    assert "git init" in ran.err
    assert "Traceback" not in ran.err


def test_the_folder_option_works_as_gits_own(repo: Repo, tmp_path: Path) -> None:
    repo.write("specs/001-a/README.md", "---\nstatus: planned\ncreated: 2026-01-01\n---\n# A\n")
    ran = lspec("-C", str(repo.path), "check", "specs/001-a", cwd=tmp_path)
    assert (ran.code, ran.out) == (0, "")
    assert "1 spec checked" in ran.err


BUGGY = """
import sys
import lspec_git.engine.credentials as credentials
def approvals():
    credentials.Secret({token!r}, "a test")
    raise RuntimeError("lost my way with {token} and\\nmore")
credentials.approvals = approvals
"""


def test_a_bug_is_one_line_and_a_log_without_secrets(tmp_path: Path) -> None:
    token = "unusual-secret-42"
    env = with_code(tmp_path / "site", BUGGY.format(token=token))
    ran = lspec("trust", "--list", cwd=tmp_path, env={**env, "XDG_STATE_HOME": str(tmp_path / "state")})
    assert ran.code == 70
    assert ran.err.splitlines()[0] == "error: a bug in git lspec: RuntimeError: lost my way with *** and more"
    (log,) = (tmp_path / "state" / "lspec").iterdir()
    assert str(log) in ran.err
    assert "Traceback" not in ran.err
    text = log.read_text()
    assert "Traceback" in text
    assert __version__ in text
    assert token not in text.replace(repr(token), "")
    assert log.stat().st_mode & 0o077 == 0


def test_a_bug_where_no_log_can_be_kept_is_logged_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file in the way")
    env = with_code(tmp_path / "site", BUGGY.format(token="unusual-secret-42"))
    ran = lspec(
        "trust",
        "--list",
        cwd=tmp_path,
        env={**env, "XDG_STATE_HOME": str(tmp_path / "state"), "TMPDIR": str(tmp_path)},
    )
    assert ran.code == 70
    (log,) = tmp_path.glob("lspec-bug-*.log")
    assert str(log) in ran.err


def test_a_missing_extra_names_what_to_install(tmp_path: Path) -> None:
    hidden = "import sys\nsys.modules.update({'flask': None, 'waitress': None})\n"
    ran = lspec("sandbox", cwd=tmp_path, env=with_code(tmp_path / "site", hidden))
    assert ran.code == 2
    assert "pip install 'lspec-git[demo]'" in ran.err
    assert set(EXTRAS.values()) == {"demo"}


def test_an_interruption_is_130(repo: Repo) -> None:
    ran = lspec_on_terminal("init", cwd=repo.path, answers=[("Project on the tracker", "^C")])
    assert ran.code == 130
    assert "interrupted" in ran.out
    assert "Traceback" not in ran.out
    assert not (repo.path / ".lspec").exists()


def test_an_interruption_at_work_is_130(tmp_path: Path) -> None:
    slow = (
        "import lspec_git.engine.credentials as c, time\n"
        "c.approvals = lambda: print('on', flush=True) or time.sleep(99)\n"
    )
    child = subprocess.Popen(
        [*COMMAND, "trust", "--list"],
        cwd=tmp_path,
        env=environment(with_code(tmp_path / "site", slow)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == "on\n"
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=PATIENCE)
    assert (child.returncode, err) == (130, "error: interrupted\n")


def test_a_reader_that_goes_away_is_141_and_no_complaint(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [*COMMAND, "--version"],
            cwd=tmp_path,
            env=environment(),
            stdout=write,
            stderr=subprocess.PIPE,
            timeout=PATIENCE,
            check=False,
        )
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize(
    ("args", "env", "colored"),
    [
        ([], {}, True),
        (["--no-color"], {}, False),
        ([], {"NO_COLOR": "1"}, False),
        ([], {"TERM": "dumb"}, False),
    ],
)
def test_color_on_a_terminal_unless_unwanted(
    args: list[str], env: dict[str, str], colored: bool, tmp_path: Path
) -> None:
    ran = lspec_on_terminal(*args, "trust", cwd=tmp_path, env=env)
    assert ran.code == 2
    assert ("\x1b[" in ran.out) is colored


def test_no_color_without_a_terminal(tmp_path: Path) -> None:
    assert "\x1b" not in lspec("trust", cwd=tmp_path).err


def test_any_file_name_can_be_printed(repo: Repo) -> None:
    folder = os.fsdecode(os.fsencode(repo.path / "specs") + b"/001-\xff\xe9\x1b[31m")
    Path(folder).mkdir(parents=True)
    (Path(folder) / "README.md").write_text("no frontmatter")
    for env in ({}, {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}):
        done = subprocess.run(
            [*COMMAND, "check"], cwd=repo.path, env=environment(env), capture_output=True, check=False
        )
        assert done.returncode == 1, done.stderr
        assert b"\x1b" not in done.stdout
        assert b"specs/001-" in done.stdout
    parsed = json.loads(lspec("check", "--json", cwd=repo.path).out)
    assert os.fsencode(parsed["problems"][0]["path"]) == b"specs/001-\xff\xe9\x1b[31m/README.md"


def test_both_commands_lead_here() -> None:
    found = {each.name: each.value for each in entry_points(group="console_scripts") if "lspec" in each.name}
    if not found:
        pytest.skip("needs the package to be installed: pip install -e '.[test]'")
    assert found == dict.fromkeys(("git-lspec", "lspec"), "lspec_git.__main__:main")
