"""Contents in an S3-compatible store. Whoever needs a file of the machine's gets one of a small cache.

The keys of the store are the usual AWS_* variables, a profile, or what the machine is given by its host.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncGenerator, Callable
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, Final, TypeVar

from vtai.core.errors import StorageUnavailable, UnknownName, VTError
from vtai.storage.files.blobs import PIECE_BYTES, is_key, missing_library, unknown
from vtai.storage.files.local import LocalBlobs

Result = TypeVar("Result")

_CONNECT_S, _READ_S = 5.0, 30.0
_TRIES = 3
_CONNECTIONS = 20
# A path that was given out is used by then.
_SPARED_S = 600.0
_MISSING = frozenset({"NoSuchKey", "404", "NotFound"})
_NO_BUCKET = frozenset({"NoSuchBucket"})
_REFUSED: Final = frozenset(
    {
        "AccessDenied",
        "AllAccessDisabled",
        "AuthorizationHeaderMalformed",
        "ExpiredToken",
        "InvalidAccessKeyId",
        "InvalidToken",
        "SignatureDoesNotMatch",
        "401",
        "403",
    }
)


class S3Blobs:
    """The `Blobs` protocol. Objects are called by the prefix and the key."""

    is_local = False

    def __init__(
        self,
        bucket: str,
        prefix: str,
        endpoint: str | None,
        *,
        cache: LocalBlobs,
        cache_bytes: int,
        read_s: float = _READ_S,
        tries: int = _TRIES,
    ) -> None:
        self._bucket = bucket
        self._prefix = prefix
        self._endpoint = endpoint
        self._cache = cache
        self._cache_bytes = cache_bytes
        self._read_s = read_s
        self._tries = tries
        self._client: Any = None
        self._making = Lock()

    async def put(self, key: str, source: Path | bytes) -> None:
        name = self._name(key)
        if isinstance(source, bytes):
            await self._call(lambda s3: s3.put_object(Bucket=self._bucket, Key=name, Body=source))
        else:
            await self._call(
                lambda s3: s3.upload_file(str(source), self._bucket, name, Config=_in_one_thread())
            )

    async def path(self, key: str) -> Path:
        with contextlib.suppress(UnknownName):
            path = await self._cache.path(key)
            await self._cache.touch(key)
            return path
        await self._fetch(key)
        await self._cache.shrink(self._cache_bytes, _SPARED_S)
        return await self._cache.path(key)

    async def read(self, key: str, start: int = 0, length: int | None = None) -> AsyncGenerator[bytes, None]:
        if length == 0:
            return
        end = "" if length is None else start + length - 1
        wanted = {} if not start and length is None else {"Range": f"bytes={start}-{end}"}
        name = self._name(key)
        answer = await self._call(lambda s3: s3.get_object(Bucket=self._bucket, Key=name, **wanted))
        body = answer["Body"]
        try:
            while piece := await self._call(lambda _: body.read(PIECE_BYTES)):
                yield piece
        finally:
            body.close()

    async def delete(self, key: str) -> None:
        name = self._name(key)
        await self._call(lambda s3: s3.delete_object(Bucket=self._bucket, Key=name))
        await self._cache.delete(key)

    async def all(self) -> AsyncGenerator[tuple[str, float], None]:
        more: dict[str, str] = {}
        while True:
            page = await self._call(
                partial(_listed, Bucket=self._bucket, Prefix=self._prefix, **more),
            )
            for each in page.get("Contents", ()):
                key = each["Key"].removeprefix(self._prefix)
                if is_key(key):
                    yield key, each["LastModified"].timestamp()
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    async def _fetch(self, key: str) -> None:
        """Puts the content into the cache. Two at once fetch it twice and disturb nobody."""
        name = self._name(key)

        def work(s3: Any) -> Path:
            descriptor, path = tempfile.mkstemp(prefix="vtai-")
            os.close(descriptor)
            try:
                s3.download_file(self._bucket, name, path, Config=_in_one_thread())
            except BaseException:
                Path(path).unlink()
                raise
            return Path(path)

        fetched = await self._call(work)
        try:
            await self._cache.put(key, fetched)
        finally:
            await asyncio.to_thread(fetched.unlink)

    def _name(self, key: str) -> str:
        if not is_key(key):
            raise unknown()
        return self._prefix + key

    async def _call(self, work: Callable[[Any], Result]) -> Result:
        """The work on the client, in a thread. Raises what `_told` makes of the library's errors."""

        def run() -> Result:
            from boto3.exceptions import Boto3Error
            from botocore.exceptions import BotoCoreError, ClientError

            try:
                return work(self._connected())
            except (Boto3Error, BotoCoreError, ClientError, OSError) as error:
                raise _told(error) from error

        try:
            return await asyncio.to_thread(run)
        except ImportError as error:
            raise missing_library() from error

    def _connected(self) -> Any:
        import boto3
        from botocore.config import Config

        with self._making:
            if self._client is None:
                options: dict[str, Any] = {
                    "connect_timeout": _CONNECT_S,
                    "read_timeout": self._read_s,
                    "retries": {"max_attempts": self._tries, "mode": "standard"},
                    "max_pool_connections": _CONNECTIONS,
                }
                if self._endpoint is not None:
                    # What others than Amazon understand: the bucket in the path, no checksums of later date.
                    options |= {
                        "s3": {"addressing_style": "path"},
                        "request_checksum_calculation": "when_required",
                        "response_checksum_validation": "when_required",
                    }
                session = boto3.session.Session()
                region = session.region_name or "us-east-1"
                self._client = session.client(
                    "s3", region_name=region, endpoint_url=self._endpoint, config=Config(**options)
                )
            return self._client


def _listed(s3: Any, **wanted: str) -> Any:
    return s3.list_objects_v2(**wanted)


def _in_one_thread() -> Any:
    """Large files go in parts; the library would take ten threads for each of them."""
    from boto3.s3.transfer import TransferConfig

    return TransferConfig(use_threads=False)


def _told(error: Exception) -> VTError:
    """The one table of what can go wrong with the store. None of its own words get out."""
    from botocore import exceptions as known

    match error:
        case known.ClientError():
            return _answered(str(error.response.get("Error", {}).get("Code", "")))
        case known.NoCredentialsError() | known.PartialCredentialsError() | known.ProfileNotFound():
            return StorageUnavailable(
                "There are no keys for the store of files.",
                "The operator should set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
            )
        case known.HTTPClientError() | known.ConnectionError() | known.ReadTimeoutError():
            return StorageUnavailable(
                "The store of files cannot be reached.",
                "Try again; if it stays so, the operator should look at VT_FILES_URL and VT_FILES_ENDPOINT.",
            )
        case _:
            return _caused(error)


def _caused(error: Exception) -> VTError:
    """The library wraps some of its own errors."""
    from botocore import exceptions as known

    cause = error.__cause__ or error.__context__
    if isinstance(cause, known.ClientError | known.BotoCoreError):
        return _told(cause)
    return StorageUnavailable("The store of files did not do its part.", "Try again in a moment.")


def _answered(code: str) -> VTError:
    if code in _MISSING:
        return unknown()
    if code in _NO_BUCKET:
        return StorageUnavailable(
            "The store of files has no such bucket.",
            "The operator should make it, or name another one in VT_FILES_URL.",
        )
    if code in _REFUSED:
        return StorageUnavailable(
            "The store of files refuses its keys.",
            "The operator should check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and what they allow.",
        )
    return StorageUnavailable("The store of files did not do its part.", "Try again in a moment.")
