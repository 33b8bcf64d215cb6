"""Compressed files, refused when they swell beyond what honest exports do."""

import gzip
import io
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

from entregent.adapters.readers.batches import Reason, UnreadableFile

# Exports compress five to forty times; a bomb, a thousand times. Small files may do as they like.
HIGHEST_RATIO = 200
HARMLESS_BYTES = 64 * 2**20
GZIP_MAGIC = b"\x1f\x8b"


def refuse_if_swollen(inflated: int, compressed: int) -> None:
    """Raise UnreadableFile when the inflated size is out of proportion."""
    if inflated > HARMLESS_BYTES and inflated > HIGHEST_RATIO * max(compressed, 1):
        raise UnreadableFile(
            Reason("compression_bomb", {"times": str(inflated // max(compressed, 1))})
        )


class GzipFile(io.RawIOBase):
    """The content of a gzip file, measured as it comes out; `cut` when it stops before its end."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.compressed = path.stat().st_size
        self.inflated = 0
        self.cut = False
        self.content = gzip.open(path, "rb")  # noqa: SIM115  closed with this file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            block = self.content.read1(len(buffer))
        except EOFError:
            self.cut = True
            return 0
        except (OSError, zlib.error) as problem:
            raise UnreadableFile(Reason("broken_gzip")) from problem
        self.inflated += len(block)
        refuse_if_swollen(self.inflated, self.compressed)
        buffer[: len(block)] = block
        return len(block)

    def close(self) -> None:
        self.content.close()
        super().close()


def is_cut(content: BinaryIO) -> bool:
    """Whether the compressed file, read to the end, stopped before its own end."""
    raw = getattr(content, "raw", None)
    return isinstance(raw, GzipFile) and raw.cut


def is_gzip(path: Path) -> bool:
    with path.open("rb") as content:
        return content.read(2) == GZIP_MAGIC


def opened(path: Path) -> BinaryIO:
    """The bytes of a file, inflated when it is a gzip file."""
    if is_gzip(path):
        return io.BufferedReader(GzipFile(path), 2**18)
    return path.open("rb")


def check_zip(path: Path) -> zipfile.ZipFile:
    """An open ZIP archive whose members declare sizes in proportion to what they weigh.

    A member cannot inflate beyond what it declares: `zipfile` stops there. So what remains to
    check is the declaration, and that members do not share the same compressed bytes.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as problem:
        raise UnreadableFile(Reason("broken_zip")) from problem
    members = archive.infolist()
    weight = path.stat().st_size
    if sum(member.compress_size for member in members) > weight:
        raise UnreadableFile(Reason("compression_bomb", {"times": "1000"}))
    refuse_if_swollen(sum(member.file_size for member in members), weight)
    if any(member.flag_bits & 1 for member in members):
        raise UnreadableFile(Reason("password"))
    return archive
