"""A file is what its content is: each kind that is taken is known, and what only says to be one is not."""

import contextlib
import io
import struct
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import DomainError
from shared.files import archives, kinds
from shared.files.archives import FileRefused
from shared.files.kinds import ENDINGS, Kind, NotAsNamed
from shared.testing.files import a_docx, a_jpeg, a_movie, a_pdf, a_png, a_wav, an_archive, an_mp3, an_xlsx

TYPES = {"[Content_Types].xml": "<Types/>"}

KNOWN: dict[str, tuple[bytes, Kind]] = {
    "PDF": (a_pdf(), Kind.PDF),
    "JPEG": (a_jpeg(), Kind.JPEG),
    "PNG": (a_png(), Kind.PNG),
    "Word": (a_docx(), Kind.DOCX),
    "Excel": (an_xlsx(), Kind.XLSX),
    "MP3": (an_mp3(), Kind.MP3),
    "MP3 with a tag": (an_mp3(tagged=True), Kind.MP3),
    "WAV": (a_wav(), Kind.WAV),
    "M4A": (a_movie(b"M4A "), Kind.M4A),
    "MP4": (a_movie(), Kind.MP4),
    "text": ("投诉人陈述：\t延期兑付。\r\n".encode(), Kind.TXT),
    "text with a mark": ("\ufeff陈述".encode(), Kind.TXT),
    "text of Windows": ("投诉人陈述：延期兑付。".encode("gb18030"), Kind.TXT),
    "a script is text": (b"#!/bin/sh\nrm -rf /\n", Kind.TXT),
}

REFUSED: dict[str, bytes] = {
    "a program of Windows": b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff",
    "a program of Linux": b"\x7fELF\x02\x01\x01\x00" + b"\0" * 40,
    "a PDF cut off": a_pdf(size=4000)[:-300],
    "a PDF of no version": b"%PDF-x\n\x00%%EOF",
    "a PDF behind something": b"\n\n" + a_pdf() + b"\x00",
    "an old Word file": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500,
    "a GIF": b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
    "a photograph of an iPhone": a_movie(b"heic"),
    "QuickTime": a_movie(b"qt  "),
    "7-Zip": b"7z\xbc\xaf\x27\x1c\x00\x04",
    "RAR": b"Rar!\x1a\x07\x01\x00",
    "one frame is no MP3": an_mp3(frames=1),
    "a tag without sound": an_mp3(tagged=True, frames=0),
    "text with a NUL": b"text\x00text",
    "text with an escape": b"\x1b[2Jtext",
    "text in no encoding": "陈述".encode()[:-1] + b"\xff\xff",
    "an archive of anything": an_archive({"a.txt": "a"}),
    "an archive with types only": an_archive(TYPES),
    "a Java archive": an_archive({"META-INF/MANIFEST.MF": "Main-Class: X"}),
    "an archive cut off": a_docx()[:-30],
    "an archive with a program behind it": a_docx() + b"MZ" * 20,
    "a broken archive": a_docx().replace(b"word/document.xml", b"word/d\xff\xfement.xml", 1),
    "macros by name": a_docx(**{"word/vbaProject.bin": b"x"}),
    "macros by type": an_archive(
        {"[Content_Types].xml": "application/vnd.ms-word.document.macroEnabled.main+xml", "word/document.xml": ""}
    ),
    "packed in another way": an_archive(TYPES | {"word/document.xml": "x"}, method=zipfile.ZIP_LZMA),
}


def kind_of(content: bytes) -> Kind:
    return kinds.kind_of(io.BytesIO(content))


@pytest.mark.parametrize("name", KNOWN)
def test_a_kind_is_known_by_its_content(name: str) -> None:
    content, kind = KNOWN[name]

    assert kind_of(content) is kind


@pytest.mark.parametrize("name", REFUSED)
def test_another_kind_or_a_damaged_file_is_refused(name: str) -> None:
    with pytest.raises(FileRefused):
        kind_of(REFUSED[name])


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("name", KNOWN)
def test_a_name_has_to_say_what_the_content_is(name: str, ending: str) -> None:
    kind = kind_of(KNOWN[name][0])
    is_right = ENDINGS[ending] is kind

    for called in (f"陈述{ending}", f"a.b{ending.upper()}", f"x.exe{ending}"):
        if is_right:
            kinds.require_as_named(kind, called)
        else:
            with pytest.raises(NotAsNamed) as refused:
                kinds.require_as_named(kind, called)
            assert refused.value.facts["found"] == kind.value


@pytest.mark.parametrize("name", ["pdf", ".pdf.exe", "a.pdf ", "a.pdf.", "a.docm", "a", ""])
def test_a_name_that_ends_otherwise_says_no_kind(name: str) -> None:
    with pytest.raises(NotAsNamed):
        kinds.require_as_named(Kind.PDF, name)


def test_a_zip_bomb_is_refused_without_being_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = an_archive(TYPES | {"word/document.xml": b"\0" * (archives.MAX_UNPACKED_BYTES + 1)})
    opened: list[str] = []
    monkeypatch.setattr(archives, "_require_whole", lambda _archive, entry: opened.append(entry.filename))

    assert len(bomb) < 1024 * 1024
    with pytest.raises(FileRefused, match="bomb"):
        kind_of(bomb)
    assert opened == []


def test_a_bomb_that_lies_about_its_size_is_refused() -> None:
    content = b"\0" * 5_000_000
    honest = a_docx(**{"word/media/image1.png": content})
    lying = honest.replace(struct.pack("<I", len(content)), struct.pack("<I", 1000))

    assert lying != honest
    assert kind_of(honest) is Kind.DOCX
    with pytest.raises(FileRefused):
        kind_of(lying)


def test_a_directory_of_a_million_entries_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    many = bytearray(a_docx())
    many[-10:-6] = struct.pack("<I", archives._MAX_DIRECTORY_BYTES + 1)
    read: list[Any] = []
    monkeypatch.setattr(archives, "_office", read.append)

    with pytest.raises(FileRefused, match="entries"):
        kind_of(bytes(many))
    assert read == []


def test_a_locked_file_says_so() -> None:
    locked = bytearray(a_docx())
    for mark, place in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = locked.find(mark)
        while at >= 0:
            locked[at + place] |= 1
            at = locked.find(mark, at + 1)

    with pytest.raises(FileRefused, match="password"):
        kind_of(bytes(locked))


@given(st.binary(min_size=1, max_size=400))
def test_any_bytes_are_of_a_kind_or_refused(content: bytes) -> None:
    with contextlib.suppress(DomainError):
        assert kind_of(content) in Kind


@given(st.sampled_from(sorted(KNOWN)), st.data())
def test_any_damage_leaves_a_kind_or_is_refused(name: str, data: st.DataObject) -> None:
    content = bytearray(KNOWN[name][0])
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(1, len(content)))

    for damaged in (bytes(content), bytes(content[:cut])):
        with contextlib.suppress(DomainError):
            assert kind_of(damaged) in Kind


@given(st.text(st.characters(min_codepoint=0x20, blacklist_categories=["Cs", "Cc"]), min_size=1))
def test_any_printed_text_is_text_unless_it_begins_like_another_kind(text: str) -> None:
    content = text.encode()
    if not content.startswith((b"%PDF-", b"PK\x03\x04", b"RIFF")) and content[4:8] != b"ftyp":
        assert kind_of(content) is Kind.TXT
