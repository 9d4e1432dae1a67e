"""What is safe to mend in staged files: the line under a spec's title, a mapping's path of a renamed spec.

Pure text; every byte that is not mended stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from lspec_git.core.document import Document, parse, quotes
from lspec_git.core.fields import stale
from lspec_git.core.markdown import Splice, apply
from lspec_git.core.scalars import scalar
from lspec_git.core.spec import Problem
from lspec_git.core.stamps import restate
from lspec_git.core.yaml_nodes import compose


def restated(data: bytes, path: str) -> bytes:
    """A spec with its derived line saying what the frontmatter says; one that cannot be read stays."""
    doc = parse(data, path)
    return restate(doc, [part.field for part, _ in stale(doc)]) if isinstance(doc, Document) else data


def renamed(text: str, path: str, moved: Mapping[str, str]) -> str:
    """A config whose entries by `spec` go along with directories that moved (old to new)."""
    return apply(text, [splice for splice, _, _ in _entries(text, path, moved)])


def left_behind(text: str, path: str, moved: Mapping[str, str]) -> tuple[Problem, ...]:
    """The entries that `renamed` would change, as warnings."""
    return tuple(
        Problem(path, line, column, f"{said}; mended by: git lspec check --staged --fix", fatal=False)
        for _, (line, column), said in _entries(text, path, moved)
    )


def _entries(text: str, path: str, moved: Mapping[str, str]) -> Iterator[tuple[Splice, tuple[int, int], str]]:
    for node in _spec_nodes(text, path) if moved else ():
        word = node.value.strip()
        new = _new_name(word, moved)
        if new != word:
            mark = node.start_mark
            start, end = mark.index, node.end_mark.index
            place = (mark.line + 1, mark.column + 1)
            said = f"this commit makes spec `{word}` `{new}`"
            # Inside of braces a plain word has fewer signs to itself; there are no others in such a path.
            yield Splice(start, end, scalar(new, quotes(node), flow=True)), place, said


def _new_name(word: str, moved: Mapping[str, str]) -> str:
    """What an entry for a spec's directory, or its bare name, has to say after the move."""
    if word in moved:
        return moved[word]
    name = word.rpartition("/")[2]
    alike = [(old, new) for old, new in moved.items() if old.rpartition("/")[2] == name]
    if len(alike) != 1 or alike[0][1].rpartition("/")[2] == name:
        return word  # an entry holds as long as the name stays, wherever the directory goes
    return alike[0][1] if "/" in word else alike[0][1].rpartition("/")[2]


def _spec_nodes(text: str, path: str) -> Iterator[ScalarNode]:
    """The values of `spec` in every mapping of every tracker."""
    top = compose(text, path)
    for _, value in top.value if isinstance(top, MappingNode) else ():
        for section in value.value if isinstance(value, SequenceNode) else [value]:
            for entry in _sequence(_get(section, "mapping")):
                found = _get(entry, "spec")
                if isinstance(found, ScalarNode):
                    yield found


def _get(node: Node, key: str) -> Node | None:
    pairs = node.value if isinstance(node, MappingNode) else ()
    return next((value for at, value in pairs if isinstance(at, ScalarNode) and at.value == key), None)


def _sequence(node: Node | None) -> list[Node]:
    return node.value if isinstance(node, SequenceNode) else []
