"""What a destination with encryption gets, and what check says of keys that cannot be used."""

import hashlib
import json
from datetime import UTC, datetime

import pyrage
import pysequoia
import pytest

from app.checking import check
from app.feeding import publish
from config.problems import ConfigErrors

OFFICE = pyrage.x25519.Identity.generate()
AGE = f'kind = "age"\nrecipients = ["{OFFICE.to_public()}"]'
OPENPGP = 'kind = "openpgp"\ncertificate_file = "warwickshire.asc"'


@pytest.fixture
def sealed(build):
    def make(encryption, destination="warwickshire"):
        stand = build(pupils={"p1": {"la_code": "937"}})
        before = f'id           = "{destination}"'
        stand.toml = stand.toml.replace("  [destination.settings]", "  [destination.none]", 0)
        head, tail = stand.toml.split(before)
        stand.toml = (
            head
            + before
            + tail.replace(
                "  [destination.settings]", f"  [destination.encryption]\n{encryption}\n\n  [destination.settings]", 1
            )
        )
        return stand

    return make


def certificate(stand, **given):
    key = pysequoia.Tsk.generate(user_id="Attendance", **given)
    stand.operator.mkdir(exist_ok=True)
    (stand.operator / "warwickshire.asc").write_text(str(key.extract_certificate()))
    return key


def left(stand, ending):
    (path,) = (stand.folder / "warwickshire").glob(f"*{ending}")
    return path


def test_a_feed_leaves_sealed_and_its_manifest_can_be_read(sealed):
    stand = sealed(AGE)
    stand.drop("Mon 2026-11-02", p1="N/")
    stand.pulled("Mon 2026-11-02 09:30")
    publish(stand.at("Mon 2026-11-02 09:45").relay)

    stand.deliver()

    file, manifest = left(stand, ".csv.age"), json.loads(left(stand, "_r1.json").read_bytes())
    opened = pyrage.decrypt(file.read_bytes(), [OFFICE])
    assert opened.startswith(b"schema_version,")
    assert (manifest["feed"], manifest["encryption"]) == (file.name, "age")
    assert manifest["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert manifest["plain_sha256"] == hashlib.sha256(opened).hexdigest()


def test_a_notice_that_leaves_as_a_file_is_sealed_as_a_whole(sealed):
    stand = sealed(OPENPGP)
    key = certificate(stand)
    stand.live("Mon 2026-11-02", p1="NN*10")

    stand.deliver()

    notices = [
        each for each in stand.messages("notice.") if each.destination == "warwickshire" and each.state == "delivered"
    ]
    files = sorted((stand.folder / "warwickshire").glob("*.json.pgp"))
    assert sorted(each.id for each in notices) == [path.name.removesuffix(".json.pgp") for path in files] != []
    opened = pysequoia.decrypt(files[0].read_bytes(), decryptor=key.decryptor())
    assert json.loads(opened.bytes)["specversion"] == "1.0"


def test_every_attempt_sends_the_same_bytes(sealed):
    stand = sealed(AGE)
    stand.live("Mon 2026-11-02", p1="NN*10")
    (stand.folder / "warwickshire").chmod(0o755)
    stored = {
        each.id: each.payload
        for each in stand.messages("notice.")
        if each.destination == "warwickshire" and each.state == "pending"
    }
    assert stored

    stand.deliver()

    for name, payload in stored.items():
        assert (stand.folder / "warwickshire" / f"{name}.json.age").read_bytes() == payload


@pytest.mark.parametrize(
    ("encryption", "destination", "said"),
    [
        (
            'kind = "age"\nrecipients = ["age1nobody"]',
            "warwickshire",
            "relay.toml: destination[2].encryption.recipients: number 1 is not an age public key",
        ),
        (
            OPENPGP,
            "warwickshire",
            "relay.toml: destination[2].encryption.certificate_file: cannot be read: No such file",
        ),
        (
            AGE,
            "mail",
            "relay.toml: destination[3].encryption: cannot be used with smtp, which carries no files: use folder, sftp",
        ),
        (AGE, "coventry", "relay.toml: destination[1].encryption: cannot be used with https, which carries no files"),
    ],
    ids=["no key", "no file", "mail", "https"],
)
def test_encryption_that_cannot_work_is_refused_with_file_and_key(sealed, encryption, destination, said):
    with pytest.raises(ConfigErrors) as refused:
        _ = sealed(encryption, destination).relay

    assert str(refused.value).startswith(said)


@pytest.mark.parametrize(
    ("on", "lines"),
    [
        (datetime(2026, 11, 2, 9, tzinfo=UTC), []),
        (datetime(2027, 9, 10, 9, tzinfo=UTC), [(None, "expires on 2027-09-20: ask its owner for the new one")]),
        (datetime(2027, 9, 21, 9, tzinfo=UTC), [(False, "expired on 2027-09-20: ask its owner for the new one")]),
    ],
    ids=["in order", "soon", "over"],
)
def test_check_says_that_a_certificate_runs_out(sealed, on, lines):
    stand = sealed(OPENPGP)
    key = certificate(stand)
    ends = datetime(2027, 9, 20, 12, tzinfo=UTC)
    mine = key.extract_certificate().set_expiration(ends, key.certifier())
    (stand.operator / "warwickshire.asc").write_text(str(mine))
    stand.clock.instant = on

    found = [(each.is_ok, each.message) for each in check(stand.relay) if each.subject.endswith(": certificate")]

    assert found == lines
