"""The arrows of the design, read from the source: who may import whom, what stays pure, and where each library lives."""

import ast
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

#: Who may import whom. Everything meets in app; below it, everybody knows mapping alone, and what speaks to others wire.
ARROWS: Mapping[str, frozenset[str]] = {
    "mapping": frozenset(),
    "rules": frozenset({"mapping"}),
    "wire": frozenset(),
    "connectors": frozenset({"mapping", "wire"}),
    "store": frozenset({"mapping"}),
    "outbox": frozenset({"mapping", "wire"}),
    "config": frozenset({"mapping"}),
    "app": frozenset({"mapping", "rules", "wire", "connectors", "store", "outbox", "config"}),
}

#: What the pure packages may use of the standard library: nothing with a clock, a file, a socket, chance or a log.
PURE = {"mapping", "rules"}
PURE_LIBRARY = """
    __future__ abc array bisect collections copy dataclasses datetime decimal difflib enum fractions functools graphlib
    hashlib heapq itertools math numbers operator re statistics string struct textwrap types typing unicodedata zoneinfo
"""
PURE_BUILTINS = {"open", "print", "input", "eval", "exec"}

#: Read by app, and by whoever app passes them to, as plain values.
CLOCKS = {"datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"}
CLOCKS |= {"time.time", "time.time_ns", "time.localtime", "time.gmtime"}
CLOCK_CALLS = (".now", ".today", ".utcnow")
ENVIRONMENT = {"os.environ", "os.getenv", "os.environb"}
SETTINGS_HOME = "config/settings.py"

#: One home for each library, so that replacing it is one place's work.
HOMES: Mapping[str, tuple[str, ...]] = {
    "aiosmtpd": ("app/demo/",),
    "cryptography": ("wire/ssh.py", "outbox/channels/signing.py"),
    "httpx": ("connectors/http.py", "outbox/channels/", "wire/tls.py", "app/wiring.py"),
    "jinja2": ("outbox/emails.py", "outbox/alerts.py", "app/"),
    "jsonschema": ("outbox/published.py",),
    "msgspec": ("connectors/", "outbox/", "app/"),
    "notifications_python_client": ("outbox/channels/notify",),
    "openpyxl": ("connectors/", "outbox/workbooks.py"),
    "paramiko": ("wire/ssh.py",),
    "prometheus_client": ("app/watch/",),
    "pydantic": ("config/",),
    "pydantic_core": ("config/",),
    "pydantic_settings": ("config/settings.py",),
    "pyrage": ("outbox/encryption.py",),
    "pysequoia": ("outbox/encryption.py",),
    "requests": ("outbox/channels/notify",),
    "rich": ("app/",),
    "schedule": ("app/scheduler.py",),
    "sqlite3": ("store/",),
    "sqlite_utils": ("store/",),
    "standardwebhooks": ("app/demo/",),
    "structlog": ("app/",),
    "tenacity": ("connectors/patience.py",),
    "typer": ("app/",),
    "urllib3": ("outbox/channels/notify",),
}
#: Part of the standard library, or of the library it is installed with.
NOT_DECLARED = {"sqlite3", "pydantic_core", "requests", "urllib3"}
#: Installed for others to find: zoneinfo reads tzdata, sqlite-utils takes the newer SQLite of pysqlite3.
NOT_IMPORTED = {"tzdata", "pysqlite3"}


def violations(path: str, source: str) -> list[str]:
    """Return every way in which one module breaks the design, a sentence each."""
    tree, package = ast.parse(source), path.split("/", 1)[0]
    return [
        *(problem for module in _imported(tree) if (problem := _import_problem(path, package, module))),
        *_effects(path, package, tree),
    ]


def _imported(tree: ast.Module) -> Iterator[str]:
    """Yield every absolute module name that is imported anywhere, inside functions and by name as well."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module
            case ast.Call(func=ast.Name(id="__import__" | "import_module"), args=[name, *_]):
                yield _literal(name)
            case ast.Call(func=ast.Attribute(attr="import_module"), args=[name, *_]):
                yield _literal(name)


def _literal(name: ast.expr) -> str:
    return name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else "<computed>"


def _import_problem(path: str, package: str, module: str) -> str | None:
    top = module.split(".", 1)[0]
    if top in ARROWS:
        return None if top == package or top in ARROWS[package] else f"{package} may not import {top}"
    if package in PURE:
        return None if top in PURE_LIBRARY.split() else f"{package} is pure and may not import {top}"
    if top in HOMES:
        return None if path.startswith(HOMES[top]) else f"{top} lives in {', '.join(HOMES[top])}"
    return None if top in sys.stdlib_module_names else f"{top} has no home: give it one in this table"


def _effects(path: str, package: str, tree: ast.Module) -> Iterator[str]:
    names = set(_names(ast.walk(tree), tree))
    called = _names((node.func for node in ast.walk(tree) if isinstance(node, ast.Call)), tree)
    clocks = names & CLOCKS | {name for name in called if package in PURE and name.endswith(CLOCK_CALLS)}
    if package != "app":
        yield from (f"only app reads the clock: {name}" for name in sorted(clocks))
    if package != "app" and path != SETTINGS_HOME:
        yield from (f"only settings read the environment: {name}" for name in sorted(names & ENVIRONMENT))
    if package in PURE:
        yield from (f"{package} is pure and may not call {name}" for name in sorted(names & PURE_BUILTINS))


def _names(nodes: Iterable[ast.AST], tree: ast.Module) -> Iterator[str]:
    """Yield every dotted name among the nodes, with the names of imports written out in full."""
    aliases = dict(_aliases(tree))
    for node in nodes:
        if isinstance(node, ast.Name | ast.Attribute) and (dotted := _dotted(node)):
            first, _, rest = dotted.partition(".")
            yield f"{aliases.get(first, first)}.{rest}".rstrip(".")


def _aliases(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.asname, alias.name) for alias in node.names if alias.asname)
        if isinstance(node, ast.ImportFrom):
            yield from ((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)


def _dotted(node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := _dotted(node.value)):
        return f"{before}.{node.attr}"
    return None


# The design holds ----------------------------------------------------------------------------------------------------

MODULES = sorted(str(path.relative_to(ROOT)) for package in ARROWS for path in (ROOT / package).rglob("*.py"))
SOURCES = {path: (ROOT / path).read_text("utf-8") for path in MODULES}
IMPORTS = {path: {name.split(".")[0] for name in _imported(ast.parse(source))} for path, source in SOURCES.items()}
LIBRARIES = sorted(HOMES.keys() - NOT_DECLARED)


@pytest.mark.parametrize("path", MODULES)
def test_a_module_keeps_to_the_arrows(path):
    assert violations(path, SOURCES[path]) == []


def test_every_package_is_there_and_every_folder_of_code_has_its_arrow():
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}

    assert packages == ARROWS.keys()


def test_the_dependencies_are_those_with_a_home():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    declared = {text.split(";")[0].split(">=")[0].strip().replace("-", "_") for text in project["dependencies"]}

    assert declared - NOT_IMPORTED == set(LIBRARIES)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_dependency_is_used_in_its_home_or_is_none(library):
    users = [path for path in MODULES if path.startswith(HOMES[library]) and library in IMPORTS[path]]

    assert users, f"nothing imports {library}: take it out of pyproject.toml"


# The checker sees what it should ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "source", "problem"),
    [
        ("mapping/codes.py", "import rules.facts", "mapping may not import rules"),
        ("rules/facts.py", "from store.database import Store", "rules may not import store"),
        ("connectors/arbor.py", "def f():\n    from outbox import relay", "connectors may not import outbox"),
        ("outbox/relay.py", "import config.loading as loading", "outbox may not import config"),
        ("store/runs.py", "if TYPE_CHECKING:\n    from app.pipeline import Run", "store may not import app"),
        ("config/loading.py", "import importlib\nimportlib.import_module('rules.policy')", "config may not import rules"),
        ("config/loading.py", "__import__('connectors')", "config may not import connectors"),
        ("wire/ssh.py", "from connectors.base import Rejected", "wire may not import connectors"),
        ("config/loading.py", "from wire import tls", "config may not import wire"),
        ("connectors/registry.py", "import_module(name)", "<computed> has no home: give it one in this table"),
        ("mapping/codes.py", "import csv", "mapping is pure and may not import csv"),
        ("rules/facts.py", "from pathlib import Path", "rules is pure and may not import pathlib"),
        ("rules/facts.py", "def f():\n    import os.path", "rules is pure and may not import os"),
        ("mapping/marks.py", "import logging", "mapping is pure and may not import logging"),
        ("mapping/rates.py", "import numpy", "mapping is pure and may not import numpy"),
        ("rules/facts.py", "text = open('policy.toml')", "rules is pure and may not call open"),
        ("rules/facts.py", "print('fired')", "rules is pure and may not call print"),
        ("rules/facts.py", "import datetime\nday = datetime.date.today()", "only app reads the clock: datetime.date.today"),
        ("rules/facts.py", "def f(day):\n    return day.today()", "only app reads the clock: day.today"),
        ("store/runs.py", "from datetime import datetime as dt\ndt.now(UTC)", "only app reads the clock: datetime.datetime.now"),
        ("outbox/relay.py", "from datetime import datetime\ndef f(clock=datetime.now): ...", "only app reads the clock: datetime.datetime.now"),
        ("connectors/http.py", "import time\ntime.time()", "only app reads the clock: time.time"),
        ("outbox/relay.py", "from time import time\ntime()", "only app reads the clock: time.time"),
        ("store/database.py", "import os\npath = os.environ['DB']", "only settings read the environment: os.environ"),
        ("connectors/http.py", "from os import getenv\ngetenv('TOKEN')", "only settings read the environment: os.getenv"),
        ("connectors/arbor.py", "import httpx", "httpx lives in connectors/http.py, outbox/channels/, wire/tls.py, app/wiring.py"),
        ("app/pipeline.py", "from tenacity import retry", "tenacity lives in connectors/patience.py"),
        ("app/status.py", "import sqlite3", "sqlite3 lives in store/"),
        ("outbox/emails.py", "import requests", "requests lives in outbox/channels/notify"),
        ("outbox/emails.py", "import aiohttp", "aiohttp has no home: give it one in this table"),
        ("app/demo/run.py", "from tests.builders import marks", "tests has no home: give it one in this table"),
    ],
)  # fmt: skip
def test_a_bad_module_is_found_out(path, source, problem):
    assert violations(path, source) == [problem]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("mapping/codes.py", "from mapping.model import Half\nfrom datetime import date\ndate.fromisoformat('2026-11-02')"),
        ("rules/facts.py", "from mapping.codes import CodeTable\nfrom . import words"),
        ("connectors/http.py", "import httpx\nimport time\ntime.sleep"),
        ("outbox/channels/https.py", "import httpx"),
        ("rules/facts.py", "def f(facts, now):\n    return facts.today, now"),
        ("outbox/relay.py", "def deliver(now, clock):\n    return clock(), now()"),
        ("app/pipeline.py", "import rules, store, outbox, connectors, config, mapping\nfrom datetime import datetime\ndatetime.now(UTC)"),
        ("config/settings.py", "import os\nfrom pydantic_settings import BaseSettings\nos.environ"),
    ],
)  # fmt: skip
def test_a_good_module_passes(path, source):
    assert violations(path, source) == []
