"""The base of every platform's settings: unknown keys are an error, and no secret shows when they are printed."""

from collections.abc import Iterator
from typing import Any

import msgspec

SECRET = frozenset({"password", "token", "private_key", "passphrase"})


class PlatformSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One school's settings for its platform, as ``relay.toml`` gives them with secrets filled in."""

    def __repr__(self) -> str:
        """As usual, with three dots for each secret, so that none reaches a log or a traceback."""
        return f"{type(self).__name__}({', '.join(f'{name}={value}' for name, value in self._shown())})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """The same for Rich, which would otherwise ask msgspec."""
        return list(self._shown())

    def _shown(self) -> Iterator[tuple[str, str]]:
        return ((name, "..." if name in SECRET else repr(getattr(self, name))) for name in self.__struct_fields__)
