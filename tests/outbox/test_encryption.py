"""What is sealed opens with the recipient's own tools and key, and with no other, and not once it was changed."""

import hashlib
import os
import shutil
import subprocess

import jsonschema
import msgspec
import pyrage
import pysequoia
import pytest
from pysequoia.packet import PacketPile

from outbox.channels.files import files_of
from outbox.encryption import age_seal, openpgp_seal, plain_type
from outbox.feeds import compose_feed, revise
from outbox.messages import CLOUD_EVENT
from tests.outbox.builders import ROOT, a_day, draft, header

CONTENT = b"Robin Canary, absent\r\n" * 1000
ANN, BEN, EVE = (pyrage.x25519.Identity.generate() for _ in range(3))


def secret(**given):
    return pysequoia.Tsk.generate(user_id="Attendance <attendance@ashgrove.example>", **given)


def certificate(key):
    return str(key.extract_certificate()).encode()


OFFICE, OTHER = secret(), secret(cipher_suite=pysequoia.CipherSuite.RSA2k)


# age -----------------------------------------------------------------------------------------------------------------


def test_each_recipient_of_age_opens_it_and_nobody_else():
    sealed = age_seal([str(ANN.to_public()), str(BEN.to_public())]).close(CONTENT)

    assert pyrage.decrypt(sealed, [ANN]) == pyrage.decrypt(sealed, [BEN]) == CONTENT
    assert b"Canary" not in sealed
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(sealed, [EVE])


@pytest.mark.parametrize("at", [30, 100, -1])
def test_a_changed_age_file_does_not_open(at):
    sealed = bytearray(age_seal([str(ANN.to_public())]).close(CONTENT))
    sealed[at] ^= 1

    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(bytes(sealed), [ANN])


@pytest.mark.parametrize(
    ("recipients", "says"),
    [
        ([], "names nobody"),
        ([str(ANN.to_public()), "age1nobody"], "number 2 is not an age public key"),
        (["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFZ"], "number 1 is not an age public key"),
        ([str(EVE)], "number 1 is a secret key"),
    ],
)
def test_what_is_no_age_recipient_is_refused_and_not_quoted(recipients, says):
    with pytest.raises(ValueError, match=says) as refused:
        age_seal(recipients)

    assert not [text for text in recipients if text in str(refused.value)]


# OpenPGP -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def gpg(tmp_path):
    """GnuPG as an officer has it, without keys yet; skipped where it is not installed."""
    if not shutil.which("gpg"):
        missing = "gpg is not there: apt-get install gpg gpg-agent"
        pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)

    def run(*arguments, given=b""):
        done = subprocess.run(
            ["gpg", "--homedir", home, "--batch", "--quiet", *arguments], input=given, capture_output=True, check=False
        )
        return done.returncode, done.stdout

    def close():
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False)

    yield run
    close()


@pytest.mark.parametrize("algorithm", ["default", "future-default"])
@pytest.mark.parametrize("armour", [("--armor",), ()], ids=["armoured", "binary"])
def test_gnupg_opens_what_is_sealed_for_its_own_certificate_and_refuses_it_once_changed(gpg, algorithm, armour):
    gpg("--passphrase", "", "--quick-generate-key", "office@ashgrove.example", algorithm, "default", "1y")
    _, exported = gpg(*armour, "--export", "office@ashgrove.example")

    seal = openpgp_seal(exported)
    sealed = seal.close(CONTENT)

    assert seal.expires_at is not None
    assert gpg("--decrypt", given=sealed) == (0, CONTENT)
    changed = sealed[:-20] + bytes([sealed[-20] ^ 1]) + sealed[-19:]
    assert gpg("--decrypt", given=changed)[0] != 0


def test_each_recipient_of_openpgp_opens_it_and_nobody_else():
    sealed = openpgp_seal(certificate(OFFICE) + certificate(OTHER)).close(CONTENT)

    for key in (OFFICE, OTHER):
        assert pysequoia.decrypt(sealed, decryptor=key.decryptor()).bytes == CONTENT
    with pytest.raises(RuntimeError):
        pysequoia.decrypt(sealed, decryptor=secret().decryptor())


def revoked():
    key = secret()
    mine = key.extract_certificate()
    packets = [*PacketPile.from_bytes(bytes(mine)), *PacketPile.from_bytes(bytes(mine.revoke(key.certifier())))]
    return bytes(mine.merge(pysequoia.Cert.from_packets(packets)))


def only_signing():
    packets = PacketPile.from_bytes(bytes(OFFICE.extract_certificate()))
    first_subkey = next(at for at, each in enumerate(packets) if str(each.tag) == "Tag.PublicSubkey")
    return bytes(pysequoia.Cert.from_packets(list(packets)[:first_subkey]))


@pytest.mark.parametrize(
    ("certificates", "says"),
    [
        (b"", "holds no OpenPGP certificate"),
        (b"-----BEGIN PGP PUBLIC KEY BLOCK-----", "holds no OpenPGP certificate"),
        (certificate(OFFICE)[:200], "holds no OpenPGP certificate"),
        (bytes(OFFICE), "holds a secret key"),
        (certificate(OFFICE) + str(OTHER).encode(), "holds a secret key"),
        (revoked(), "its owner has revoked"),
        (only_signing(), "only signs"),
    ],
)
def test_a_certificate_that_cannot_be_used_is_refused_in_a_sentence(certificates, says):
    with pytest.raises(ValueError, match=says) as refused:
        openpgp_seal(certificates)

    assert "\n" not in str(refused.value)


def test_the_first_certificate_to_run_out_is_the_one_that_counts():
    soon, later = secret(validity_seconds=86_400), secret(validity_seconds=864_000)

    seal = openpgp_seal(certificate(later) + certificate(soon) + certificate(OFFICE))

    assert seal.expires_at == soon.extract_certificate().expiration
    assert openpgp_seal(certificate(OFFICE)).expires_at is None


# What travels --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seal", "kind", "suffix", "opened"),
    [
        (age_seal([str(ANN.to_public())]), "age", ".age", lambda sealed: pyrage.decrypt(sealed, [ANN])),
        (
            openpgp_seal(certificate(OFFICE)),
            "openpgp",
            ".pgp",
            lambda sealed: pysequoia.decrypt(sealed, decryptor=OFFICE.decryptor()).bytes,
        ),
    ],
    ids=["age", "openpgp"],
)
def test_a_sealed_feed_has_a_readable_manifest_that_speaks_of_the_file_as_sent(seal, kind, suffix, opened):
    head = header()
    rows = revise({}, a_day(), head.profile)[0]
    plain, feed = compose_feed(head, rows), compose_feed(head, rows, seal)

    (name, sealed), (manifest_name, manifest) = files_of(draft(content_type=feed.content_type, payload=feed.payload))

    assert (name, feed.file_name) == (plain.file_name + suffix,) * 2
    assert manifest_name == plain.file_name.replace(".csv", ".json")
    assert opened(sealed) == plain.csv == feed.csv
    assert msgspec.json.decode(manifest) == plain.manifest | {
        "feed": name,
        "bytes": len(sealed),
        "sha256": hashlib.sha256(sealed).hexdigest(),
        "encryption": kind,
        "plain_sha256": hashlib.sha256(plain.csv).hexdigest(),
    }
    schema = msgspec.json.decode((ROOT / "docs/formats/attendance-daily-1.0.manifest.schema.json").read_bytes())
    jsonschema.validate(feed.manifest, schema)


@pytest.mark.parametrize(
    ("seal", "ending"),
    [(age_seal([str(ANN.to_public())]), ".json.age"), (openpgp_seal(certificate(OFFICE)), ".json.pgp")],
)
def test_a_sealed_notice_is_a_file_that_says_how_it_is_sealed(seal, ending):
    message = draft(content_type=seal.sealed_type(CLOUD_EVENT), payload=seal.close(b"{}"))

    assert files_of(message) == [(f"{message.id}{ending}", message.payload)]
    assert plain_type(message.content_type) == (CLOUD_EVENT, seal.kind)
    assert plain_type(CLOUD_EVENT) == (CLOUD_EVENT, "")
