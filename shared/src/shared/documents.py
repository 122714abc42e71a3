"""Documents as PDF: a Typst template of a service with its data, the same bytes for the same data on any machine.

A template reads its data by `json(bytes(sys.inputs.data))`: what stands in it is text and never read as markup. It
sets one of the two families of the pinned fonts, "Noto Serif SC" (宋体) or "Noto Sans SC" (黑体): both have all
characters of 通用规范汉字表 and GB 18030-2022 level 2. No other font is looked for. Services that draw documents depend
on `trust-crm-shared[documents]`.
"""

import asyncio
import importlib.util
import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

from shared.errors import Conflict

_FONTS = "pylopdf_fonts_zh_cn"
_UNSHOWN = re.compile(r'the text `"(.+?)"` could not be displayed')


class FontMissing(RuntimeError):
    """The fonts are not installed here; a document without them would show boxes for Chinese."""


class CharacterMissing(Conflict):
    """The fonts have no sign for a character of the data; a document would show a box in its place."""

    code = "character_missing"


async def render(template: Path, data: Mapping[str, Any], *, at: datetime) -> bytes:
    """Return `template` with `data` as PDF/A-2b, which takes only what every reader can show, for ever.

    Args:
        template: A `.typ` file; what else it reads lies in its folder.
        data: JSON values: amounts and dates as they are to be read, since templates calculate nothing.
        at: The document's own date, written into it as its creation: never the present instant.

    Raises:
        CharacterMissing: a text holds a character that the fonts have no sign for; tells which.
        FontMissing: the fonts are not installed.
        ValueError: the template is at fault.
    """
    return await asyncio.to_thread(_compile, template, json.dumps(data), int(at.timestamp()))


def _compile(template: Path, data: str, timestamp: int) -> bytes:
    try:
        compiled, warnings = typst.compile_with_warnings(
            template,
            root=template.parent,
            font_paths=_fonts(),
            ignore_system_fonts=True,
            sys_inputs={"data": data},
            format="pdf",
            pdf_standards="a-2b",
            timestamp=timestamp,
        )
    except typst.TypstError as error:
        if unshown := _UNSHOWN.search(error.message):
            raise CharacterMissing(
                "The fonts have no sign for a character of this document; write it otherwise.",
                characters=unshown.group(1),
            ) from None
        raise ValueError(f"{template.name}: {error.diagnostic or error.message}") from None
    if warnings:
        raise ValueError(f"{template.name}: {warnings[0].message}")
    return compiled


@cache
def _fonts() -> typst.Fonts:
    # Found, not imported: only its files are wanted.
    package = importlib.util.find_spec(_FONTS)
    if package is None or package.origin is None:
        raise FontMissing("The package pylopdf-fonts-zh-cn is not installed here: run `make install`.")
    folder = str(Path(package.origin).parent)
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])
