"""Which characters the bytes of a text file stand for."""

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TextIO

from entregent.adapters.readers.batches import Notice, Reason, UnreadableFile
from entregent.adapters.readers.inflation import is_cut, opened

BLOCK = 2**20
SAMPLE = 2**16
ASCII = bytes(range(128))
CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\x0b\x1a\x1b"))
C1 = frozenset(range(0x80, 0xA0))
EURO_AND_OE_IN_LATIN_9 = frozenset({0xA4, 0xBC, 0xBD})
# What `surrogateescape` makes of bytes that are no characters.
ESCAPED = re.compile("[\udc80-\udcff]")
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text file whose encoding is settled.

    lines: how many it has at most.
    is_clean: every byte is a character of the encoding, and none is NUL; where it is not,
        `foreign` finds the rows.
    """

    path: Path
    encoding: str
    lines: int
    is_clean: bool
    notices: tuple[Notice, ...] = ()

    def open(self) -> TextIO:
        """The text, line endings untouched."""
        return io.TextIOWrapper(
            opened(self.path),
            encoding=self.encoding,
            errors="replace" if _is_wide(self.encoding) else "surrogateescape",
            newline="",
        )

    def sample(self) -> str:
        with self.open() as text:
            return text.read(SAMPLE)

    def foreign(self, text: str) -> Reason | None:
        """Why the text holds bytes that are no characters, if it does."""
        if "\0" in text:
            return Reason("nul_bytes")
        if ESCAPED.search(text) or (_is_wide(self.encoding) and "\ufffd" in text):
            return Reason("wrong_encoding", {"encoding": self.encoding})
        return None


def readable(text: str) -> str:
    """The text with the bytes that are no characters written out, so that it can be stored."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")


def read_text(path: Path, encoding: str | None = None) -> TextFile:
    """Settle the encoding of a text file, from every byte of it."""
    seen = _look_through(path)
    if seen.bytes == 0:
        raise UnreadableFile(Reason("empty_file"))
    if encoding is not None:
        return _as_told(path, seen, encoding)
    if seen.marked is None and seen.is_binary:
        raise UnreadableFile(Reason("binary_file"))

    guess = seen.marked or seen.guess()
    notices = []
    if guess not in ("utf-8", "utf-8-sig") and seen.marked is None:
        notices.append(Notice("encoding_guessed", {"encoding": guess}))
    if guess in ("utf-8", "utf-8-sig") and seen.foreign:
        notices.append(Notice("mixed_encoding", {"count": str(seen.foreign)}))
    if seen.cut:
        notices.append(Notice("file_cut_short"))
    return _text_file(path, seen, guess, tuple(notices))


def _as_told(path: Path, seen: "_Seen", encoding: str) -> TextFile:
    try:
        codecs.lookup(encoding)
        "".encode(encoding)
    except (LookupError, UnicodeError) as problem:
        raise UnreadableFile(Reason("unknown_encoding", {"encoding": encoding})) from problem
    return _text_file(path, seen, encoding, ())


def _text_file(path: Path, seen: "_Seen", encoding: str, notices: tuple[Notice, ...]) -> TextFile:
    return TextFile(
        path,
        encoding,
        lines=seen.lines + 1,
        is_clean=_is_clean(path, seen, encoding),
        notices=notices,
    )


def _is_clean(path: Path, seen: "_Seen", encoding: str) -> bool:
    if encoding in ("utf-8", "utf-8-sig"):
        return not (seen.foreign or seen.nuls)
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with opened(path) as content:
        try:
            for block in iter(partial(content.read, BLOCK), b""):
                if "\0" in decoder.decode(block):
                    return False
            decoder.decode(b"", final=True)
        except UnicodeError:
            return False
    return True


def _is_wide(encoding: str) -> bool:
    """Whether a bad byte spoils more than itself, so that it cannot be carried along escaped."""
    return codecs.lookup(encoding).name.startswith(("utf-16", "utf-32", "utf-7"))


@dataclass(slots=True)
class _Seen:
    """What one pass over the bytes tells."""

    bytes: int = 0
    lines: int = 0
    returns: int = 0
    nuls: int = 0
    nuls_at_odd: int = 0
    controls: int = 0
    wide: int = 0
    foreign: int = 0
    high: frozenset[int] = frozenset()
    marked: str | None = None
    cut: bool = False

    @property
    def is_binary(self) -> bool:
        """Control characters that no text has; UTF-16 without a mark has NULs in every other place."""
        if self._looks_wide:
            return False
        return self.controls > 8 + self.bytes // 500

    @property
    def _looks_wide(self) -> bool:
        return self.nuls > 0.3 * self.bytes and (
            self.nuls_at_odd > 0.9 * self.nuls or self.nuls_at_odd < 0.1 * self.nuls
        )

    def guess(self) -> str:
        if self._looks_wide:
            return "utf-16-le" if self.nuls_at_odd * 2 > self.nuls else "utf-16-be"
        # A few bad bytes among much good UTF-8 are accidents in some rows; else another encoding.
        if self.foreign == 0 or self.foreign * 20 <= self.wide:
            return "utf-8"
        if not self.high & C1 and self.high & EURO_AND_OE_IN_LATIN_9:
            return "iso8859-15"
        return "cp1252"


def _look_through(path: Path) -> _Seen:
    seen = _Seen()
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    high: set[int] = set()
    for block in _blocks(path, seen):
        if seen.bytes == 0:
            seen.marked = next(
                (name for mark, name in BYTE_ORDER_MARKS if block.startswith(mark)), None
            )
        seen.bytes += len(block)
        seen.lines += block.count(b"\n")
        seen.returns += block.count(b"\r")
        nuls = block.count(0)
        if nuls:
            seen.nuls += nuls
            seen.nuls_at_odd += block[1::2].count(0)
        seen.controls += len(block) - len(block.translate(None, CONTROLS))
        if block.isascii() and not decoder.getstate()[0]:
            continue
        text = decoder.decode(block)
        foreign = _escaped(text)
        seen.foreign += foreign
        seen.wide += len(block) - len(text)
        if foreign:
            high.update(block.translate(None, ASCII))
    seen.foreign += len(decoder.decode(b"", final=True))
    seen.lines = max(seen.lines, seen.returns)
    seen.high = frozenset(high)
    return seen


def _escaped(text: str) -> int:
    try:
        text.encode()
    except UnicodeEncodeError:
        return len(ESCAPED.findall(text))
    return 0


def _blocks(path: Path, seen: _Seen) -> Iterator[bytes]:
    with opened(path) as content:
        yield from iter(partial(content.read, BLOCK), b"")
        seen.cut = is_cut(content)
