"""GitHub's own OpenAPI description, and the strict check of real exchanges against it, in both directions.

Strict: a key of a body, a query parameter or a key of an answer that the description does not list is an
error. Where the description is known to be wrong it is mended, each place with its reason; nothing else is
let through. Every finding names method, path and the offending key.
"""

from __future__ import annotations

import functools
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

import pytest
from jsonschema.exceptions import best_match
from openapi_schema_validator import OAS30ReadValidator, OAS30WriteValidator, oas30_format_checker

from tests.adapters.wire import Asked, Reply, Server
from tests.conftest import node_folder

Schema = Mapping[str, Any]
FILE: Final = "api.github.com.json"
REPO: Final = "/repos/{owner}/{repo}"
KINDS: Final = ("application/json", "application/scim+json", "application/problem+json")
MATTERING: Final = re.compile(
    r"/user|/rate_limit|/repos/\{owner\}/\{repo\}(/(issues|labels|assignees|milestones)\b.*)?"
)
UNREAD: Final = frozenset({"example", "examples", "discriminator"})
"""Not checked: examples, and the hint which alternative is meant (all are tried anyway)."""
ANYWHERE: Final = frozenset({301, 302, 307, 400, 401, 403, 429, 451, 500, 502, 503})
"""Statuses that any operation may answer with (a renamed repository, an unknown version, token, rights,
limits, law, trouble), although the description lists them with few: held against `basic-error` then."""
ISSUE: Final = f"{REPO}/issues/{{issue_number}}"
ALSO: Final = {
    # listed with 410 alone; an issue that never was is 404 everywhere
    ("get", f"{ISSUE}/events", 404): "basic-error",
    # "Issues are disabled for this repo": listed for a single issue and a create only
    ("get", f"{REPO}/issues", 410): "basic-error",
    # no refusal is listed at all for the two
    **{("delete", f"{ISSUE}/assignees", status): "basic-error" for status in (404, 410)},
    **{("post", f"{ISSUE}/assignees", status): "basic-error" for status in (404, 410)},
    ("post", f"{ISSUE}/assignees", 422): "validation-error",
    # "You do not have permission to create labels on this repository" comes with `errors`
    **{(method, f"{ISSUE}/labels", 403): "validation-error" for method in ("post", "put")},
}
"""Single answers of the real service that the description leaves out, and what their bodies are like."""


def mend(schemas: dict[str, Any]) -> None:
    """Where the real service is known to answer, or to accept, other than its description says."""
    for name in ("issue", "nullable-issue"):
        # null for an issue that was never closed; the enum forgets it although the key is nullable
        schemas[name]["properties"]["state_reason"]["enum"].append(None)
    # every error carries the status in its body, a failed validation too
    schemas["validation-error"]["properties"]["status"] = {"type": "string"}
    # closed and reopened are in the timeline's list of alternatives, but missing in that of an issue's events
    schemas["issue-event-for-issue"]["anyOf"].append(
        {"$ref": "#/components/schemas/state-change-issue-event"}
    )
    # nobody, where the account is gone: nullable in `issue-event`, which is the same event in another list
    schemas["state-change-issue-event"]["properties"]["actor"] = {
        "$ref": "#/components/schemas/nullable-simple-user"
    }


@dataclass(frozen=True)
class Operation:
    """One method on one path template, with its validators made once."""

    name: str
    query: Mapping[str, Schema]
    required: frozenset[str]
    body: Schema | None
    answers: Mapping[int, Schema | None]
    made: dict[int, Any] = field(default_factory=dict)
    """Validators by the id of their schema."""
    seen: dict[tuple[int, str], tuple[str, ...]] = field(default_factory=dict)
    """What was found in the elements of lists: polls show the same ones again and again."""

    def faults(self, value: object, schema: Schema, *, sent: bool = False) -> Iterable[str]:
        """What is wrong with a value by its schema, and the keys that the schema does not list."""
        if not isinstance(value, list) or schema.get("type") != "array" or sent:
            return self._found(value, schema, sent=sent)
        return (f"[{at}]{each}" for at, one in enumerate(value) for each in self._known(one, schema["items"]))

    def _known(self, value: object, schema: Schema) -> tuple[str, ...]:
        key = (id(schema), json.dumps(value))
        if key not in self.seen:
            self.seen[key] = tuple(self._found(value, schema))
        return self.seen[key]

    def _found(self, value: object, schema: Schema, *, sent: bool = False) -> Iterator[str]:
        if id(schema) not in self.made:
            kind = OAS30WriteValidator if sent else OAS30ReadValidator
            self.made[id(schema)] = kind(schema, format_checker=oas30_format_checker)
        for error in self.made[id(schema)].iter_errors(value):
            worst = best_match([error])
            yield f"{worst.json_path}: {worst.message[:200]}"
        yield from (f"{where}: no such key" for where in unlisted(value, schema))


class Description:
    """The operations of the description under which an exchange may fall."""

    def __init__(self, whole: dict[str, Any]) -> None:
        mend(whole["components"]["schemas"])
        self._whole = whole
        self._inlined: dict[str, Any] = {}
        self._operations: dict[tuple[str, str], Operation] = {}

    def request_faults(self, method: str, target: str, body: object) -> list[str]:
        """What GitHub's description has against a request. `target` is path and query."""
        path, _, query = target.partition("?")
        operation = self.operation(method, path)
        if operation is None:
            return [f"{method} {path}: no such operation"]
        found = [*_query_faults(operation, query), *_body_faults(operation, body)]
        return [f"{method} {path} sends {each}" for each in found]

    def answer_faults(self, method: str, target: str, status: int, data: object) -> list[str]:
        """What GitHub's description has against an answer; `data` is its JSON, or None without a body."""
        path = target.partition("?")[0]
        operation = self.operation(method, path)
        if operation is None or status == 304:
            return []
        if status not in operation.answers:
            return [f"{method} {path} never answers {status}"]
        schema = operation.answers[status]
        if data is None or schema is None:
            return [] if data is None else [f"{method} {path} answers {status} with a body; it has none"]
        found = operation.faults(data, schema)
        return [f"{method} {path} answers {status}: {each}" for each in found]

    def filled(self, method: str, target: str, status: int, data: object) -> object:
        """An answer with the keys that the description requires and the script left out."""
        operation = self.operation(method, target.partition("?")[0])
        schema = operation.answers.get(status) if operation else None
        return data if operation is None or data is None or schema is None else fill(operation, data, schema)

    def operation(self, method: str, path: str) -> Operation | None:
        """The operation of a path; `/repositories/ID`, which GitHub's links use, is a repository's."""
        path = re.sub(r"^/repositories/[0-9]+", "/repos/o/r", path)
        template = self._template(path)
        if template is None or method.lower() not in self._whole["paths"][template]:
            return None
        key = (method.lower(), template)
        if key not in self._operations:
            self._operations[key] = self._made(*key)
        return self._operations[key]

    def inline(self, node: Any) -> Any:
        """The same with every reference replaced by what it refers to, shared and not copied."""
        if isinstance(node, list):
            return [self.inline(each) for each in node]
        if not isinstance(node, dict):
            return node
        if "$ref" not in node:
            return {key: self.inline(each) for key, each in node.items() if key not in UNREAD}
        name = node["$ref"]
        if name not in self._inlined:
            self._inlined[name] = {}  # what refers to itself meets this, which is filled in below
            found: Any = self._whole
            for step in name.removeprefix("#/").split("/"):
                found = found[step]
            self._inlined[name].update(self.inline(found))
        return self._inlined[name]

    def _template(self, path: str) -> str | None:
        steps = path.strip("/").split("/")
        fitting = [each for each in self._whole["paths"] if _fits(each.strip("/").split("/"), steps)]
        return min(fitting, key=lambda each: each.count("{"), default=None)

    def _unlisted_answers(self, method: str, template: str) -> dict[int, Schema | None]:
        """What may be answered although the operation does not list it."""
        kinds = dict.fromkeys(ANYWHERE, "basic-error")
        kinds |= {
            status: kind for (how, where, status), kind in ALSO.items() if (how, where) == (method, template)
        }
        return {
            status: self.inline({"$ref": f"#/components/schemas/{kind}"}) for status, kind in kinds.items()
        }

    def _made(self, method: str, template: str) -> Operation:
        raw = self.inline(self._whole["paths"][template][method])
        shared = self.inline(self._whole["paths"][template].get("parameters", []))
        query = {
            each["name"]: each for each in (*shared, *raw.get("parameters", ())) if each["in"] == "query"
        }
        return Operation(
            f"{method.upper()} {template}",
            {name: each["schema"] for name, each in query.items()},
            frozenset(name for name, each in query.items() if each.get("required")),
            _content(raw["requestBody"]) if "requestBody" in raw else None,
            self._unlisted_answers(method, template)
            | {int(status): _content(each) for status, each in raw["responses"].items()},
        )


class RequestsOnly:
    """Holds requests alone against a description: the answers are those of a server that others wrote."""

    def __init__(self, whole: Description) -> None:
        self.request_faults = whole.request_faults

    def answer_faults(self, *_answer: object) -> list[str]:
        return []

    def filled(self, _method: str, _target: str, _status: int, data: object) -> object:
        return data


def described() -> Description | None:
    """GitHub's description for a wire that can do without it. None where it is not at hand, which fails the
    test where everything is meant to be installed.
    """
    file = node_folder() / FILE
    if file.is_file():
        return loaded(file)
    assert "LSPEC_NO_SKIPS" not in os.environ, f"no {FILE}, where nothing may be missing"
    return None


def required() -> Description:
    """GitHub's description; skips where it is not at hand."""
    return described() or pytest.skip(f"needs {FILE} (from npm's @octokit/openapi 23.0.2) in LSPEC_NODE")


@functools.cache
def loaded(file: Path) -> Description:
    """The description, read once per process and cut down to the paths that matter."""
    whole: dict[str, Any] = json.loads(file.read_text("utf-8"))
    paths = {path: operations for path, operations in whole["paths"].items() if MATTERING.fullmatch(path)}
    return Description({"paths": paths, "components": whole["components"]})


def github(answer: Callable[[Asked], Reply]) -> Server:
    """A scripted server that claims to be GitHub: what it is asked and answers must be as described."""
    return Server(answer, described=described())


def fill(operation: Operation, value: object, schema: Schema) -> object:
    """A value with what its schema requires and it lacks; of alternatives the first that it then fits."""
    choices = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    if choices:
        made = [(fill(operation, value, each), each) for each in choices]
        return next((one for one, each in made if not list(operation.faults(one, each))), made[0][0])
    for each in schema.get("allOf", ()):
        value = fill(operation, value, each)
    if isinstance(value, list) and "items" in schema:
        return [fill(operation, each, schema["items"]) for each in value]
    if not isinstance(value, dict) or not schema.get("properties"):
        return value
    known = schema["properties"]
    lacking = [name for name in schema.get("required", ()) if name not in value]
    return {name: _least(known[name]) for name in lacking} | {
        name: fill(operation, each, known[name]) if name in known else each for name, each in value.items()
    }


def _least(schema: Schema) -> object:
    """The smallest value that a schema takes."""
    if schema.get("nullable"):
        return None
    for keyword in ("allOf", "anyOf", "oneOf"):
        if keyword in schema:
            return _least(schema[keyword][0])
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "object" or "properties" in schema:
        return {name: _least(schema["properties"][name]) for name in schema.get("required", ())}
    texts = {"uri": "https://github.example/x", "date-time": "2026-11-22T12:00:00Z"}
    least = {"integer": 0, "number": 0, "boolean": False, "array": []}
    return least.get(schema.get("type", ""), texts.get(schema.get("format", ""), "x"))


def unlisted(value: object, schema: Schema, where: str = "$") -> Iterator[str]:
    """Keys that a schema (without references) does not list, anywhere in a value."""
    parts = list(_parts(schema))
    if isinstance(value, list):
        items = [part["items"] for part in parts if "items" in part]
        for index, each in enumerate(value if items else []):
            yield from unlisted(each, {"anyOf": items}, f"{where}[{index}]")
    if isinstance(value, dict):
        listed = [part["properties"] for part in parts if "properties" in part]
        if any(part.get("additionalProperties") for part in parts) or not listed:
            return
        for key, each in value.items():
            known = [properties[key] for properties in listed if key in properties]
            if not known:
                yield f"{where}.{key}"
            yield from unlisted(each, {"anyOf": known}, f"{where}.{key}")


def _parts(schema: Schema) -> Iterable[Schema]:
    """A schema and all its alternatives."""
    yield schema
    for keyword in ("allOf", "anyOf", "oneOf"):
        for each in schema.get(keyword, ()):
            yield from _parts(each)


def _query_faults(operation: Operation, query: str) -> Iterator[str]:
    sent = parse_qsl(query, keep_blank_values=True)
    for name, text in sent:
        schema = operation.query.get(name)
        if schema is None:
            yield f"?{name}: no such parameter"
        else:
            yield from (
                f"?{name} {each}" for each in operation.faults(_typed(text, schema), schema, sent=True)
            )
    yield from (f"?{name}: missing" for name in sorted(operation.required - {name for name, _ in sent}))


def _typed(text: str, schema: Schema) -> object:
    if schema.get("type") == "integer" and re.fullmatch(r"-?[0-9]+", text):
        return int(text)
    return text == "true" if schema.get("type") == "boolean" and text in ("true", "false") else text


def _body_faults(operation: Operation, body: object) -> Iterator[str]:
    if body is None:
        return
    if operation.body is None:
        yield "a body, and it takes none"
    else:
        yield from operation.faults(body, operation.body, sent=True)


def _content(holder: Mapping[str, Any]) -> Schema | None:
    content = holder.get("content", {})
    found = next((content[kind] for kind in KINDS if kind in content), None)
    return dict(found["schema"]) if found else None


def _fits(template: list[str], steps: list[str]) -> bool:
    return len(template) == len(steps) and all(
        t.startswith("{") or t == s for t, s in zip(template, steps, strict=True)
    )
