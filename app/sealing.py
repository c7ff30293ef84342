"""Reads whom each destination's files are encrypted for."""

from collections.abc import Mapping
from pathlib import Path

from config.models import Encryption
from config.operators import Operator
from config.problems import Problem
from outbox.encryption import Seal, age_seal, openpgp_seal


def read_seals(operator: Operator, problems: list[Problem]) -> Mapping[str, Seal]:
    """Return the seals by destination; keys and certificates that cannot be used become problems."""
    seals = {}
    for number, destination in enumerate(operator.destinations, start=1):
        encryption = destination.encryption
        if encryption is None:
            continue
        try:
            seals[destination.id] = _seal(encryption, operator.folder)
        except OSError as error:
            message = f"cannot be read: {error.strerror}"
        except ValueError as wrong:
            message = str(wrong)
        else:
            continue
        key = f"destination[{number}].encryption.{encryption.given}"
        problems.append(Problem(file="relay.toml", key=key, message=message))
    return seals


def _seal(encryption: Encryption, folder: Path) -> Seal:
    if encryption.kind == "age":
        return age_seal(encryption.recipients)
    return openpgp_seal((folder / (encryption.certificate_file or "")).read_bytes())
