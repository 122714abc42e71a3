from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.accounts.rules import Account, Paid, held_too_much
from channel_commission.accruals import service as accruals
from channel_commission.accruals.rules import EntryKind
from channel_commission.cycles.rules import cycle_of
from channel_commission.dealings import service as dealings
from channel_commission.dealings.tables import Dealing
from channel_commission.ledger import service as ledgers
from channel_commission.ledger.service import Ledger, Occasion
from channel_commission.overrides import queries, rules
from channel_commission.rates import service as rates
from channel_commission.rates.rules import Component, RuleInForce


async def settle(session: AsyncSession, ledger: Ledger) -> None:
    """Book what head offices get of the upfront fees booked just now; the ledger's entries are written.

    Who the head office is was decided with the sale's terms: the hierarchy of the business date, as known then.
    """
    sale_ids = await queries.sales_among(session, ledger.priced)
    if sale_ids:
        known = await dealings.load(session, sale_ids)
        found = await rates.by_id(session, {id for one in known.by_id.values() if (id := one.override_rule_id)})
        payees = await rates.channels_of(session, found)
        fees, overrides = await queries.booked(session, known.by_id)
        paid = await accruals.by_account(session, known.by_id)
        for sale_id in sale_ids:
            sale = known.by_id[sale_id]
            assert sale.override_rule_id is not None  # noqa: S101  # asked for above
            rate = found[sale.override_rule_id]
            family = [sale, *sorted(known.redemptions[sale_id], key=_in_business_order)]
            account = Account(payees[rate.id], rate.cycle)
            _enter(ledger, sale, family, rate, account, fees, overrides)
            _release(ledger, sale, family, rate, account, paid)
        await ledgers.write(session, ledger)
    ledger.priced.clear()


def _in_business_order(dealing: Dealing) -> tuple[object, str]:
    return dealing.confirmed_on, dealing.confirmation_number


def _enter(
    ledger: Ledger,
    sale: Dealing,
    family: list[Dealing],
    rate: RuleInForce,
    account: Account,
    fees: dict[UUID, int],
    overrides: dict[UUID, int],
) -> None:
    by_id = {one.id: one for one in family}
    assert rate.share is not None  # noqa: S101  # an override has one
    booked = [(one.id, fees.get(one.id, 0)) for one in family]
    occasion = _occasion(ledger, family)
    for draft in rules.drafts(rate.share, booked, overrides, sale_id=sale.id):
        dealing = by_id[draft.dealing_id]
        ledgers.enter_into(ledger, dealing, sale, draft, occasion, account=account, rate_rule_id=rate.id)


def _release(
    ledger: Ledger,
    sale: Dealing,
    family: list[Dealing],
    rate: RuleInForce,
    account: Account,
    paid: Mapping[UUID, Mapping[Account, Paid]],
) -> None:
    """Put back what is withheld of a head office beyond what the sale still earns it, as is done for its branch."""
    ids = {one.id for one in family}
    before = [paid[id][account] for id in ids if account in paid.get(id, {})]
    now = [
        entry.amount_fen
        for entry, _ in ledger.entries
        if entry.dealing_id in ids
        and entry.component is not Component.WITHHELD
        and Account(entry.channel_id, cycle_of(entry.run)) == account
    ]
    earned = 0 if sale.reversed_by else sum(one.fen for one in before) + sum(now)
    if excess := held_too_much(earned, sum(one.withheld_fen for one in before)):
        ledgers.withhold(ledger, sale, sale, EntryKind.RELEASE, -excess, account, rate.id, _occasion(ledger, family))


def _occasion(ledger: Ledger, family: list[Dealing]) -> Occasion:
    """Return what changed the fees of a sale last."""
    return next(ledger.priced[one.id] for one in reversed(family) if one.id in ledger.priced)
