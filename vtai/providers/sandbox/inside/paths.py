"""What of the machine an interpreter needs to see, and what of it must stay hidden.

Nothing is taken from sys.path as a whole: a line in a .pth file may lead to a checkout with secrets of the
server.
"""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

_LIBRARY_FOLDERS = ("/lib", "/lib64", "/usr/lib", "/usr/lib64")
_DATA = (
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/fonts",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/etc/pki/tls/certs",
    "/etc/pki/ca-trust/extracted",
    "/usr/lib/ssl/openssl.cnf",
    "/usr/lib/locale",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/usr/share/fontconfig",
    "/usr/share/zoneinfo",
    "/usr/share/locale",
    "/usr/share/mime",
)
PACKAGE_FOLDERS = ("site-packages", "dist-packages")


def readable_paths() -> tuple[str, ...]:
    """What the running interpreter needs to read: itself, libraries, fonts, certificates, time zones.

    Absolute, only what is there, nothing that lies below another. To be called in the interpreter that is to
    be confined, or in one of the same installation.
    """
    wanted = (*_interpreter(), *_packages(), *_libraries(), *_DATA)
    found = {os.path.abspath(path) for path in wanted}  # noqa: PTH100 -- links are kept: both ends are needed
    chosen: list[str] = []
    for path in sorted(path for path in found if path != "/" and os.access(path, os.F_OK)):
        if not any(path.startswith(outer + "/") for outer in chosen):
            chosen.append(path)
    return tuple(chosen)


def _interpreter() -> Iterator[str]:
    yield sys.executable
    yield os.path.realpath(sys.executable)
    yield f"{sys.prefix}/pyvenv.cfg"
    for path in {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}:
        # For a virtual environment the second is its own lib folder, of which only the packages count.
        if any(os.access(f"{path}/{part}", os.F_OK) for part in ("os.py", "lib-dynload")):
            yield path
    bases = (sys.base_prefix + os.sep, sys.base_exec_prefix + os.sep)
    yield from (
        path for path in sys.path if path.endswith((".zip", "lib-dynload")) and path.startswith(bases)
    )


def _packages() -> Iterator[str]:
    yield sysconfig.get_path("purelib")
    yield sysconfig.get_path("platlib")
    yield from site.getsitepackages()
    yield from (path for path in sys.path if Path(path).name in PACKAGE_FOLDERS)


def _libraries() -> Iterator[str]:
    """Shared libraries of the system: by the folders' usual names, and those that this process has loaded."""
    triplet = sysconfig.get_config_var("MULTIARCH")
    for folder in _LIBRARY_FOLDERS:
        if triplet:
            yield f"{folder}/{triplet}"
        if folder.endswith("64"):
            yield folder
    for loaded in _loaded():
        # The folder of a system library is shared by all of them; elsewhere only the file itself is needed.
        yield str(Path(loaded).parent) if loaded.startswith(_LIBRARY_FOLDERS) else loaded


def _loaded() -> set[str]:
    try:
        lines = Path("/proc/self/maps").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return set()
    mapped = {line.split(maxsplit=5)[5] for line in lines if "/" in line}
    return {path for path in mapped if ".so" in Path(path).name and os.access(path, os.F_OK)}


def hidden_paths(package_root: str) -> tuple[str, ...]:
    """What must not be seen of the package at `package_root`: itself and what its installer wrote beside it.

    The installer's records name the folder of the source code.
    """
    root = Path(os.path.abspath(package_root))  # noqa: PTH100 -- links are kept: both ends are hidden
    found = {str(root), os.path.realpath(root)}
    for folder in {str(root.parent), *_packages()}:
        if os.access(folder, os.R_OK):
            found |= {str(entry) for entry in Path(folder).iterdir() if _belongs(entry.name, root.name)}
    return tuple(sorted(found))


def _belongs(entry: str, package: str) -> bool:
    record = entry.startswith(f"{package}-") and entry.endswith((".dist-info", ".egg-info"))
    link = package in entry and entry.endswith((".pth", ".egg-link"))
    return entry == package or record or link
