"""What is planted on the host: files with a secret, files to be changed, ports and sockets that listen."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import socket
import sysconfig
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vtai import core

_VARIABLES = ("OPENAI_API_KEY", "DATABASE_URL", "VT_TEST_TOKEN", "ANTHROPIC_API_KEY")
PLANTED_NAMES = ("vt-planted.env", "vt-planted.toml", "vt-planted.db", "vt-planted-key")


class Grounds:
    """A folder of the host that everybody may read and write, so that only the walls are in the way."""

    MARKER = b"value = 'as it was installed'\n" * 20

    def __init__(self, folder: Path, secret: str, user: int) -> None:
        self.folder = folder
        self._secret, self._user = secret, user
        self.home, self.config, self.data = (folder / name for name in ("home", "config", "data"))
        self.outside, self.workspaces, self._uploads = (
            folder / name for name in ("outside", "work", "uploads")
        )
        self.secret_file = folder / "open" / "secret.txt"
        for place in (
            self.home,
            self.config,
            self.data,
            self.workspaces,
            self._uploads,
            self.secret_file.parent,
        ):
            place.mkdir(parents=True)
        self.secret_file.write_text(secret)
        for place, name in zip((self.home, self.config, self.data, self.home), PLANTED_NAMES, strict=True):
            (place / name).write_text(f"KEY={secret}\n")
        for name in (".env", "config.toml"):
            (self.config / name).write_text(f'KEY="{secret}"\n')
        library = Path(sysconfig.get_path("purelib"))
        self.marker = library / f"vt_marker_{secrets.token_hex(4)}.py"
        self.restore()
        self._hand_over(folder)

    def restore(self) -> None:
        """Makes the outside anew and the marker whole."""
        shutil.rmtree(self.outside, ignore_errors=True)
        self.outside.mkdir()
        (self.outside / "empty").mkdir()
        for name in ("marker.txt", "moved.txt", "removed.txt"):
            (self.outside / name).write_text("as it was")
        self._hand_over(self.outside)
        self.marker.write_bytes(self.MARKER)
        self._hand_over(self.marker)

    def outside_now(self) -> Mapping[str, object]:
        found: dict[str, object] = {}
        for path in sorted([self.outside, *self.outside.rglob("*")]):
            about = path.lstat()
            content = path.read_bytes() if path.is_file() else b""
            listed = os.listxattr(path, follow_symlinks=False)
            found[path.name] = (
                about.st_mode,
                about.st_uid,
                about.st_mtime_ns,
                about.st_nlink,
                content,
                listed,
            )
        return found

    def environment(self) -> dict[str, str]:
        values = dict.fromkeys(_VARIABLES, self._secret)
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TZ") if name in os.environ}
        return {**kept, **values, "HOME": str(self.home), "TMPDIR": str(self.workspaces)}

    def facts(self) -> dict[str, Any]:
        package = Path(core.__file__).parents[1]
        return {
            "variables": list(_VARIABLES),
            "secret_file": str(self.secret_file),
            "home": str(self.home),
            "config": str(self.config),
            "data": str(self.data),
            "outside": str(self.outside),
            "folders": [
                str(place) for place in (self.home, self.config, self.data, self.outside, self.workspaces)
            ],
            "planted_names": list(PLANTED_NAMES),
            "app_files": [
                *(str(self.config / name) for name in (".env", "config.toml")),
                *(str(package / name) for name in ("wiring.py", "chat.py", "core/errors.py")),
            ],
            "library_marker": str(self.marker),
            "passwd": hashlib.sha256(Path("/etc/passwd").read_bytes()).hexdigest(),
            "ipc_key": 0x7654,
            "shm_name": "vt-host",
        }

    def upload(self, name: str, content: bytes) -> Path:
        path = self._uploads / name
        path.write_bytes(content)
        self._hand_over(path)
        return path

    def named(self, nonce: str) -> list[Path]:
        """Files of that name in the folders of the host where somebody might write."""
        library = self.marker.parent
        import encodings

        places = (
            "/",
            "/tmp",
            "/var/tmp",
            "/dev/shm",
            "/run",
            "/mnt",
            "/home",
            "/root",
            "/opt",
            "/usr",
            "/etc",
            "/dev",
        )
        folders = [
            *map(Path, places),
            library,
            Path(os.__file__).parent,
            Path(encodings.__file__).parent,
            self.home,
        ]
        return [path for folder in folders if folder.is_dir() for path in folder.glob(f"{nonce}*")]

    def sweep(self, nonce: str) -> None:
        """Removes what a way out has left behind."""
        for path in self.named(nonce):
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def cores(self) -> list[Path]:
        return [path for path in (*self.folder.rglob("core*"), *Path("/tmp").glob("core*")) if path.is_file()]

    def remove(self) -> None:
        self.marker.unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _hand_over(self, place: Path) -> None:
        """To the user of the server, readable and writable by all."""
        paths = [place, *place.rglob("*")] if place.is_dir() else [place]
        for path in paths:
            if os.getuid() == 0:
                os.chown(path, self._user, self._user)
            path.chmod(0o777 if path.is_dir() else 0o666)


class Ears:
    """Everything that listens on the host: a port, a datagram port, sockets by path and by abstract name."""

    def __init__(self, folder: Path) -> None:
        self.connections = self.datagrams = 0
        # Short: a socket's path has little room.
        self._unix, self._datagram_unix = str(folder / "s"), str(folder / "d")
        self._abstract, self._datagram_abstract = f"vt{secrets.token_hex(6)}", f"vt{secrets.token_hex(6)}"
        stream, datagram = socket.SOCK_STREAM, socket.SOCK_DGRAM
        self._tcp = _bound(socket.AF_INET, stream, ("127.0.0.1", 0))
        self._udp = _bound(socket.AF_INET, datagram, ("127.0.0.1", 0))
        self._sockets = [
            self._tcp,
            self._udp,
            _bound(socket.AF_UNIX, stream, self._unix),
            _bound(socket.AF_UNIX, stream, "\0" + self._abstract),
            _bound(socket.AF_UNIX, datagram, self._datagram_unix),
            _bound(socket.AF_UNIX, datagram, "\0" + self._datagram_abstract),
        ]
        for path in (self._unix, self._datagram_unix):
            Path(path).chmod(0o777)
        self._threads = [
            threading.Thread(target=self._hear, args=(one,), daemon=True) for one in self._sockets
        ]
        for thread in self._threads:
            thread.start()

    def facts(self) -> dict[str, Any]:
        return {
            "tcp": self._tcp.getsockname()[1],
            "udp": self._udp.getsockname()[1],
            "unix": self._unix,
            "abstract": self._abstract,
            "dgram_unix": self._datagram_unix,
            "dgram_abstract": self._datagram_abstract,
        }

    def forget(self) -> None:
        self.connections = self.datagrams = 0

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self._udp.getsockname())
        for one in self._sockets:
            # Wakes the thread that waits in it.
            if one is not self._udp:
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for one in self._sockets:
            one.close()

    def _hear(self, one: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                if one.type == socket.SOCK_STREAM:
                    caller, _ = one.accept()
                    self.connections += 1
                    with caller, contextlib.suppress(OSError):
                        caller.sendall(b"HTTP/1.0 200 OK\r\n\r\nhello")
                        # Closed with something unread, the connection would be reset under the caller.
                        caller.shutdown(socket.SHUT_WR)
                        caller.settimeout(5)
                        while caller.recv(4096):
                            pass
                elif one.recv(100):
                    self.datagrams += 1
                else:
                    return


def _bound(family: int, kind: int, address: Any) -> socket.socket:
    one = socket.socket(family, kind)
    one.bind(address)
    if kind == socket.SOCK_STREAM:
        one.listen(64)
    return one
