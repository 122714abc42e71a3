"""What a file is, told by its content; its name is what somebody calls it, and has to agree.

Only kinds with a mark that can be looked for are taken. Nothing of a file is shown or run here, and it goes out as an
attachment: what is refused is what would harm whoever opens it in good faith.
"""

import codecs
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import PurePath
from types import MappingProxyType
from typing import IO

from shared.errors import Invalid
from shared.files import archives, sounds
from shared.files.archives import FileRefused

_HEAD = 64
_PIECE = 256 * 1024
#: A reader of PDF looks for its end mark in the last kilobyte; without it the file was cut off.
_PDF_TAIL = 1024
_PDF = (b"%PDF-1.", b"%PDF-2.")
_PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
_M4A = frozenset({b"M4A ", b"M4B "})
_MP4 = frozenset({b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV", b"dash"})
#: Bytes that stand in no text: all below a blank but those that part words, lines and pages.
_NO_TEXT = bytes(byte for byte in (*range(32), 127) if byte not in b"\t\n\f\r")


class Kind(StrEnum):
    """The kinds of files that are taken, as media types."""

    PDF = "application/pdf"
    JPEG = "image/jpeg"
    PNG = "image/png"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    MP3 = "audio/mpeg"
    WAV = "audio/wav"
    M4A = "audio/mp4"
    MP4 = "video/mp4"
    TXT = "text/plain"


#: How names of files end, by kind.
ENDINGS: Mapping[str, Kind] = MappingProxyType(
    {
        ".pdf": Kind.PDF,
        ".jpg": Kind.JPEG,
        ".jpeg": Kind.JPEG,
        ".png": Kind.PNG,
        ".docx": Kind.DOCX,
        ".xlsx": Kind.XLSX,
        ".mp3": Kind.MP3,
        ".wav": Kind.WAV,
        ".m4a": Kind.M4A,
        ".mp4": Kind.MP4,
        ".txt": Kind.TXT,
    }
)


class NotAsNamed(Invalid):
    """The content of the file is another kind than its name says."""

    code = "file_not_as_named"


def named(name: str) -> Kind | None:
    """Return the kind that a file's name says; None for one that is not taken."""
    return ENDINGS.get(PurePath(name).suffix.lower())


def require_as_named(kind: Kind, name: str) -> None:
    """Refuse a file whose name says another kind than its content is.

    Raises:
        NotAsNamed: a program in the clothes of a document, or a slip of the hand.
    """
    if named(name) is not kind:
        raise NotAsNamed("The file's content is not what its name says.", found=kind.value)


def kind_of(file: IO[bytes]) -> Kind:
    """Return what a file is. Reads all of it where only that can tell; takes as long as reading.

    Raises:
        FileRefused: of no kind that is taken, damaged, or harmful to whoever opens it.
    """
    file.seek(0)
    head = file.read(_HEAD)
    if head.startswith(archives.MARK):
        return Kind.DOCX if archives.office(file) == "word" else Kind.XLSX
    for kind, is_it in _MARKS.items():
        if is_it(head, file):
            return kind
    if _is_text(file):
        return Kind.TXT
    raise FileRefused("Files of this kind are not taken.", taken=sorted(ENDINGS))


def _is_pdf(head: bytes, file: IO[bytes]) -> bool:
    if not head.startswith(_PDF):
        return False
    size = file.seek(0, 2)
    file.seek(max(0, size - _PDF_TAIL))
    if b"%%EOF" not in file.read():
        raise FileRefused("The PDF has no end: it was cut off on its way.")
    return True


def _is_media(brands: frozenset[bytes]) -> Callable[[bytes, IO[bytes]], bool]:
    return lambda head, _file: head[4:8] == b"ftyp" and head[8:12] in brands


_MARKS: Mapping[Kind, Callable[[bytes, IO[bytes]], bool]] = {
    Kind.PDF: _is_pdf,
    Kind.JPEG: lambda head, _file: head.startswith(b"\xff\xd8\xff"),
    Kind.PNG: lambda head, _file: head.startswith(_PNG),
    Kind.WAV: lambda head, _file: head.startswith(b"RIFF") and head[8:12] == b"WAVE",
    Kind.M4A: _is_media(_M4A),
    Kind.MP4: _is_media(_MP4),
    Kind.MP3: lambda _head, file: sounds.is_mp3(file),
}


def _is_text(file: IO[bytes]) -> bool:
    # Editors of Windows in China write GB 18030 where they do not write UTF-8.
    return any(_is_text_in(file, encoding) for encoding in ("utf-8", "gb18030"))


def _is_text_in(file: IO[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        while piece := file.read(_PIECE):
            if len(piece.translate(None, _NO_TEXT)) < len(piece):
                return False
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
