"""Small files of every kind that is taken, and some of those that are not, made byte by byte or by their own rules."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

_TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


def a_pdf(text: str = "x", *, size: int = 0) -> bytes:
    """Return what says to be a PDF and ends like one; padded to `size` bytes."""
    body = b"%PDF-1.7\n% " + text.encode() + b"\n"
    end = b"\nstartxref\n0\n%%EOF\n"
    return body + b" " * max(0, size - len(body) - len(end)) + end


def a_png() -> bytes:
    """Return an image of one pixel."""
    chunks = ((b"IHDR", struct.pack(">2I5B", 1, 1, 8, 0, 0, 0, 0)), (b"IDAT", zlib.compress(b"\0\0")), (b"IEND", b""))
    framed = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


def a_jpeg() -> bytes:
    """Return the first and the last mark of a photograph."""
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"


def a_wav() -> bytes:
    """Return a recording of nothing."""
    sound = struct.pack("<4sI2H2I2H", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8) + struct.pack("<4sI", b"data", 0)
    return b"RIFF" + struct.pack("<I", 4 + len(sound)) + b"WAVE" + sound


def an_mp3(*, tagged: bool = False, frames: int = 2) -> bytes:
    """Return frames of MPEG-1 layer III, 128 kbit/s at 44.1 kHz: 417 bytes each; with an ID3 tag of 300 before."""
    tag = b"ID3\x04\x00\x00" + bytes((0, 0, 2, 44)) + b"\0" * 300 if tagged else b""
    return tag + (b"\xff\xfb\x90\x00" + b"\0" * 413) * frames


def a_movie(brand: bytes = b"isom") -> bytes:
    """Return the first box of an MP4 of this brand; `M4A ` is sound alone."""
    return struct.pack(">I4s4sI", 20, b"ftyp", brand, 512) + b"isom" + struct.pack(">I4s", 8, b"mdat")


def an_archive(entries: Mapping[str, bytes | str], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a ZIP archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return file.getvalue()


def a_docx(**entries: bytes | str) -> bytes:
    """Return an archive with what makes it a Word file, and `entries` beside."""
    return an_archive({"[Content_Types].xml": _TYPES, "word/document.xml": "<w/>", **entries})


def an_xlsx() -> bytes:
    """Return an archive with what makes it a workbook."""
    return an_archive({"[Content_Types].xml": _TYPES, "xl/workbook.xml": "<workbook/>"})
