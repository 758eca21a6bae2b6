"""Only addresses of the open internet are open, and only what was let in is let in."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtai.core.errors import SettingsError
from vtai.providers.fetching.addresses import Allowed, is_host_name, is_inner_name, is_open, is_web_port

OPEN = ("1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "2001:4860:4860::8888",
        "2606:4700::6810:84e5", "2a00:1450:4001:80b::200e")  # fmt: skip
CLOSED = {
    "unspecified": "0.0.0.0",
    "this network": "0.1.2.3",
    "loopback": "127.0.0.1",
    "all of loopback": "127.255.255.254",
    "private 10": "10.0.0.1",
    "private 172": "172.31.255.255",
    "private 192": "192.168.1.1",
    "carriers": "100.64.0.1",
    "metadata in the range of carriers": "100.100.100.200",
    "link-local": "169.254.1.1",
    "metadata": "169.254.169.254",
    "metadata on a public address": "168.63.129.16",
    "metadata among protocols": "192.0.0.192",
    "an exception among protocols": "192.0.0.9",
    "documentation": "192.0.2.1",
    "documentation 2": "198.51.100.1",
    "documentation 3": "203.0.113.1",
    "benchmarks": "198.18.0.1",
    "relays of 6to4": "192.88.99.1",
    "multicast": "224.0.0.1",
    "multicast of the world": "233.252.0.1",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "IPv6 unspecified": "::",
    "IPv6 loopback": "::1",
    "IPv6 private": "fd00::1",
    "IPv6 metadata": "fd00:ec2::254",
    "IPv6 metadata elsewhere": "fd20:ce::254",
    "IPv6 link-local": "fe80::1",
    "IPv6 link-local with a zone": "fe80::1%1",
    "an open address with a zone": "2606:4700:4700::1111%1",
    "IPv6 site-local": "fec0::1",
    "IPv6 multicast": "ff02::1",
    "IPv6 multicast of the world": "ff0e::1",
    "IPv6 documentation": "2001:db8::1",
    "IPv6 documentation 2": "3fff::1",
    "IPv6 discard": "100::1",
    "IPv6 segment routing": "5f00::1",
    "mapped, in hexadecimal": "::ffff:7f00:1",
    "mapped, dotted": "::ffff:127.0.0.1",
    "mapped from an open one": "::ffff:1.1.1.1",
    "translated": "::ffff:0:127.0.0.1",
    "compatible": "::127.0.0.1",
    "6to4 of loopback": "2002:7f00:1::",
    "6to4 of an open one": "2002:101:101::1",
    "Teredo": "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "NAT64 of loopback": "64:ff9b::7f00:1",
    "NAT64 of an open one": "64:ff9b::101:101",
    "NAT64 of the network": "64:ff9b:1::1",
    "NAT64 with a prefix of its own": "2607:f8b0::a9fe:a9fe",
    "ISATAP of a private one": "2607:f8b0::5efe:10.0.0.1",
    "ISATAP, marked as global": "2607:f8b0::200:5efe:c0a8:101",
    "hashes": "2001:20::1",
}


@pytest.mark.parametrize("text", OPEN)
def test_addresses_of_the_open_internet_are_open(text: str) -> None:
    assert is_open(ip_address(text))


@pytest.mark.parametrize("text", CLOSED.values(), ids=CLOSED.keys())
def test_all_other_addresses_are_closed(text: str) -> None:
    assert not is_open(ip_address(text))


@given(st.ip_addresses(v=4))
def test_no_disguise_of_an_ipv4_address_is_open(address: IPv4Address) -> None:
    number = int(address)
    for prefix in ("::", "::ffff:0:0", "::ffff:0:0:0", "64:ff9b::"):
        assert not is_open(IPv6Address(int(IPv6Address(prefix)) + number))
    assert not is_open(IPv6Address((0x2002 << 112) + (number << 80) + 1))


@given(st.ip_addresses(v=6))
def test_no_ipv6_address_is_open_that_the_standard_library_holds_for_private(address: IPv6Address) -> None:
    assert not (is_open(address) and (address.is_private or address.is_reserved or address.is_multicast))


@pytest.mark.parametrize(
    ("port", "is_taken"),
    [
        (80, True), (443, True), (8080, True), (8443, True), (65_535, True),
        (0, False), (22, False), (25, False), (445, False), (1023, False), (3306, False), (6379, False),
        (6667, False), (27_017, False), (65_536, False),
    ],
)  # fmt: skip
def test_ports_of_the_web_are_told_from_those_of_other_services(port: int, is_taken: bool) -> None:
    assert is_web_port(port) is is_taken


@pytest.mark.parametrize(
    ("name", "is_inner"),
    [
        ("localhost", True), ("router", True), ("a.localhost", True), ("printer.local", True),
        ("metadata.google.internal", True), ("nas.home.arpa", True), ("x.onion", True),
        ("example.org", False), ("local.example.org", False), ("notlocal.example", False),
    ],
)  # fmt: skip
def test_names_without_a_meaning_outside_are_known(name: str, is_inner: bool) -> None:
    assert is_inner_name(name) is is_inner


@pytest.mark.parametrize(
    "name",
    ["", ".", "a..b", "-a.org", "a-.org", "a b.org", "a%2e.org", "1", "0x7f.1", "a.0x", "é.org", "a." * 130],
)
def test_what_is_no_host_name_is_not_taken_for_one(name: str) -> None:
    assert not is_host_name(name)


LOOPBACK = ip_address("127.0.0.1")


@pytest.mark.parametrize(
    ("entry", "host", "address", "port", "is_let_in"),
    [
        pytest.param("127.0.0.1:8080", "127.0.0.1", "127.0.0.1", 8080, True, id="address and port"),
        pytest.param("127.0.0.1:8080", "127.0.0.1", "127.0.0.1", 8081, False, id="another port"),
        pytest.param("127.0.0.1:8080", "127.0.0.2", "127.0.0.2", 8080, False, id="another address"),
        pytest.param("127.0.0.1:22", "127.0.0.1", "127.0.0.1", 22, True, id="a port that is named"),
        pytest.param("127.0.0.1", "127.0.0.1", "127.0.0.1", 22, False, id="a port that is not named"),
        pytest.param("10.1.0.0/16", "files.corp", "10.1.2.3", 443, True, id="network"),
        pytest.param("10.1.0.0/16", "files.corp", "10.2.0.1", 443, False, id="another network"),
        pytest.param("10.1.0.0/16:8080", "files.corp", "10.1.2.3", 443, False, id="network and port"),
        pytest.param("127.0.0.0/8", "::ffff:7f00:1", "::ffff:7f00:1", 80, False, id="another spelling"),
        pytest.param("::1", "::1", "::1", 80, True, id="IPv6"),
        pytest.param("[::1]:8080", "::1", "::1", 8080, True, id="IPv6 and port"),
        pytest.param("Files.LAN", "files.lan", "192.168.1.7", 80, True, id="name"),
        pytest.param("files.lan", "other.lan", "192.168.1.7", 80, False, id="another name"),
        pytest.param("files.lan:8080", "files.lan", "192.168.1.7", 80, False, id="name and another port"),
        pytest.param("files.lan:8080", "files.lan", "192.168.1.7", 8080, True, id="name and port"),
    ],
)
def test_only_what_was_let_in_is_let_in(
    entry: str, host: str, address: str, port: int, is_let_in: bool
) -> None:
    assert Allowed.of([entry]).lets_in(host, ip_address(address), port) is is_let_in


@pytest.mark.parametrize(
    "entry",
    ["", "127.0.0.1/8", "2130706433", "0x7f000001", "http://127.0.0.1", "a b", "files.lan:0",
     "files.lan:70000", "*.lan", "[fd00::]/8"],
)  # fmt: skip
def test_an_entry_that_makes_no_sense_is_refused_with_one_that_does(entry: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Allowed.of([entry])
    assert "127.0.0.1:8080" in refused.value.hint


def test_nothing_is_let_in_by_itself() -> None:
    assert not Allowed().lets_in("localhost", LOOPBACK, 80)
    assert not Allowed().lets_port_in(22)
    assert Allowed.of(["127.0.0.1:22"]).lets_port_in(22)
