"""Which addresses are of the open internet, and which others somebody let in.

Limits: what this machine serves on a public address of its own counts as open, and so does an address that a
translator of the network maps to an inner one unless its last four bytes show it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

from vtai.core.errors import SettingsError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# The registry of the standard library differs between versions of Python, and counts some of these as global.
_CLOSED_4: Final = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carriers; also a cloud's metadata (100.100.100.200)
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a cloud's metadata on a public address
        "169.254.0.0/16",  # link-local; also the metadata of most clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocols; also a cloud's metadata (192.0.0.192)
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
# All else is loopback, private, link-local, multicast, an IPv4 address in disguise, or not given out.
_OPEN_6: Final = IPv6Network("2000::/3")
_CLOSED_6: Final = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # Teredo, benchmarks, hashes
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which holds an IPv4 address
        "3fff::/20",  # documentation
    )
)
# The third quarter of an address whose last one is an IPv4 address: a translator's, and ISATAP's two.
_BEFORE_IPV4: Final = frozenset({0x0000_0000, 0x0000_5EFE, 0x0200_5EFE})
_INSIDE_NAMES: Final = (
    ".localhost",
    ".local",
    ".localdomain",
    ".internal",
    ".intranet",
    ".private",
    ".corp",
    ".home",
    ".home.arpa",
    ".lan",
    ".onion",
    ".test",
    ".invalid",
)
_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME: Final = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*\Z")
_NUMBER: Final = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\Z")
_WITH_PORT: Final = re.compile(r"(?:\[([^\[\]]+)\]|([^:\[\]]+)):([0-9]{1,5})\Z")

_FIRST_FREE_PORT: Final = 1024
_LAST_PORT: Final = 65_535
_WEB_PORTS: Final = frozenset({80, 443})
# Services that are not the web: the ones that browsers refuse too, and stores of data.
_OTHER_SERVICES: Final = frozenset({
    1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679,
    6697, 10080, 1433, 1521, 3306, 3389, 5432, 5900, 6379, 9042, 11211, 27017,
})  # fmt: skip


def is_open(address: Address) -> bool:
    """Whether the address is one of the open internet."""
    if not address.is_global or address.is_multicast:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _CLOSED_4)
    if address.scope_id is not None or address not in _OPEN_6:
        return False
    return not any(address in network for network in _CLOSED_6) and not _holds_an_inner_one(address)


def is_web_port(port: int) -> bool:
    """Whether pages are served there: 80, 443, and what is free for all and not known for another service."""
    return port in _WEB_PORTS or (_FIRST_FREE_PORT <= port <= _LAST_PORT and port not in _OTHER_SERVICES)


def is_inner_name(name: str) -> bool:
    """Whether a host name has no meaning on the open internet, whatever it resolves to here."""
    return "." not in name or name.endswith(_INSIDE_NAMES)


def is_host_name(name: str) -> bool:
    """Whether it is a well-formed name, in lower case and ASCII, that nobody could read as a number."""
    return _NAME.match(name) is not None and not is_number(name)


def is_number(host: str) -> bool:
    """Whether some reader of addresses takes the host for IPv4, in whatever spelling."""
    return _NUMBER.match(host) is not None


@dataclass(frozen=True, slots=True)
class Allowed:
    """What may be reached beside the open internet. A port of None stands for every port of the web.

    A network lets in addresses, however they were found; a name lets in whatever it resolves to.
    """

    networks: frozenset[tuple[Network, int | None]] = frozenset()
    names: frozenset[tuple[str, int | None]] = frozenset()

    @staticmethod
    def of(entries: Iterable[str]) -> Allowed:
        """From `10.1.0.0/16`, `127.0.0.1:8080`, `[::1]:8080`, `files.lan`. Raises SettingsError."""
        read = [_entry(entry) for entry in entries]
        return Allowed(
            frozenset((what, port) for what, port in read if not isinstance(what, str)),
            frozenset((what, port) for what, port in read if isinstance(what, str)),
        )

    def knows(self, host: str, port: int) -> bool:
        """Whether the name was let in by itself."""
        return (host, port) in self.names or (is_web_port(port) and (host, None) in self.names)

    def lets_in(self, host: str, address: Address, port: int) -> bool:
        """Whether this address, found for this host, may be connected to on this port."""
        if self.knows(host, port) or (is_web_port(port) and is_open(address)):
            return True
        return any(
            address in network and (port == its_port or (its_port is None and is_web_port(port)))
            for network, its_port in self.networks
        )

    def lets_port_in(self, port: int) -> bool:
        """Whether anything at all may be connected to on this port."""
        return is_web_port(port) or any(port == its for _, its in (*self.networks, *self.names))


def _holds_an_inner_one(address: IPv6Address) -> bool:
    """Whether the address ends in an IPv4 address of a private network, as translators write it."""
    third, last = int(address) >> 32 & 0xFFFF_FFFF, int(address) & 0xFFFF_FFFF
    # Small numbers at the end are how people number their servers.
    return third in _BEFORE_IPV4 and last >= 1 << 24 and not is_open(IPv4Address(last))


def _entry(entry: str) -> tuple[Network | str, int | None]:
    text, port = entry.strip().lower(), None
    if found := _WITH_PORT.match(text):
        text, port = found[1] or found[2], int(found[3])
    text = text.removeprefix("[").removesuffix("]").removesuffix(".")
    if port is None or 0 < port <= _LAST_PORT:
        try:
            return ip_network(text), port
        except ValueError:
            if is_host_name(text):
                return text, port
    raise SettingsError(
        f"{entry!r} is no network, address or host name that the fetcher could let in.",
        "Write it as 10.1.0.0/16, 192.168.1.7, [::1] or files.lan, with a port where only that one is meant: "
        "127.0.0.1:8080.",
    )


def read_address(text: str) -> Address | None:
    """The address that stands there in its usual spelling."""
    try:
        return ip_address(text)
    except ValueError:
        return None
