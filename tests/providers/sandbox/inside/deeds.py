"""Single things that code tries behind walls. What is not done raises OSError."""

from __future__ import annotations

import ctypes
import fcntl
import mmap
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vtai.providers.sandbox.inside import kernel


@dataclass(frozen=True)
class Scene:
    """What there is to attack: a process of the machine, files, a port and an abstract socket that listen.

    `library` may be read; `hidden` lies beside it and may not, nor may `canary`, in a folder of its own.
    """

    outsider: int
    library: str
    hidden: str
    canary: str
    port: int = 0
    abstract: str = ""


def call(name: str, *args: Any) -> Callable[[Scene], object]:
    return lambda _: kernel.call(name, *args)


def on_outsider(name: str, *args: Any) -> Callable[[Scene], object]:
    return lambda scene: kernel.call(name, scene.outsider, *args)


def opening(which: str, flags: int) -> Callable[[Scene], object]:
    return lambda scene: os.close(os.open(getattr(scene, which), flags))


def file_command(command: int, argument: int) -> Callable[[Scene], object]:
    def attempt(_: Scene) -> None:
        reader, _writer = os.pipe()
        fcntl.fcntl(reader, command, argument)

    return attempt


def send_to_address(_: Scene) -> None:
    one, _other = socket.socketpair()
    address = b"\x01\x00/tmp/socket\x00"
    kernel.call("sendto", one.fileno(), b"x", 1, 0, address, len(address))


def send_message(_: Scene) -> None:
    one, _other = socket.socketpair()
    one.sendmsg([b"x"])


def talk_in_pairs(_: Scene) -> None:
    one, other = socket.socketpair()
    one.setblocking(False)
    other.setblocking(True)
    one.sendall(b"abc")
    assert other.recv(3) == b"abc"


def lock_library(scene: Scene) -> None:
    with Path(scene.library).open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)


def connect(scene: Scene) -> None:
    with socket.socket() as connection:
        connection.connect(("127.0.0.1", scene.port))


def bind(_: Scene) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))


def connect_abstract(scene: Scene) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect("\0" + scene.abstract)


def make_and_move(_: Scene) -> None:
    Path("one/two").mkdir(parents=True, exist_ok=True)
    Path("one/file").write_text("text")
    Path("one/file").rename("one/renamed")
    Path("one/link").symlink_to("renamed")
    with Path("one/link").open("r+") as file:
        file.truncate(2)
    Path("one/renamed").write_text("again")
    Path("one/link").unlink()
    Path("one/renamed").unlink()


def move_across(_: Scene) -> None:
    for name in ("from", "to"):
        Path(name).mkdir(exist_ok=True)
    Path("from/file").write_text("text")
    Path("from/file").replace("to/file")


def touch(_: Scene) -> None:
    Path("new").touch()
    assert Path("new").exists()
    os.utime("new", (1, 1))
    Path("new").chmod(0o777)


def library_unharmed(scene: Scene) -> str:
    return "whole" if Path(scene.library).stat().st_size else "emptied"


def x32(_: Scene) -> None:
    ctypes.CDLL(None).syscall(ctypes.c_long(0x40000000 | 39))


def int80(_: Scene) -> None:
    # getpid of the 32-bit table: mov eax, 20; int 0x80; ret
    code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")
    ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()


def threads(_: Scene) -> str:
    import threading

    event, started = threading.Event(), 0
    try:
        for _ in range(100):
            threading.Thread(target=event.wait, daemon=True).start()
            started += 1
    except RuntimeError:
        return f"stopped below {-(-started // 10) * 10}"
    finally:
        event.set()
    return "not stopped"


def grow(size: int, name: str, count: int = 1) -> Callable[[Scene], object]:
    def attempt(_: Scene) -> None:
        for number in range(count):
            Path(f"{name}{number}").write_bytes(bytes(size))

    return attempt


def many_files(_: Scene) -> None:
    for number in range(3000):
        os.close(os.open(f"file{number}", os.O_CREAT | os.O_WRONLY))


def many_descriptors(_: Scene) -> None:
    for _ in range(200):
        os.dup(1)


def much_time(_: Scene) -> None:
    while True:
        pass


def terminal(_: Scene) -> None:
    os.close(os.open("/dev/tty", os.O_RDWR))


def crash(_: Scene) -> None:
    ctypes.string_at(0)


def who(_: Scene) -> str:
    return "root" if 0 in (os.getuid(), os.geteuid(), *os.getgroups()) else "ordinary"


def raw(number: int) -> None:
    if ctypes.CDLL(None, use_errno=True).syscall(ctypes.c_long(number), 0, 0, 0, 0) == -1:
        raise OSError(ctypes.get_errno(), "")


def open_new(path: Path) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
