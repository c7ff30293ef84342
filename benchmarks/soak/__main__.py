"""``python -m benchmarks.soak [--messages N] [--kills N] [--seed N]``: run the soak and say whether it held."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import machine
from benchmarks.soak.expected import Soak
from benchmarks.soak.running import soaked


def main() -> None:
    """Print what happened; exit 1 when a promise was broken."""
    asked = _parser().parse_args()
    soak = Soak(messages=asked.messages, kills=asked.kills, seed=asked.seed)
    print("\n".join(machine.lines()))
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        found = soaked(Path(folder), soak)
    print(f"{soak.messages:,} messages, {soak.keys} ordering keys, {soak.destinations} destinations, seed {soak.seed}")
    print(f"{found.kills} SIGKILLs, {found.lapses} lapses, {len(found.ledger):,} requests, {found.repeats:,} repeats")
    print("answers: " + ", ".join(f"{answer} {count:,}" for answer, count in sorted(found.answers.items())))
    print(f"{time.monotonic() - begin:.0f} s in all")
    for sentence in found.broken[:20]:
        print(f"broken: {sentence}")
    print(f"{len(found.broken)} promises broken" if found.broken else "every promise was kept")
    sys.exit(bool(found.broken))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    for name, usual in (("messages", Soak().messages), ("kills", Soak().kills), ("seed", Soak().seed)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    return parser


if __name__ == "__main__":
    main()
