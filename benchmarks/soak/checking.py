"""Whether the receiver's ledger and the outbox keep the promises in the end: a sentence for each one broken."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from benchmarks.receiver import Request
from benchmarks.soak.expected import Expected


def broken(expected: Mapping[str, Expected], ledger: Sequence[Request], states: Mapping[str, str]) -> list[str]:
    """Return what is wrong, nothing when all is well; ``states`` is how each message stands in the outbox."""
    return [
        *_sent(expected, ledger),
        *_lost(expected, ledger),
        *_out_of_order(expected, ledger),
        *_ended(expected, states),
    ]


def _sent(expected: Mapping[str, Expected], ledger: Sequence[Request]) -> Iterator[str]:
    for request in ledger:
        if (message := expected.get(request.message_id)) is None:
            yield f"{request.message_id} was never enqueued: something was sent under another id"
        elif request.payload_sha256 != message.payload_sha256:
            yield f"{request.message_id} came with other bytes"
        elif request.destination != message.destination:
            yield f"{request.message_id} came to {request.destination}, not to {message.destination}"


def _lost(expected: Mapping[str, Expected], ledger: Sequence[Request]) -> Iterator[str]:
    kept = {request.message_id for request in ledger if request.is_kept}
    for message_id, message in expected.items():
        if message.is_refused == (message_id in kept):
            yield f"{message_id} {'was refused and kept' if message.is_refused else 'never arrived'}"


def _out_of_order(expected: Mapping[str, Expected], ledger: Sequence[Request]) -> Iterator[str]:
    """Within a key every message comes after those before it, and no earlier one comes again after a later one."""
    latest: Counter[int] = Counter()
    for request in ledger:
        if (message := expected.get(request.message_id)) is None:
            continue
        if message.number < latest[message.key]:
            yield f"{request.message_id} (number {message.number}) came after number {latest[message.key]} of its key"
        latest[message.key] = max(latest[message.key], message.number)


def _ended(expected: Mapping[str, Expected], states: Mapping[str, str]) -> Iterator[str]:
    for message_id in states.keys() - expected.keys():
        yield f"{message_id} is in the outbox and was never enqueued"
    for message_id, message in expected.items():
        wanted = "dead" if message.is_refused else "delivered"
        if (state := states.get(message_id, "gone")) != wanted:
            yield f"{message_id} is {state} in the outbox, not {wanted}"
