"""Reaching anything by network or by the sockets of the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.providers.sandbox.cases.case import Outcome, case

if TYPE_CHECKING:
    from tests.providers.sandbox.world import World

_TCP = """
import socket
for host in ("127.0.0.1", "localhost", "0.0.0.0", "::1", "::ffff:127.0.0.1"):
    one = peek("connect " + host, socket.create_connection, (host, W["tcp"]), 3)
    if one is not None:
        escaped("connected to", host, one.recv(20))
        one.close()
# Each system call by itself, past the library.
fd = LIBC.socket(2, 1, 0)
print("socket", fd)
if fd >= 0:
    import struct
    address = struct.pack("=H", 2) + struct.pack("!H4s8x", W["tcp"], bytes([127, 0, 0, 1]))
    if LIBC.connect(fd, address, len(address)) == 0:
        escaped("connected by system call")
# Fast open sends with the first call.
one = peek("socket", socket.socket, socket.AF_INET, socket.SOCK_STREAM)
if one is not None:
    attempt("fast open", one.sendto, b"x", 0x20000000, ("127.0.0.1", W["tcp"]))
"""

_UDP = """
import socket
for family, address in ((socket.AF_INET, ("192.0.2.1", 9)), (socket.AF_INET6, ("2001:db8::1", 9)),
                        (socket.AF_INET, ("127.0.0.1", W["udp"]))):
    one = peek("socket", socket.socket, family, socket.SOCK_DGRAM)
    if one is not None:
        # Connecting a datagram socket sends nothing; it only asks for a route.
        attempt("a route to " + address[0], one.connect, address)
        if not W["bare"]:
            attempt("a datagram", one.sendto, b"x", ("127.0.0.1", W["udp"]))
others = [name for _, name in peek("interfaces", socket.if_nameindex) or () if name != "lo"]
if others:
    escaped("interfaces", others)
for path in ("/proc/net/dev", "/proc/self/net/dev", "/proc/net/route", "/proc/net/tcp", "/proc/net/unix"):
    got = peek(path, lambda: open(path).read())
    names = {line.split(":")[0].strip() for line in (got or "").splitlines()[2:] if path.endswith("dev")}
    if names - {"lo", ""}:
        escaped("interfaces", path)
    if got and path.endswith("unix") and W["unix"] in got:
        escaped("sockets of the host", path)
got = peek("classes", os.listdir, "/sys/class/net") or ()
if set(got) - {"lo"}:
    escaped("interfaces", got)
"""

_LISTEN = """
import socket
for family, address in ((socket.AF_INET, ("127.0.0.1", 0)), (socket.AF_INET, ("0.0.0.0", 0)),
    (socket.AF_INET6, ("::", 0))):
    one = peek("socket", socket.socket, family, socket.SOCK_STREAM)
    if one is not None and peek("bind", lambda: one.bind(address) or True):
        attempt("listening on " + address[0], one.listen)
one = peek("socket", socket.socket, socket.AF_UNIX, socket.SOCK_STREAM)
if one is not None and peek("bind", lambda: one.bind(chr(0) + W["nonce"]) or True):
    attempt("listening on an abstract name", one.listen)
"""

_UNIX = """
import socket
paths = [W["unix"], chr(0) + W["abstract"], "/var/run/docker.sock", "/run/docker.sock",
    "/run/podman/podman.sock",
         "/run/containerd/containerd.sock", "/run/dbus/system_bus_socket", "/tmp/.X11-unix/X0",
         chr(0) + "/tmp/.X11-unix/X0",
         "/run/systemd/journal/socket", "/run/systemd/journal/stdout", "/dev/log", "/run/systemd/private",
         "/run/systemd/notify", "/run/user/0/bus", "/run/user/1000/bus", "/run/snapd.socket",
         "/run/cups/cups.sock"]
for path in paths:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
        one = peek("socket", socket.socket, socket.AF_UNIX, kind)
        if one is not None:
            attempt("reached " + repr(path), one.connect, path)
            one.close()
"""

_FAMILIES = """
import socket
kinds = {"raw": (2, 3, 1), "raw6": (10, 3, 58), "raw ip": (2, 3, 255), "ping": (2, 2, 1), "packet": (17, 3,
    768),
         "packet datagram": (17, 2, 768), "netlink": (16, 3, 0), "netlink audit": (16, 3, 9),
         "netlink uevent": (16, 3, 15),
         "netlink crypto": (16, 3, 21), "vsock": (40, 1, 0), "alg": (38, 5, 0), "bluetooth": (31, 3, 1),
         "tipc": (30, 1, 0),
         "can": (29, 3, 1), "kcm": (41, 2, 0), "xdp": (44, 3, 0), "smc": (43, 1, 0), "qipcrtr": (42, 2, 0),
         "rds": (21, 5, 0), "key": (15, 3, 2), "ax25": (3, 2, 0), "x25": (9, 5, 0), "llc": (26, 1, 0),
         "nfc": (39, 1, 0),
         "phonet": (35, 2, 0), "ieee802154": (36, 2, 0), "caif": (37, 5, 0), "sctp": (2, 1, 132),
         "mptcp": (2, 1, 262),
         "tcp": (2, 1, 0), "udp": (2, 2, 0), "unix": (1, 1, 0), "unix datagram": (1, 2, 0)}
for name, (family, kind, protocol) in kinds.items():
    fd = LIBC.socket(family, kind, protocol)
    if fd >= 0:
        escaped("a socket of kind", name)
        os.close(fd)
    else:
        print("refused", name, ctypes.get_errno())
"""

_URLS = """
import asyncio, http.client, socket, urllib.request
def ask():
    link = http.client.HTTPConnection("127.0.0.1", W["tcp"], timeout=3)
    link.request("GET", "/")
    return link.getresponse().read()
async def stream():
    reader, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", W["tcp"]), 3)
    return await reader.read(10)
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
attempt("urllib", lambda: opener.open(f"http://127.0.0.1:{W['tcp']}/", timeout=3).read())
attempt("file address", lambda: opener.open("file://" + W["secret_file"]).read())
attempt("http", ask)
attempt("asyncio", lambda: asyncio.run(stream()))
if not W["bare"]:
    for name in ("example.com", "metadata.google.internal", "host.docker.internal", socket.gethostname()):
        got = peek(name, socket.getaddrinfo, name, 80) or ()
        useful = {where[4][0] for where in got} - {"127.0.0.1", "::1"}
        if useful:
            escaped(name, "resolves to", useful)
"""

_DATAGRAMS = """
import socket, struct
targets = {"path": W["dgram_unix"], "abstract": chr(0) + W["dgram_abstract"]}
for kind in (socket.SOCK_DGRAM, socket.SOCK_SEQPACKET, socket.SOCK_STREAM):
    pair = peek("pair", socket.socketpair, socket.AF_UNIX, kind)
    if pair is None:
        continue
    for name, target in targets.items():
        attempt("sendto " + name, pair[0].sendto, b"x", target)
        attempt("sendmsg " + name, pair[0].sendmsg, [b"x"], [], 0, target)
        attempt("connect " + name, pair[0].connect, target)
        raw = struct.pack("=H", 1) + target.encode()
        held = ctypes.create_string_buffer(raw, len(raw))
        got = syscall("sendto", pair[1].fileno(), ctypes.c_char_p(b"x"), 1, 0, held, len(raw))
        if got >= 0:
            escaped("sendto by system call", name)
"""


def _nobody_called(world: World, outcomes: list[Outcome]) -> None:
    assert world.ears.connections == 0
    assert world.ears.datagrams == 0


CASES = (
    case("net_01_tcp_loopback", _TCP, check=_nobody_called, control="connected to 127.0.0.1"),
    case("net_02_udp_and_routes", _UDP, check=_nobody_called, control="a route to 127.0.0.1"),
    case("net_03_listen", _LISTEN, control="listening on 127.0.0.1"),
    case("net_04_unix_sockets", _UNIX, check=_nobody_called, control="reached"),
    case("net_05_raw_packet_netlink_vsock", _FAMILIES, control="a socket of kind tcp"),
    case("net_06_dns_and_urllib", _URLS, check=_nobody_called, control="urllib"),
    case("net_07_dgram_socketpair_sendto", _DATAGRAMS, check=_nobody_called, control="sendto path"),
)
