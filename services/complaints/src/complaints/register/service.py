import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from typing import IO, Any
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from complaints.cases import service as cases
from complaints.cases.tables import Complaint
from complaints.classification.rules import Dimension
from complaints.register import queries, rules
from complaints.register.schemas import COLUMNS, CodeName, RegisterEntry, RegisterExport, RegisterFilter
from complaints.statistics.rules import require_period
from complaints.traits.rules import RequestKind
from shared.audit import trail
from shared.clock import SHANGHAI, business_date
from shared.http import downloads
from shared.http.callers import Actor
from shared.ids import new_id
from shared.money import Money
from shared.workbooks import Table, workbook

#: What tells of the person, and is shown of nobody who is erased.
_PERSONAL = (
    "client_id",
    "complainant_name",
    "complainant_phone",
    "forwarding_number",
    "external_id",
    "facts",
    "demand",
    "basis",
    "decision",
    "measures",
)
#: Texts of people's own words, in which numbers are masked.
_TEXTS = ("facts", "demand", "basis", "decision", "measures")


def select_entries(wanted: RegisterFilter, *, actor: Actor) -> Select[Any]:
    """Return the select of the register's rows that the caller reaches.

    Raises:
        PeriodEmpty: the period ends before it begins.
    """
    require_period(wanted.received_from, wanted.received_to)
    return queries.select_entries(wanted, cases.reached(actor))


def entry(row: Sequence[Any], *, today: date) -> RegisterEntry:
    """Return a row as the register shows it: masked, and of an erased client without anything personal."""
    complaint, beside = queries.beside(row)
    values = complaint.model_dump() | beside
    values |= {name: rules.masked_text(values[name]) for name in _TEXTS if values[name] is not None}
    if beside["is_erased"]:
        values |= dict.fromkeys(_PERSONAL)
        values |= {"extension_reasons": [], "spoken_for_by": []}
    values["extension_reasons"] = [rules.masked_text(reason) for reason in values["extension_reasons"]]
    ended_on = complaint.informed_on or complaint.withdrawn_on or complaint.reclassified_on or complaint.rejected_on
    return RegisterEntry.model_validate(
        values
        | {
            "amount": _money(complaint.amount),
            "compensation": _money(complaint.compensation),
            "wants_reply": RequestKind.REPLY in complaint.request_kinds,
            "handling_days": rules.handling_days(complaint.received_on, ended_on, today),
            **{
                f"{dimension.value}_code": _code(complaint, dimension, beside[f"{dimension.value}_name"])
                for dimension in Dimension
            },
        }
    )


def _money(fen: int | None) -> Money | None:
    return None if fen is None else Money.from_fen(fen)


def _code(complaint: Complaint, dimension: Dimension, name: str | None) -> CodeName | None:
    code = getattr(complaint, f"{dimension.value}_code")
    return None if code is None else CodeName(code=code, name=name)


async def export(session: AsyncSession, wanted: RegisterExport, *, actor: Actor, now: datetime) -> IO[bytes]:
    """Return the register as a workbook, whole before it is sent, and leave a trace of who took it and why.

    Raises:
        PeriodEmpty: the period ends before it begins.
        RegisterTooLong: more cases than a workbook takes.
    """
    require_period(wanted.received_from, wanted.received_to, pointer="/received_to")
    export_id, reached = new_id(), cases.reached(actor)
    rows = await queries.count(session, wanted, reached)
    rules.require_exportable(rows)
    facts = wanted.model_dump(mode="json", exclude={"reason"}, exclude_none=True) | {"rows": rows}
    await trail.record(
        session,
        "complaint_register.exported",
        kind="complaint_register_export",
        id=export_id,
        reason=wanted.reason,
        facts=facts,
    )
    with downloads.made() as file:
        book = workbook(file, title="投诉台账", created=now)
        _front(book, wanted, export_id, rows, actor=actor, now=now)
        table = Table(book, "台账", [(label, width) for label, width, _ in COLUMNS])
        async for some in queries.entries(session, wanted, reached):
            await asyncio.to_thread(_add, table, some, business_date(now))
        await asyncio.to_thread(book.close)
    return file


def _add(table: Table, rows: Sequence[Any], today: date) -> None:
    entries = (entry(row, today=today) for row in rows)
    table.add([cell(one) for _, _, cell in COLUMNS] for one in entries)


def _front(book: Any, wanted: RegisterExport, export_id: UUID, rows: int, *, actor: Actor, now: datetime) -> None:
    """Say on a first sheet what the table is, who took it and why, so that a printed copy can be traced."""
    narrowed = (wanted.status, wanted.level, wanted.source, wanted.regime)
    others = [code.zh for code in narrowed if code] + [str(id) for id in (wanted.channel_id, wanted.product_id) if id]
    Table(book, "说明", [("项目", 14), ("内容", 90)]).add(
        [
            ("名称", "消费投诉台账"),
            ("受理期间", f"{wanted.received_from:%Y年%m月%d日}至{wanted.received_to:%Y年%m月%d日}"),
            ("其他条件", "、".join(others) or "无（改类为非投诉的不列入）"),
            ("件数", rows),
            ("数据时点", f"{now.astimezone(SHANGHAI):%Y年%m月%d日 %H:%M:%S}（北京时间）"),
            ("导出人", actor.name),
            ("导出事由", wanted.reason),
            ("导出编号", str(export_id)),
            ("脱敏说明", "姓名、电话、证件及账户号码、电子邮箱已脱敏；文字中出现的姓名无法自动识别，请勿外传。"),
        ]
    )
