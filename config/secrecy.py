"""Secrets in relay.toml: only their names. ``password_secret = "name"`` stands for ``password`` and its value."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import SecretStr

from config.documents import Document, walk
from config.fields import is_placeholder
from config.settings import SecretPlaces, is_secret_name

SUFFIX = "_secret"
_LITERAL = re.compile(r"(?:^|.*_)(?:password|passwd|passphrase|token|secret|signing_key|api_key|private_key)")
_IN_ADDRESS = re.compile(r"://[^/\s@]*:[^/\s@]*@")


def check_secrecy(document: Document) -> dict[str, str]:
    """Return the secret each key names, by the key; a secret that stands in the file itself is a problem."""
    named = {}
    for key, value in walk(document.content):
        name = key.rpartition(".")[2]
        if name.endswith(SUFFIX) and name != SUFFIX:
            if _is_name(document, key, value):
                named[key] = str(value)
        elif _LITERAL.fullmatch(name) and not isinstance(value, Mapping):
            document.problem(key, f"secrets are not kept here: write {name}{SUFFIX} = with the name of a secret")
        elif isinstance(value, str) and _IN_ADDRESS.search(value):
            document.problem(key, "secrets are not kept here: take user and password out of the address")
    return named


def find_secrets(document: Document, named: Mapping[str, str], places: SecretPlaces) -> dict[str, SecretStr]:
    """Return the values of the named secrets; each that is nowhere is a problem naming both places."""
    found, unreadable = places.read(set(named.values()))
    for key, name in named.items():
        if name in unreadable:
            document.problem(key, unreadable[name])
        elif name not in found:
            document.problem(key, f"the secret {name} is missing: put it in {places.describe(name)}")
    return found


def handed_over(raw: Mapping[str, Any], secrets: Mapping[str, SecretStr]) -> dict[str, Any]:
    """Return a free table with each ``X_secret`` replaced by ``X`` and its value in plain text.

    Raises ``KeyError`` for a secret that was never read.
    """
    return dict(_revealed(raw, secrets))


def _revealed(raw: Mapping[str, Any], secrets: Mapping[str, SecretStr]) -> Iterator[tuple[str, Any]]:
    for key, value in raw.items():
        if isinstance(value, Mapping):
            yield key, handed_over(value, secrets)
        elif key.endswith(SUFFIX):
            yield key.removesuffix(SUFFIX), secrets[value].get_secret_value()
        else:
            yield key, value


def _is_name(document: Document, key: str, value: object) -> bool:
    if is_placeholder(value):
        return False
    if isinstance(value, str) and is_secret_name(value):
        return True
    # The value may be the secret itself, so it is not quoted.
    document.problem(key, "is not the name of a secret: use small letters, digits and _, as arbor_password")
    return False
