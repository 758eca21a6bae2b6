"""An address is read in one way or refused; no spelling hides where it leads."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vtai.core.errors import BadAddress
from vtai.providers.fetching.addresses import is_open
from vtai.providers.fetching.urls import onward, read

WIDE_127 = "\uff11\uff12\uff17.0.0.1"


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        pytest.param("https://example.org", "https://example.org/", id="no path"),
        pytest.param("http://example.org:80/a", "http://example.org/a", id="its usual port"),
        pytest.param("http://example.org:443/a", "http://example.org:443/a", id="another port"),
        pytest.param("http://example.org:/a", "http://example.org/a", id="an empty port"),
        pytest.param("HTTPS://EXAMPLE.ORG/A", "https://example.org/A", id="capitals"),
        pytest.param("https://example.org./a", "https://example.org/a", id="a dot at the end"),
        pytest.param(" https://example.org/a\n", "https://example.org/a", id="space around it"),
        pytest.param("https://example.org?q=1", "https://example.org/?q=1", id="query without a path"),
        pytest.param("https://example.org/a?q=1#top", "https://example.org/a?q=1", id="fragment"),
        pytest.param("https://example.org/a b|c\\d", "https://example.org/a%20b%7Cc%5Cd", id="odd signs"),
        pytest.param("https://example.org/%41%2f", "https://example.org/%41%2f", id="encoded signs"),
        pytest.param("https://example.org/Grüße", "https://example.org/Gr%C3%BC%C3%9Fe", id="other letters"),
        pytest.param(
            "https://bücher.example/", "https://xn--bcher-kva.example/", id="a name of other letters"
        ),
        pytest.param("https://example\u3002org/", "https://example.org/", id="an ideographic dot"),
        pytest.param("https://a_b.example.org/", "https://a_b.example.org/", id="an underscore"),
        pytest.param("https://1.1.1.1/", "https://1.1.1.1/", id="IPv4"),
        pytest.param("https://1.1.1.1./", "https://1.1.1.1/", id="IPv4 and a dot at the end"),
        pytest.param("https://[2606:4700:0:0::1]:8443/", "https://[2606:4700::1]:8443/", id="IPv6"),
        pytest.param("https://example.org/@b", "https://example.org/@b", id="a sign in the path"),
    ],
)
def test_a_plain_address_is_read(url: str, meant: str) -> None:
    assert read(url).url == meant


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("", id="nothing"),
        pytest.param("example.org", id="no scheme"),
        pytest.param("//example.org/", id="no scheme but slashes"),
        pytest.param("https:example.org", id="no slashes"),
        pytest.param("https:/example.org", id="one slash"),
        pytest.param("https:///example.org", id="three slashes"),
        pytest.param("https://", id="no host"),
        pytest.param("https://?q", id="no host but a query"),
        pytest.param("https://.", id="a dot for a host"),
        pytest.param("https://:80/", id="a port without a host"),
        *(
            pytest.param(f"{scheme}://example.org/", id=scheme)
            for scheme in ("ftp", "file", "gopher", "data", "ws", "dict", "unix", "http+unix", "http\u017f")
        ),
        pytest.param("file:///etc/passwd", id="a file"),
        pytest.param("data:text/plain,x", id="data"),
        pytest.param("https://me@example.org/", id="user"),
        pytest.param("https://me:secret@example.org/", id="user and password"),
        pytest.param("https://example.org@127.0.0.1/", id="a host for a user"),
        pytest.param("https://@127.0.0.1/", id="an empty user"),
        pytest.param("https://example.org\\@127.0.0.1/", id="backslash and user"),
        pytest.param("https://127.0.0.1\\.example.org/", id="backslash"),
        pytest.param("https://127.0.0.1%2f.example.org/", id="percent and slash"),
        pytest.param("https://%31%32%37.0.0.1/", id="percent and digits"),
        pytest.param("https://127.0.0.1%00.example.org/", id="percent and zero"),
        pytest.param("https://127.0.0.1 .example.org/", id="space"),
        pytest.param("https://127.0.0.1\t.example.org/", id="tab"),
        pytest.param("https://example.org/\r\nHost: inner", id="line end"),
        pytest.param("https://exam\x00ple.org/", id="zero"),
        pytest.param("https://example..org/", id="two dots"),
        pytest.param("https://example.org../", id="two dots at the end"),
        pytest.param(f"https://{'a' * 64}.org/", id="a long label"),
        pytest.param(f"https://{'a.' * 130}org/", id="a long name"),
        pytest.param(f"https://example.org/{'a' * 8_000}", id="a long path"),
        pytest.param("https://example.org:0/", id="port 0"),
        pytest.param("https://example.org:65536/", id="a port too many"),
        pytest.param("https://example.org:8080:80/", id="two ports"),
        pytest.param("https://example.org:+80/", id="a signed port"),
        pytest.param("https://example.org:\u0668\u0660/", id="a port of other digits"),
        pytest.param("https://example.org/\ud800", id="half a letter"),
    ],
)
def test_what_is_no_plain_address_is_refused(url: str) -> None:
    with pytest.raises(BadAddress):
        read(url)


def test_why_an_address_is_refused_is_said() -> None:
    for url, words in (
        ("ftp://example.org/", "begin with http:// or https://"),
        ("https://me:secret@example.org/", "hold a name or password"),
        (f"https://example.org/{'a' * 8_000}", "too long"),
        ("example", "not a web address"),
    ):
        with pytest.raises(BadAddress, match=words) as refused:
            read(url)
        assert "secret" not in refused.value.message


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("2130706433", id="decimal"),
        pytest.param("017700000001", id="octal"),
        pytest.param("0x7f000001", id="hexadecimal"),
        pytest.param("0X7F000001", id="hexadecimal capitals"),
        pytest.param("0x7f.0.0.1", id="one part in hexadecimal"),
        pytest.param("0177.0.0.1", id="one part in octal"),
        pytest.param("127.0.0.01", id="a zero in front"),
        pytest.param("127.0.1", id="three parts"),
        pytest.param("127.1", id="two parts"),
        pytest.param("127.0x1", id="two parts, mixed"),
        pytest.param("127.0.0.0x", id="an empty hexadecimal"),
        pytest.param("0", id="zero"),
        pytest.param("256.0.0.1", id="too large a part"),
        pytest.param("4294967297", id="too large a number"),
        pytest.param("1.2.3.4.5", id="five parts"),
        pytest.param("example.123", id="a number at the end"),
        pytest.param("127.0.0.1..", id="two dots at the end"),
        pytest.param(WIDE_127, id="full-width digits"),
        pytest.param("127\u30020\u30020\u30021", id="ideographic dots"),
        pytest.param("127\uff0e0.0.1", id="a full-width dot"),
        pytest.param("\u2460\u2461\u2466.0.0.1", id="digits in circles"),
        pytest.param("\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3", id="letters in circles"),
        pytest.param("\u0661\u0662\u0667.0.0.1", id="Arabic digits"),
        pytest.param("local\u00adhost.example", id="a soft hyphen"),
        pytest.param("local\u200bhost.example", id="a space of no width"),
        pytest.param("[::1", id="an open bracket"),
        pytest.param("::1", id="no brackets"),
        pytest.param("[127.0.0.1]", id="IPv4 in brackets"),
        pytest.param("[fe80::1%25eth0]", id="a zone"),
        pytest.param("[fe80::1%eth0]", id="a zone, not encoded"),
        pytest.param("[v1.fe80::a]", id="an address of the future"),
        pytest.param("[::1].example.org", id="brackets and a name"),
        pytest.param("[]", id="empty brackets"),
    ],
)
def test_an_odd_spelling_of_a_host_is_refused(host: str) -> None:
    with pytest.raises(BadAddress, match=r"odd host|not a web address"):
        read(f"http://{host}/")


def number() -> st.SearchStrategy[str]:
    values = st.integers(0, 2**32 - 1) | st.sampled_from([0, 1, 10, 127, 168, 169, 192, 254, 2130706433])
    spelled = [
        str,
        hex,
        lambda n: f"0{n:o}",
        lambda n: f"0X{n:X}",
        lambda n: f"0x{n:08x}",
        lambda n: f"{n:03}",
    ]
    return st.builds(lambda n, spell: spell(n), values, st.sampled_from(spelled))


@given(st.lists(number(), min_size=1, max_size=5).map(".".join), st.sampled_from(["", ".", ":80", "/x"]))
@example("127.0.0.1", "")
@example("0x7f.1", ".")
def test_what_the_system_takes_for_ipv4_is_read_alike_or_refused(host: str, after: str) -> None:
    try:
        place = read(f"http://{host}{after}")
    except BadAddress:
        return
    assert place.address == IPv4Address(socket.inet_aton(host))


@given(st.ip_addresses(), st.booleans())
def test_a_plain_ip_address_is_known_for_one(address: IPv4Address | IPv6Address, is_mapped: bool) -> None:
    host = str(address) if isinstance(address, IPv4Address) else f"[{address}]"
    if is_mapped and isinstance(address, IPv4Address):
        host = f"[::ffff:{address}]"
    place = read(f"http://{host}:8080/")
    assert place.address is not None
    assert place.address == address or not is_open(place.address)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    for url in (text, f"http://{text}", f"http://example.org/{text}", f"http://example.org:{text}"):
        try:
            place = read(url)
        except BadAddress:
            continue
        assert place.url.isascii()
        assert read(place.url) == place


@pytest.mark.parametrize(
    ("location", "url"),
    [
        pytest.param("/b", "https://example.org/b", id="path"),
        pytest.param("b?c", "https://example.org/a/b?c", id="relative"),
        pytest.param("../b", "https://example.org/b", id="up"),
        pytest.param("?q", "https://example.org/a/x?q", id="query"),
        pytest.param("//other.example/b", "https://other.example/b", id="another host"),
        pytest.param("https://other.example:8443/#top", "https://other.example:8443/", id="all of it"),
    ],
)
def test_a_step_leads_on_from_where_it_stands(location: str, url: str) -> None:
    assert onward(read("https://example.org/a/x"), location).url == url


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "ftp://example.org/", "https://me@example.org/", "http://[::1", "https://2130706433/",
     "javascript:alert(1)", "https://example.org\\@127.0.0.1/", "http://example.org/"],
)  # fmt: skip
def test_a_step_to_what_is_refused_is_refused(location: str) -> None:
    with pytest.raises(BadAddress):
        onward(read("https://example.org/a/x"), location)
