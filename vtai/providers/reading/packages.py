"""Opens the ZIP packages that Office, OpenDocument and EPUB files are, with a guard against bombs."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from vtai.core.errors import BadAttachment
from vtai.providers.reading.source import Source, damaged, locked

if TYPE_CHECKING:
    from lxml import etree

_MOST_MEMBERS = 20_000
# Plain zeros pack about 1,000 to 1; the most repetitive real sheets about 100 to 1.
_MOST_RATIO = 250
_SMALL_BYTES = 20_000_000
_IS_LOCKED = 0x1


@contextmanager
def opened(source: Source) -> Iterator[zipfile.ZipFile]:
    """The package, checked before anything in it is unpacked. Raises BadAttachment."""
    try:
        with zipfile.ZipFile(source.path) as package:
            check(package, source)
            yield package
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise damaged(source.name) from error
    except RuntimeError as error:
        if "password" in str(error):
            raise locked(source.name) from error
        raise


def check(package: zipfile.ZipFile, source: Source) -> None:
    """Raises BadAttachment for a package that swells beyond the limits, or is locked."""
    members = package.infolist()
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    swells = unpacked > _SMALL_BYTES and unpacked > _MOST_RATIO * packed
    if unpacked > source.limits.unpacked_bytes or swells or len(members) > _MOST_MEMBERS:
        raise BadAttachment(
            f"{source.name} holds {_megabytes(unpacked)} MB when unpacked, more than is read here.",
            "Send a part of it, or the text alone.",
        )
    if any(member.flag_bits & _IS_LOCKED for member in members):
        raise locked(source.name)


def _megabytes(size: int) -> str:
    return f"{max(1, size // 1_000_000):,}"


def xml(package: zipfile.ZipFile, part: str) -> etree._Element | None:
    """The root of an XML part, or None where there is no such part or it is no XML. Reads nothing else."""
    from lxml import etree

    # Nothing that the part declares is expanded, and nothing is fetched for it.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    with suppress(KeyError, etree.XMLSyntaxError):
        return etree.fromstring(package.read(part), parser)
    return None


def refuse_declarations(package: zipfile.ZipFile, source: Source) -> None:
    """Office files never declare entities. One that does is not from an Office program."""
    for member in package.infolist():
        if not member.filename.lower().endswith((".xml", ".rels", ".vml")):
            continue
        # Without zero bytes, so that UTF-16 is seen through as well.
        content = package.read(member).replace(b"\x00", b"")
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
            raise damaged(source.name)
