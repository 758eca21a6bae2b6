"""Logs of servers, programs and devices, some long, some broken."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

from tests.samples.sample import Maker, Needle, Sample

# How a line of each kind looks; the number stands for what changes from line to line.
_LINES: dict[str, Callable[[int], str]] = {
    "syslog": lambda n: (
        f"Mar  4 07:{n % 60:02d}:11 gate sshd[{900 + n}]: Connection closed by 192.0.2.{n % 250}"
    ),
    "apache": lambda n: (
        f'198.51.100.{n % 250} - - [04/Mar/2026:07:{n % 60:02d}:11 +0000] "GET /p/{n} '
        f'HTTP/1.1" 200 {n * 37} "-" "Mozilla/5.0"'
    ),
    "nginx error": lambda n: (
        f"2026/03/04 07:{n % 60:02d}:11 [error] 31#31: *{n} open() failed (2: No such "
        "file), client: 192.0.2.9"
    ),
    "json lines": lambda n: json.dumps(
        {"ts": f"2026-03-04T07:{n % 60:02d}:11Z", "level": "info", "n": n, "msg": "tick"}
    ),
    "python": lambda n: (
        f"2026-03-04 07:{n % 60:02d}:11,{n % 1000:03d} INFO app.worker job {n} done in {n % 90} ms"
    ),
    "log4j": lambda n: (
        f"07:{n % 60:02d}:11.{n % 1000:03d} [pool-1-thread-{n % 8}] DEBUG o.e.Cache - evicted {n}"
    ),
    "journald": lambda n: f"mars 04 07:{n % 60:02d}:11 lampe systemd[1]: Démarré : tâche nº {n}.",
    "logcat": lambda n: (
        f"03-04 07:{n % 60:02d}:11.{n % 1000:03d}  {1000 + n}  1201 W AudioTrack: underrun {n}"
    ),
    "klog": lambda n: (
        f"I0304 07:{n % 60:02d}:11.000{n % 1000:03d}       1 reconciler.go:{n % 400}] synced pod-{n}"
    ),
    "postgres": lambda n: (
        f"2026-03-04 07:{n % 60:02d}:11 UTC [{n}] LOG:  duration: {n % 77}.301 ms  statement: SELECT {n};"
    ),
    "redis": lambda n: f"1:M 04 Mar 2026 07:{n % 60:02d}:11.000 * {n} changes in 60 seconds. Saving...",
    "garbage collector": lambda n: (
        f"[{n}.121s][info][gc] GC({n}) Pause Young (Normal) {n % 90}M->12M(256M) 3.{n % 10}ms"
    ),
    "logfmt": lambda n: (
        f'ts=2026-03-04T07:{n % 60:02d}:11Z level=warn caller=disk.go:7 msg="slow write" took={n}ms'
    ),
    "windows": lambda n: (
        f"04.03.2026 07:{n % 60:02d}:11;Information;Service Control Manager;7036;Dienst läuft: {n}"
    ),
    "terminal colours": lambda n: (
        f"\x1b[32m[{n:04d}]\x1b[0m \x1b[1mbuild\x1b[0m step {n} \x1b[33mwarning\x1b[0m"
    ),
}
_FACTS = "FATAL pump 7 tripped at 84.6 bar, ticket OPS-{number}"


def server(line: Callable[[int], str], name: str, encoding: str, newline: str, count: int) -> Sample:
    """Many lines of one kind with one that stands out, two thirds down."""
    number = count * 2 // 3
    fact = _FACTS.format(number=number)
    lines = [line(n) for n in range(count)]
    lines[number] = fact
    return Sample(name, newline.join(lines).encode(encoding), (Needle(fact, number=number + 1),))


def traceback() -> Sample:
    text = (
        "INFO start\n"
        "Traceback (most recent call last):\n"
        '  File "/srv/shop/orders.py", line 418, in total\n'
        "    return sum(line.price for line in lines) / len(lines)\n"
        "ZeroDivisionError: division by zero\n"
        "INFO retry in 30 s\n"
    )
    needles = (Needle("orders.py", number=3), Needle("ZeroDivisionError: division by zero", number=5))
    return Sample("shop.log", text.encode(), needles)


def preallocated() -> Sample:
    """A log that ends in zeros, as after a power cut."""
    text = (
        "".join(f"07:00:{n % 60:02d} heartbeat {n}\n" for n in range(300))
        + "07:05:00 lost mains, on battery\n"
    )
    return Sample(
        "ups.log", text.encode() + bytes(40_000), (Needle("07:05:00 lost mains, on battery", number=301),)
    )


def mixed_encodings() -> Sample:
    """Two programs wrote into one file, each in its own encoding."""
    parts = ["utf: Zürich ok\n".encode(), "ansi: Köln ok\n".encode("cp1252")] * 40
    parts.append("utf: Genève down since 04:12\n".encode())
    return Sample("mixed.log", b"".join(parts), (Needle("down since 04:12", number=81),))


def large() -> Sample:
    lines = [f"{n:07d} sensor={n % 64} value={n * 7919 % 10007}" for n in range(60_000)]
    lines[54_321] = "0054321 sensor=17 value=OVERFLOW after firmware 4.2.9"
    return Sample("sensors.log", "\n".join(lines).encode(), (Needle("value=OVERFLOW after firmware 4.2.9"),))


def _encoding(kind: str) -> tuple[str, str]:
    match kind:
        case "windows":
            return "utf-16", "\r\n"
        case "log4j":
            return "ascii", "\r\n"
        case _:
            return "utf-8", "\n"


MAKERS: dict[str, Maker] = {
    **{
        kind: partial(server, line, f"{kind.replace(' ', '-')}.log", *_encoding(kind), 200 + 50 * place)
        for place, (kind, line) in enumerate(_LINES.items())
    },
    "python traceback": traceback,
    "ends in zeros": preallocated,
    "two encodings": mixed_encodings,
    "one line only": partial(server, _LINES["redis"], "redis.log.1", "utf-8", "\n", 1),
    "large": large,
}
