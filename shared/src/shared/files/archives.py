"""Word and Excel files: archives that hold what they say, unpack to a bearable size and bring no programs."""

import struct
import zipfile
import zlib
from typing import IO, Final, Literal

from shared.errors import Invalid

#: How an archive begins.
MARK: Final = b"PK\x03\x04"
#: Larger than any document that people read, smaller than what fills a disk or a memory.
MAX_UNPACKED_BYTES: Final = 256 * 1024 * 1024
_MAX_DIRECTORY_BYTES: Final = 1024 * 1024
_MAX_TYPES_BYTES: Final = 1024 * 1024
_PIECE: Final = 256 * 1024

# The end of the directory of an archive that has no comment: number and size of its entries are in it.
_END = struct.Struct("<4s4H2LH")
_END_MARK, _LARGE_MARK = b"PK\x05\x06", b"PK\x06\x07"
_LARGE_BYTES = 20
_TYPES = "[Content_Types].xml"
_IS_ENCRYPTED = 0x1


class FileRefused(Invalid):
    """The file is of no kind that is taken, damaged, or would harm whoever opens it."""

    code = "file_refused"


def office(file: IO[bytes]) -> Literal["word", "excel"]:
    """Return which program an office file is for. Unpacks all of it, once, in pieces, to see that it can be.

    Raises:
        FileRefused: another archive, damaged, locked, with macros, or one that unpacks to far too much (ZIP bomb).
    """
    _require_small_directory(file)
    try:
        with zipfile.ZipFile(file) as archive:
            return _office(archive)
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, OSError, ValueError):
        raise FileRefused("The archive is damaged.") from None


def _require_small_directory(file: IO[bytes]) -> None:
    """Refuse, before the directory is read into memory, what office programs never write."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END.size - _LARGE_BYTES))
    tail = file.read()
    if len(tail) < _END.size:
        raise FileRefused("The archive is damaged.")
    mark, _, _, _, _, directory_bytes, _, comment_bytes = _END.unpack(tail[-_END.size :])
    if mark != _END_MARK or comment_bytes:
        raise FileRefused("The archive is damaged, or something stands behind its end.")
    if tail.startswith(_LARGE_MARK) or directory_bytes > _MAX_DIRECTORY_BYTES:
        raise FileRefused("The archive has more entries than any document.")


def _office(archive: zipfile.ZipFile) -> Literal["word", "excel"]:
    entries = archive.infolist()
    names = {entry.filename for entry in entries}
    if len(names) != len(entries) or _TYPES not in names:
        raise FileRefused("Of archives only Word and Excel files (.docx, .xlsx) are taken.")
    if any(entry.flag_bits & _IS_ENCRYPTED for entry in entries):
        raise FileRefused("The file is locked with a password; send it without.")
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        raise FileRefused("The archive unpacks to far more than a document (ZIP bomb).")
    _require_no_macros(archive, names)
    for entry in entries:
        _require_whole(archive, entry)
    if "word/document.xml" in names:
        return "word"
    if "xl/workbook.xml" in names:
        return "excel"
    raise FileRefused("Of archives only Word and Excel files (.docx, .xlsx) are taken.")


def _require_no_macros(archive: zipfile.ZipFile, names: set[str]) -> None:
    with archive.open(_TYPES) as types:
        said = types.read(_MAX_TYPES_BYTES)
    if b"macroEnabled" in said or any(name.lower().endswith("vbaproject.bin") for name in names):
        raise FileRefused("The file holds macros; send it without.")


def _require_whole(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise FileRefused("The archive is packed in a way that office programs do not know.")
    # Reading to the end compares the checksum too, so neither it nor the size that was added up can be a lie.
    with archive.open(entry) as content:
        while content.read(_PIECE):
            pass
