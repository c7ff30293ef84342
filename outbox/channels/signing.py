"""Signatures as Standard Webhooks 1.0.0 says, over the exact bytes that are sent.

The library of the same name signs text alone, and an encrypted feed is none; it is the other half, which checks what is
signed here: in the tests, and at the demonstration's receivers.
"""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

#: Takes what is signed (id, time and body) and returns one entry of ``webhook-signature``.
Signer = Callable[[bytes], str]
_NO_KEY = (
    "secret is not whsec_ and 24 to 64 bytes, or whsk_ and an Ed25519 key with its public half, in base64: "
    "agree a new one with the receiver"
)


def signer(secret: str) -> Signer:
    """Return what signs with a secret shared with the receiver (``whsec_``), or with a key only we hold (``whsk_``).

    Raises ``ValueError`` when it is neither; the secret is not quoted.
    """
    if secret.startswith("whsk_"):
        return _asymmetric(_decoded(secret.removeprefix("whsk_")))
    key = _decoded(secret.removeprefix("whsec_"))
    if not 24 <= len(key) <= 64:
        raise ValueError(_NO_KEY)
    return lambda signed: f"v1,{_text(hmac.digest(key, signed, 'sha256'))}"


def signed_content(message_id: str, at: datetime, body: bytes) -> bytes:
    """Return what is signed. ``at`` is aware; whole seconds of it count."""
    return b".".join((message_id.encode(), str(int(at.timestamp())).encode(), body))


def _asymmetric(key: bytes) -> Signer:
    if len(key) != 64:
        raise ValueError(_NO_KEY)
    private = Ed25519PrivateKey.from_private_bytes(key[:32])
    if private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw) != key[32:]:
        raise ValueError(_NO_KEY)
    return lambda signed: f"v1a,{_text(private.sign(signed))}"


def _decoded(text: str) -> bytes:
    try:
        # Whatever is not base64 would be skipped otherwise, and the rest signed with.
        return b64decode(text, validate=True)
    except ValueError:
        return b""


def _text(signature: bytes) -> str:
    return b64encode(signature).decode("ascii")
