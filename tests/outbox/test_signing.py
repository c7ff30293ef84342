from datetime import UTC, datetime

import pytest

from outbox.channels.signing import signed_content, signer

SHARED = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
OWN = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="


@pytest.mark.parametrize(
    ("secret", "message_id", "stamp", "body", "signature"),
    [
        pytest.param(
            SHARED,
            "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
            1649367553,
            b'{"email":"test@example.com","username":"test_user"}',
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
            id="the vector of the reference libraries",
        ),
        pytest.param(
            OWN,
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1614265330,
            b'{"test": 2432232314}',
            "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==",
            id="the vector of the asymmetric scheme",
        ),
    ],
)
def test_the_published_vectors_come_out(secret, message_id, stamp, body, signature):
    assert signer(secret)(signed_content(message_id, datetime.fromtimestamp(stamp, UTC), body)) == signature


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_####", "whsec_c2hvcnQ=", "whsk_", OWN[:-4], OWN[:60]])
def test_what_is_no_secret_is_refused_and_not_quoted(secret):
    with pytest.raises(ValueError, match="secret is not whsec_ and 24 to 64 bytes, or whsk_") as wrong:
        signer(secret)

    assert OWN[5:20] not in str(wrong.value)
