"""Keys as people hand them over: read in every form, and never quoted."""

import subprocess

import pytest

from tests.outbox.openssh import new_key
from wire import ssh


def test_a_private_key_with_the_wrong_passphrase_is_refused_and_not_quoted(tmp_path):
    text = new_key(tmp_path / "mine", passphrase="open").read_text()

    for passphrase in ("", "shut"):
        with pytest.raises(ValueError, match="the private key is no OpenSSH key") as refused:
            ssh.private_key(text, passphrase)
        assert text.splitlines()[1] not in str(refused.value)


@pytest.mark.parametrize("form", ["RFC4716", "PEM", "PKCS8"])
def test_a_private_key_is_read_in_every_form_openssh_writes_with_whatever_number_in_it(tmp_path, form):
    key = new_key(tmp_path / "mine", "ecdsa")
    subprocess.run(["ssh-keygen", "-q", "-p", "-N", "", "-m", form, "-f", key], check=True, stdin=subprocess.DEVNULL)

    public = ssh.private_key(key.read_text(), "").get_base64()

    assert public == key.with_suffix(".pub").read_text().split()[1]


@pytest.mark.parametrize(
    ("text", "fingerprint", "types"),
    [
        ("SHA256:" + "A" * 43, "SHA256:" + "A" * 43, ()),
        ("SHA256:" + "A" * 43 + "=", "SHA256:" + "A" * 43, ()),
        (
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFZ+1hDLkL3vhDrk6nfVSvsuSZ7PWeJ4FVYB8uTYYxCP",
            "SHA256:TZM0nF8xNRuUx9btCHbQ5kfCU8NbXIDkhsjczFslpoU",
            ("ssh-ed25519",),
        ),
    ],
)
def test_a_host_key_is_pinned_by_its_fingerprint(text, fingerprint, types):
    assert ssh.HostKey.parse(text) == ssh.HostKey(fingerprint, types)
