"""Closes a file to everybody but its recipients, with age or OpenPGP, before it is stored to be sent.

Encryption hides what a file says. It does not prove who wrote it: the host key, the folder or the signature does that.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import pyrage
import pysequoia
from pysequoia import packet

#: What is added to the name of a file, by the kind of encryption.
SUFFIXES: Final = {"age": ".age", "openpgp": ".pgp"}
_MARK = "; encryption="


@dataclass(frozen=True, slots=True)
class Seal:
    """One destination's encryption. ``kind`` is what a manifest calls it.

    Every call of ``close`` gives other bytes for the same content, so it is called once for a message and its bytes
    kept. ``expires_at`` is when the first certificate runs out; the library would go on encrypting for it.
    """

    kind: str
    close: Callable[[bytes], bytes] = field(repr=False)
    expires_at: datetime | None = None

    @property
    def suffix(self) -> str:
        """What is added to the name of a closed file."""
        return SUFFIXES[self.kind]

    def sealed_type(self, content_type: str) -> str:
        """Return the content type of a message whose payload is closed as a whole."""
        return f"{content_type}{_MARK}{self.kind}"


def plain_type(content_type: str) -> tuple[str, str]:
    """Return what a payload is once it is opened, and the kind of encryption; empty where there is none."""
    plain, _, kind = content_type.partition(_MARK)
    return plain, kind


def age_seal(recipients: Sequence[str]) -> Seal:
    """Return the seal that each recipient (``age1...``) can open; raises ``ValueError`` for what is no recipient."""
    if not recipients:
        raise ValueError("names nobody: add the recipient's age public key (age1...)")
    keys = [_age_key(text, number) for number, text in enumerate(recipients, start=1)]
    return Seal("age", lambda content: pyrage.encrypt(content, keys))


def _age_key(text: str, number: int) -> "pyrage.x25519.Recipient":
    if text.upper().startswith("AGE-SECRET-KEY-"):
        raise ValueError(f"number {number} is a secret key: give the public one (age1...), and have that key replaced")
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        raise ValueError(
            f"number {number} is not an age public key (age1...): ask the recipient for it again"
        ) from None


def openpgp_seal(certificates: bytes) -> Seal:
    """Return the seal that the holder of each certificate can open; raises ``ValueError`` when one cannot be used.

    ``certificates`` is what a certificate file holds, armoured or binary.
    """
    try:
        recipients = pysequoia.Cert.split_bytes(certificates)
        holds_secret = b"PRIVATE KEY BLOCK" in certificates or _has_secret_packets(certificates)
    except RuntimeError:
        recipients, holds_secret = [], False
    if not recipients:
        raise ValueError("holds no OpenPGP certificate (public key): export it again, with gpg --armor --export")
    if holds_secret:
        raise ValueError("holds a secret key: give the public certificate only, and have that key replaced")
    if any(each.is_revoked for each in recipients):
        raise ValueError("holds a certificate that its owner has revoked: ask for the new one")
    seal = Seal(
        "openpgp",
        lambda content: pysequoia.encrypt(content, recipients=recipients, armor=False),
        expires_at=min((each.expiration for each in recipients if each.expiration), default=None),
    )
    _try(seal)
    return seal


def _has_secret_packets(certificates: bytes) -> bool:
    secret = (packet.Tag.SecretKey, packet.Tag.SecretSubkey)
    return any(each.tag in secret for each in packet.PacketPile.from_bytes(certificates))


def _try(seal: Seal) -> None:
    try:
        seal.close(b"")
    except RuntimeError:
        # Its text is a stack trace of the library.
        raise ValueError("holds a certificate that only signs: ask for one that can be encrypted for") from None
