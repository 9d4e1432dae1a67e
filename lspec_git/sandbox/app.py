"""The Flask application of all sandboxes of a process.

One for all, because compiling werkzeug's rules takes many times longer than starting everything else; which
sandbox a request belongs to is told by its environ.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, cast

from flask import Flask, request
from werkzeug.local import LocalProxy

from lspec_git.sandbox.board import Board, add_board
from lspec_git.sandbox.github import ById, add_github
from lspec_git.sandbox.github_desk import Desk

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_DESK = "sandbox.desk"


@functools.cache
def _application() -> Flask:
    app = Flask("lspec_git.sandbox", static_folder=None)
    desk = cast("Desk", LocalProxy(lambda: request.environ[_DESK]))
    add_github(app, desk)
    add_board(app, Board(desk))
    return app


def application(desk: Desk) -> WSGIApplication:
    """The tracker's API and the board of one sandbox, as a WSGI application."""
    shared = ById(_application(), desk.store)
    return lambda environ, start: shared(environ | {_DESK: desk}, start)
