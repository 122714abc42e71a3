"""Documents: what stands in the data is shown as it is, whole or not at all, always in the same bytes."""

import asyncio
import io
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared import documents

AT = datetime(2026, 11, 5, 2, tzinfo=UTC)
TEMPLATE = """
#let data = json(bytes(sys.inputs.data))
#set document(title: data.title, date: auto)
#set text(font: "{font}", lang: "zh", region: "cn")
= #data.title
#data.text
"""


@pytest.fixture
def template(tmp_path: Path) -> Path:
    return written(tmp_path)


def written(folder: Path, font: str = "Noto Serif SC") -> Path:
    file = folder / "letter.typ"
    file.write_text(TEMPLATE.replace("{font}", font))
    return file


async def text_of(template: Path, text: str) -> str:
    found = await documents.render(template, {"title": "告知书", "text": text}, at=AT)
    return "".join("".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(found)).pages)


@pytest.mark.parametrize(
    "text",
    [
        '#panic("taken")',
        '#read("/etc/passwd")',
        "*not_bold*_nor_slanted_$x^2$`raw`//comment",
        '\\"quoted"\\n[#sys.inputs]',
        "=heading",
        "@nobody<label>",
    ],
)
async def test_what_looks_like_markup_is_shown_as_it_is_written(template: Path, text: str) -> None:
    assert await text_of(template, text) == f"告知书{text}"


@pytest.mark.parametrize("font", ["Noto Serif SC", "Noto Sans SC"])
async def test_rare_characters_of_names_and_amounts_are_shown(tmp_path: Path, font: str) -> None:
    # Names with 䶮 (the ruler of Southern Han), of elements, and from the additions of 通用规范汉字表.
    text = "刘䶮㛃㑇㸌𬭎𫖯𬀩𫘜𬱖𨱇㐂零壹贰叁肆伍陆柒捌玖拾佰仟万亿圆角分整〇·¥1,234.56"

    assert await text_of(written(tmp_path, font), text) == f"告知书{text}"


@pytest.mark.parametrize(("text", "sign"), [("张\U00030000三", "\U00030000"), ("好😀", "😀"), ("\ue000", None)])
async def test_a_character_without_a_sign_is_named_instead_of_shown_as_a_box(
    template: Path, text: str, sign: str | None
) -> None:
    with pytest.raises(documents.CharacterMissing) as refused:
        await documents.render(template, {"title": "告知书", "text": text}, at=AT)

    assert sign is None or refused.value.facts["characters"] == sign


async def test_the_same_data_give_the_same_bytes_in_another_process_with_another_home_and_zone(
    template: Path, tmp_path: Path
) -> None:
    here = await documents.render(template, {"title": "告知书", "text": "字"}, at=AT)
    program = (
        "import asyncio, sys; from datetime import datetime; from pathlib import Path; from shared import documents\n"
        f"at, template = datetime.fromisoformat({AT.isoformat()!r}), Path({str(template)!r})\n"
        "data = {'title': '告知书', 'text': '字'}\n"
        "sys.stdout.buffer.write(asyncio.run(documents.render(template, data, at=at)))"
    )
    environment = {"HOME": str(tmp_path / "empty"), "TZ": "America/New_York", "PYTHONUTF8": "1"}
    command = [sys.executable, "-c", program]
    there = await asyncio.to_thread(subprocess.run, command, env=environment, capture_output=True, check=True)

    assert there.stdout == here


async def test_the_document_bears_its_own_date_and_title(template: Path) -> None:
    found = await documents.render(template, {"title": "告知书", "text": "字"}, at=AT)

    facts = pypdf.PdfReader(io.BytesIO(found)).metadata
    assert facts is not None
    assert (facts.title, facts.creation_date) == ("告知书", AT)


async def test_a_family_that_is_not_pinned_is_refused_wherever_the_machine_has_it(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unknown font family"):
        await text_of(written(tmp_path, "Noto Sans CJK SC"), "字")


async def test_a_missing_font_says_what_to_do(template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "_FONTS", "no_such_fonts")
    documents._fonts.cache_clear()

    with pytest.raises(documents.FontMissing, match="make install"):
        await text_of(template, "字")

    monkeypatch.undo()
    documents._fonts.cache_clear()


async def test_a_template_at_fault_is_named(tmp_path: Path) -> None:
    file = tmp_path / "letter.typ"
    file.write_text("#nothing")

    with pytest.raises(ValueError, match=r"letter\.typ.*unknown variable"):
        await documents.render(file, {}, at=AT)


@settings(max_examples=30, deadline=None)
@given(text=st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=40))
def test_any_printable_text_is_shown_whole(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    template = written(tmp_path_factory.mktemp("any"))

    assert asyncio.run(text_of(template, text)) == f"告知书{text}"
