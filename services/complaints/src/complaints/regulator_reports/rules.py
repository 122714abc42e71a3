"""Statistics for the regulator (监管统计报表): what a period's report says, frozen as submitted, corrected openly.

The regulator's own forms were not at hand: the lines are those of the register and of the key figures that the house
reports on complaints. `FORM` names the list of lines, so that a report of an earlier form stays readable.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from complaints.cases.rules import Level, Reason, Source
from complaints.traits.rules import Regime
from shared.codes import Code
from shared.errors import Conflict, Invalid

FORM = "complaints-1"
#: Code of the line for cases without a code of their own.
NONE = "none"


class Section(Code):
    """A part of the report."""

    SUMMARY = "summary", "总体情况"
    REASON = "reason", "按投诉原因（期内受理）"
    SOURCE = "source", "按受理渠道（期内受理）"
    LEVEL = "level", "按投诉等级（期内受理）"
    REGIME = "regime", "按适用制度（期内受理）"
    BUSINESS_CODE = "business_code", "按业务类别（期内受理）"


class Item(Code):
    """A line of the summary; days are those of the period, Asia/Shanghai."""

    RECEIVED = "received", "期内受理投诉件数"
    PERSONS = "persons", "期内受理投诉涉及人数"
    MAJOR = "major", "其中：重大投诉件数"
    REPEATED = "repeated", "其中：办结后重复投诉件数"
    INFORMED = "informed", "期内告知处理结果件数"
    IN_TIME = "in_time", "其中：按期告知件数"
    LATE = "late", "其中：逾期告知件数"
    UPHELD = "upheld", "其中：认定机构有责件数"
    WITHIN_15 = "within_15", "其中：15日内告知件数"
    WITHIN_30 = "within_30", "其中：16日至30日告知件数"
    WITHIN_60 = "within_60", "其中：31日至60日告知件数"
    OVER_60 = "over_60", "其中：超过60日告知件数"
    WITHDRAWN = "withdrawn", "期内撤回投诉件数"
    OPEN_AT_END = "open_at_end", "期末在办件数"
    OVERDUE_AT_END = "overdue_at_end", "其中：期末已逾期未告知件数"
    EXTENDED = "extended", "期内批准延期件数"
    REVIEWED = "reviewed", "期内申请核查件数"
    COMPENSATED = "compensated", "期内赔付件数"
    COMPENSATION = "compensation", "期内赔付金额"


#: Lines of the summary that count something else than cases.
UNITS: Mapping[Item, str] = {Item.PERSONS: "人", Item.COMPENSATION: "元"}
#: Sections whose lines are a closed list; those without cases are told as 0.
LISTS: Mapping[Section, type[Code]] = {
    Section.REASON: Reason,
    Section.SOURCE: Source,
    Section.LEVEL: Level,
    Section.REGIME: Regime,
}


class LineUnknown(Invalid):
    """The report has no such line."""

    code = "line_unknown"


class PeriodNotOver(Conflict):
    """A report is submitted once its period is over."""

    code = "period_not_over"


class AlreadySubmitted(Conflict):
    """The report of this period was submitted; what has changed since is a correction."""

    code = "report_already_submitted"


class ReportChanged(Conflict):
    """The numbers are not those that were looked at."""

    code = "report_changed"


class NothingToCorrect(Conflict):
    """The numbers are those that were submitted."""

    code = "nothing_to_correct"


class NotTheLatest(Conflict):
    """A later version was submitted: that one is corrected."""

    code = "not_the_latest_version"


@dataclass(frozen=True, slots=True)
class Line:
    """One number of a report.

    Attributes:
        section: Part of the report.
        code: Code of the line, unique in its section.
        name: What it says, in Chinese, as it was when the report was made.
        unit: 件, 人 or 元.
        value: A whole number, or yuan with two places.
    """

    section: Section
    code: str
    name: str
    unit: str
    value: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A line that says something else than in the version before; None where a version has no such line."""

    section: Section
    code: str
    name: str
    before: str | None
    after: str | None


def lines(summary: Mapping[Item, str], by: Mapping[Section, Mapping[str, tuple[str, int]]]) -> list[Line]:
    """Return the lines of a report in the order of the form.

    Args:
        summary: Value of each line of the summary.
        by: Name and number of cases by code, for the other sections; closed lists may leave out codes without cases.
    """
    found = [Line(Section.SUMMARY, item.value, item.zh, UNITS.get(item, "件"), summary[item]) for item in Item]
    for section in Section:
        if section is Section.SUMMARY:
            continue
        cases = by.get(section, {})
        if section in LISTS:
            named = {code.value: (code.zh, cases.get(code.value, ("", 0))[1]) for code in LISTS[section]}
        else:
            named = dict(sorted(cases.items()))
        found += [Line(section, code, name, "件", str(number)) for code, (name, number) in named.items()]
    return found


def content(period_from: date, period_to: date, told: Iterable[Line]) -> dict[str, Any]:
    """Return a report as the JSON document that is frozen."""
    return {
        "form": FORM,
        "period_from": period_from.isoformat(),
        "period_to": period_to.isoformat(),
        "lines": [asdict(line) for line in told],
    }


def digest(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 (hexadecimal) of a report: sorted keys, no spaces, UTF-8."""
    canonical = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def told(document: Mapping[str, Any]) -> list[Line]:
    """Return the lines of a frozen report."""
    return [Line(**line | {"section": Section(line["section"])}) for line in document["lines"]]


def differences(before: Collection[Line], after: Collection[Line]) -> list[Difference]:
    """Return the lines that differ, in the order of the later version, lines that are gone last."""
    old = {(line.section, line.code): line for line in before}
    new = {(line.section, line.code): line for line in after}
    found = []
    for key in [*new, *(key for key in old if key not in new)]:
        values = (old[key].value if key in old else None, new[key].value if key in new else None)
        if values[0] != values[1]:
            found.append(Difference(*key, (new.get(key) or old[key]).name, *values))
    return found


def require_line(section: Section, code: str) -> None:
    """Refuse a line that the form does not have; codes of the business are an open list.

    Raises:
        LineUnknown: there is none.
    """
    known = Item if section is Section.SUMMARY else LISTS.get(section)
    if known is not None and code not in set(known):
        raise LineUnknown("This section has no such line.", pointer="/query/code")


def require_over(period_to: date, today: date) -> None:
    """Refuse to submit the report of a period that still runs.

    Raises:
        PeriodNotOver: it does.
    """
    if period_to >= today:
        raise PeriodNotOver("The last day of the period is not over.", pointer="/period_to")


def require_seen(seen: str, current: str) -> None:
    """Refuse to freeze other numbers than those that were looked at.

    Raises:
        ReportChanged: something changed since the draft was read.
    """
    if seen != current:
        raise ReportChanged("The numbers have changed since: read the draft again.", digest=current)
