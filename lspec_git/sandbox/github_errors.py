"""GitHub's refusals, in GitHub's words. Knows nothing of when each is due."""

from __future__ import annotations

from collections.abc import Mapping

DOCS = "https://docs.github.com/rest"


class Refusal(Exception):
    """An answer other than success: status, body and extra headers."""

    def __init__(
        self,
        status: int,
        message: str,
        errors: list[dict[str, object]] | None = None,
        headers: Mapping[str, str] | None = None,
        url: str | None = None,
    ) -> None:
        super().__init__(f"{status} {message}")
        self.status = status
        self.headers = dict(headers or {})
        self.body: dict[str, object] = {"message": message}
        if errors is not None:
            self.body["errors"] = errors
        if url is not None:
            self.body["url"] = url
        self.body["documentation_url"] = DOCS
        self.body["status"] = str(status)


def bad_credentials() -> Refusal:
    return Refusal(401, "Bad credentials")


def requires_authentication() -> Refusal:
    return Refusal(401, "Requires authentication")


def no_user_agent() -> Refusal:
    return Refusal(
        403,
        "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.",
    )


def not_found() -> Refusal:
    return Refusal(404, "Not Found")


def forbidden(fine_grained: bool) -> Refusal:
    if fine_grained:
        headers = {"X-Accepted-GitHub-Permissions": "issues=write"}
        return Refusal(403, "Resource not accessible by personal access token", headers=headers)
    return Refusal(403, "Must have admin rights to Repository.")


def archived() -> Refusal:
    return Refusal(403, "Repository was archived so is read-only.")


def issues_disabled() -> Refusal:
    return Refusal(410, "Issues are disabled for this repo")


def issue_deleted() -> Refusal:
    return Refusal(410, "This issue was deleted")


def moved(url: str, method: str) -> Refusal:
    # The official description has 301 for an issue's GET and PATCH; 307 elsewhere keeps a POST a POST.
    status = 301 if method in ("GET", "PATCH") else 307
    message = "Moved Permanently" if status == 301 else "Temporary Redirect"
    return Refusal(status, message, headers={"Location": url}, url=url)


def not_json() -> Refusal:
    return Refusal(400, "Problems parsing JSON")


def not_an_object() -> Refusal:
    return Refusal(400, "Body should be a JSON object")


def bad_version(version: str) -> Refusal:
    return Refusal(400, f'The version "{version}" is not supported. Supported: 2022-11-28, 2026-03-10.')


def not_acceptable() -> Refusal:
    return Refusal(415, "Unsupported 'Accept' header: Must accept 'application/json'.")


def invalid(resource: str, field: str, code: str, message: str = "", value: object = None) -> Refusal:
    """422 with one entry in `errors`; `value` is shown where GitHub shows it."""
    entry: dict[str, object] = {"resource": resource, "field": field, "code": code}
    if message:
        entry["message"] = message
    if value is not None:
        entry["value"] = value
    return Refusal(422, "Validation Failed", [entry])


def cannot_create_labels() -> Refusal:
    entry: dict[str, object] = {"resource": "Repository", "field": "label", "code": "unauthorized"}
    return Refusal(403, "You do not have permission to create labels on this repository.", [entry])


def label_not_on_issue() -> Refusal:
    return Refusal(404, "Label does not exist")


def primary_limit(login: str, reset: int, limit: int) -> Refusal:
    headers = {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Used": str(limit),
        "X-RateLimit-Reset": str(reset),
    }
    return Refusal(403, f"API rate limit exceeded for {login}.", headers=headers)


def secondary_limit(seconds: int) -> Refusal:
    message = (
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
        " If you reach out to GitHub Support for help, please include the request ID."
    )
    return Refusal(403, message, headers={"Retry-After": str(seconds)})
