"""Gzip and Zstandard, unpacked as they are read, under limits.

A few kilobytes can unpack to gigabytes: bytes are unpacked in small steps, and a stream
that grows beyond its limits is left, as is one that is cut off or damaged. What was
unpacked until then has been handed out.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from pathlib import PurePath
from typing import IO, Any, Protocol

from extractor.errors import InputError
from extractor.formats.media import GZIP, ZSTD, compression_of

MAX_STREAM_BYTES = 16 * 1024**3
MAX_DOCUMENT_BYTES = 64 * 1024**2
MAX_RATIO = 200
_FREE_BYTES = 1024**2  # of what is unpacked, before the ratio counts
_BUFFER_BYTES = 64 * 1024


class BrokenStream(Exception):
    """The rest of a file cannot be had; what came before it has been handed out.

    Attributes:
        what: What is wrong, without the place.
        advice: What to do.
        kept: What becomes of the articles that were read before.
    """

    def __init__(self, what: str, advice: str, kept: str = "which are kept") -> None:
        super().__init__(f"{what}. {advice}")
        self.what = what
        self.advice = advice
        self.kept = kept

    def told(self, where: str, articles: int) -> InputError:
        """What the user is told, with the number of articles that are kept."""
        kept = f", {self.kept}" if articles else ""
        return InputError(f"{where}: {self.what}, after {articles} articles{kept}. {self.advice}")


def unpacked(file: IO[bytes], path: PurePath) -> tuple[io.BufferedReader, str | None]:
    """The file, unpacked where it is compressed, and the compression or None.

    Reading it may raise `BrokenStream`.
    """
    # Every binary file has the `readinto` that the type `IO` lacks.
    plain: io.BufferedReader = (
        file if isinstance(file, io.BufferedReader) else io.BufferedReader(file)  # type: ignore[arg-type]
    )
    codec = compression_of(path, plain.peek(4))
    if codec is None:
        return plain, None
    return io.BufferedReader(Unpacked(plain, codec), _BUFFER_BYTES), codec


class _Reads(Protocol):
    def read(self, size: int, /) -> bytes: ...


def read_whole(file: _Reads, where: str) -> bytes:
    """All of a file that is one document.

    Raises:
        InputError: It has more than `MAX_DOCUMENT_BYTES`.
        BrokenStream: It is compressed, and cut off or damaged.
    """
    parts, size = [], 0
    while part := file.read(_BUFFER_BYTES):
        parts.append(part)
        size += len(part)
        if size > MAX_DOCUMENT_BYTES:
            limit = f"{MAX_DOCUMENT_BYTES // 1024**2} MB"
            raise InputError(f"{where}: more than {limit} in one document. Split it.")
    return b"".join(parts)


def _zlib(wbits: int) -> Callable[[], tuple[Any, type[Exception]]]:
    return lambda: (zlib.decompressobj(wbits), zlib.error)


def _zstd() -> tuple[Any, type[Exception]]:
    import zstandard

    return zstandard.ZstdDecompressor().decompressobj(), zstandard.ZstdError


# How a stream begins and fails, and the bytes that it is fed at a time: at the highest
# ratio that a codec can reach, a step gives 1 to 8 MB.
_CODECS = {
    GZIP: (_zlib(31), 1024),
    "deflate": (_zlib(15), 1024),
    "raw deflate": (_zlib(-15), 1024),
    ZSTD: (_zstd, 256),
}


class Unpacked(io.RawIOBase):
    """What compressed data holds, across its members or frames.

    Args:
        codec: `gzip`, `zstd`; of HTTP bodies also `deflate` and `raw deflate`.
    """

    def __init__(self, file: _Reads, codec: str) -> None:
        self._file = file
        self._codec = codec
        self._begin, self._step = _CODECS[codec]
        self._decoder: Any = None
        self._error: type[Exception] = Exception
        self._fed = b""
        self._ready = memoryview(b"")
        self._broken: BrokenStream | None = None
        self._in_bytes = 0
        self._out_bytes = 0

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fills the buffer as far as what is unpacked goes; 0 at the end.

        Raises:
            BrokenStream: Cut off, damaged or over a limit.
        """
        if self._broken is not None:
            raise self._broken
        try:
            while not self._ready and self._unpack():
                pass
        except BrokenStream as error:
            self._broken = error  # what comes after it is not to be had by asking again
            raise
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _unpack(self) -> bool:
        """Unpacks a step more; False at the end."""
        ended = self._decoder is not None and self._decoder.eof
        fed = self._fed or self._read()
        while ended and fed and not fed.strip(b"\0"):
            fed = self._read()  # files are padded with zeros to a full block
        if not fed:
            if ended:
                return False
            raise BrokenStream(f"{self._codec} data that is cut off", "Fetch or copy it again.")
        if self._decoder is None or ended:
            self._decoder, self._error = self._begin()
            fed = fed.lstrip(b"\0")
        try:
            out = self._decoder.decompress(fed)
        except self._error as error:
            raise BrokenStream(
                f"{self._codec} data that is damaged ({error})",
                "Fetch or copy it again.",
                "which are kept, but may be damaged too",  # a checksum comes last
            ) from error
        self._fed = self._decoder.unused_data if self._decoder.eof else b""
        self._check(len(out))
        self._ready = memoryview(out)
        return True

    def _read(self) -> bytes:
        raw = self._file.read(self._step)
        self._in_bytes += len(raw)
        return raw

    def _check(self, count: int) -> None:
        self._out_bytes += count
        if self._out_bytes > MAX_STREAM_BYTES:
            limit = f"{MAX_STREAM_BYTES / 1024**3:.0f} GB"
            raise BrokenStream(f"more than {limit} when unpacked", "Unpack it and split it.")
        if self._out_bytes > max(_FREE_BYTES, MAX_RATIO * self._in_bytes):
            raise BrokenStream(
                f"more than {MAX_RATIO} times its size when unpacked, as no text is",
                "Look at it first; if you trust it, unpack it and give what was in it.",
            )
