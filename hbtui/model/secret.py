"""A secret that does not show itself."""

from dataclasses import dataclass
from typing import NoReturn

__all__ = ["Credentials", "Secret"]


class Secret:
    """Holds a text that no ``repr``, ``str``, format, pickle, copy or traceback may show."""

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    def reveal(self) -> str:
        """The text itself: for the signer only."""
        return self.__text

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __reduce__(self) -> NoReturn:
        message = "a secret is not copied or stored"
        raise TypeError(message)

    def __bool__(self) -> bool:
        return bool(self.__text)


@dataclass(frozen=True, slots=True)
class Credentials:
    """An API key pair; even the access key shows only its last four characters."""

    access_key: Secret
    secret_key: Secret

    @property
    def tail(self) -> str:
        """The last four characters of the access key, for a screen."""
        return self.access_key.reveal()[-4:]
