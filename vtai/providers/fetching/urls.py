"""Reads the addresses of pages strictly: what two readers could take for two hosts is refused.

The request is put together from what was read here, so no second reader gets to see the address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final
from urllib.parse import quote, urljoin

from vtai.core.errors import BadAddress
from vtai.providers.fetching.addresses import Address, is_host_name, is_number

_MAX_LENGTH: Final = 8_000
_LAST_PORT: Final = 65_535
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_URL: Final = re.compile(r"([a-z][a-z0-9+.-]*)://([^/?#]*)([^#]*)", re.IGNORECASE)
_AUTHORITY: Final = re.compile(r"(\[[0-9a-f:.]+\]|[^\[\]:]+)(?::([0-9]{0,5}))?\Z", re.IGNORECASE)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
# Signs that keep their meaning in a path or query; all else is sent percent-encoded.
_KEPT: Final = "/?%:@!$&'()*+,;=-._~[]"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page stands. `host` is lower case, ASCII, without brackets; `address` is set if it is one."""

    scheme: str
    host: str
    port: int
    target: str
    address: Address | None = None

    @property
    def authority(self) -> str:
        """Host and port as a Host header has them."""
        host = f"[{self.host}]" if isinstance(self.address, IPv6Address) else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


def read(url: str) -> Place:
    """The place of an http(s) address. Raises BadAddress for every other and for odd spellings."""
    url = url.strip()
    if len(url) > _MAX_LENGTH:
        raise refused("That address is too long.")
    found = None if _CONTROL.search(url) else _URL.match(url)
    if found is None:
        raise refused("That is not a web address.")
    scheme, authority, target = found[1].lower(), found[2], found[3]
    if scheme not in _DEFAULT_PORTS:
        raise refused("Only addresses that begin with http:// or https:// are fetched.")
    if "@" in authority:
        raise refused("Addresses that hold a name or password are not fetched.")
    parts = _AUTHORITY.match(authority)
    if parts is None:
        raise _odd()
    host, address = _host(parts[1])
    port = int(parts[2]) if parts[2] else _DEFAULT_PORTS[scheme]
    if not 0 < port <= _LAST_PORT:
        raise _odd()
    return Place(scheme, host, port, _target(target), address)


def onward(place: Place, location: str) -> Place:
    """The place that another one sends on to. Raises BadAddress; a step from https to http is refused."""
    try:
        url = urljoin(place.url, location.strip())
    except ValueError as error:
        raise _odd() from error
    place_after = read(url)
    if place.scheme == "https" and place_after.scheme == "http":
        raise refused(f"{place.host} sends on from https to http, where others can change what is sent.")
    return place_after


def refused(message: str) -> BadAddress:
    return BadAddress(message, "Attach the file itself, or give another address.")


def _odd() -> BadAddress:
    return refused("That address has an odd host.")


def _host(raw: str) -> tuple[str, Address | None]:
    if raw.startswith("["):
        try:
            address = IPv6Address(raw[1:-1])
        except AddressValueError as error:
            raise _odd() from error
        return address.compressed, address
    name = (raw if raw.isascii() else _in_ascii(raw)).lower().removesuffix(".")
    if is_number(name):
        return _dotted(name)
    if not is_host_name(name):
        raise _odd()
    return name, None


def _dotted(host: str) -> tuple[str, IPv4Address]:
    """Four decimal numbers. Octal, hexadecimal, short and joined spellings are read in more than one way."""
    try:
        address = IPv4Address(host)
    except AddressValueError as error:
        raise _odd() from error
    return str(address), address


def _in_ascii(name: str) -> str:
    """A name of other letters as the name service knows it; look-alikes of digits are refused."""
    import httpx

    try:
        encoded = httpx.URL(scheme="https", host=name).raw_host.decode("ascii")
    except (httpx.InvalidURL, ValueError) as error:
        raise _odd() from error
    if is_number(encoded):
        raise _odd()
    return encoded


def _target(raw: str) -> str:
    try:
        target = quote(raw, safe=_KEPT)
    except UnicodeEncodeError as error:
        raise _odd() from error
    return target if target.startswith("/") else f"/{target}"
