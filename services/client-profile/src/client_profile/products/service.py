from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from client_profile.products import queries, rules
from client_profile.products.rules import ProductStatus
from client_profile.products.schemas import Extension, PaymentDelay, ProductCreate, ProductItem, ProductRead, Regrade
from client_profile.products.tables import Product
from shared import policy
from shared.audit import trail
from shared.clock import business_date
from shared.delivery import outbox
from shared.events.base import Event
from shared.events.client_profile import (
    ProductEstablished,
    ProductFailed,
    ProductLiquidated,
    ProductListed,
    ProductMatured,
    ProductRaisingOpened,
    ProductRegraded,
)
from shared.events.products import ProductExtended, ProductPaymentDelayed
from shared.http import bulk
from shared.http.bulk import BulkBody, BulkResult, ItemResult
from shared.ids import new_id
from shared.money import Money


async def create(session: AsyncSession, wanted: ProductCreate, *, now: datetime) -> Product:
    """List a product; it takes no subscriptions yet."""
    product = _listed(wanted, now)
    session.add(product)
    await outbox.record(session, product, _listing(product, now))
    return product


async def get(session: AsyncSession, product_id: UUID, *, pointer: str | None = None) -> Product:
    """Return a product.

    Args:
        session: The caller's session.
        product_id: The product.
        pointer: Where the id stands in a request body; None if it stands in the path.

    Raises:
        NotFound: no product has the id in the path.
        ProductUnknown: no product has the id in the body.
    """
    if pointer is None:
        return await queries.get_product(session, product_id)
    found = await queries.get_products(session, [product_id])
    if product_id not in found:
        raise rules.ProductUnknown("No product has this id.", pointer=pointer)
    return found[product_id]


async def hold(session: AsyncSession, product_id: UUID, *, pointer: str | None = None) -> Product:
    """Return a product whose status stays as it is until the transaction ends; arguments and errors as `get`."""
    product = await get(session, product_id, pointer=pointer)
    await session.refresh(product, with_for_update={"read": True})
    return product


async def get_many(session: AsyncSession, ids: set[UUID]) -> dict[UUID, Product]:
    """Return those of the products that are known, by id."""
    return await queries.get_products(session, ids)


async def open_raising(session: AsyncSession, product_id: UUID, *, now: datetime) -> Product:
    """Let a listed product take subscriptions.

    Raises:
        NotFound: no product has this id.
        ProductStateForbids: it is not listed.
    """
    product = await _move(session, product_id, "open_raising")
    await outbox.record(session, product, ProductRaisingOpened(occurred_at=now, product_id=product.id))
    return product


async def establish(session: AsyncSession, product_id: UUID, *, established_on: date, now: datetime) -> Product:
    """Record that a plan was established; confirming its subscriptions is the caller's.

    Raises:
        NotFound: no product has this id.
        DateInFuture: the day has not come yet.
        ProductStateForbids: it raises no money.
    """
    rules.require_past(established_on, business_date(now), pointer="/established_on")
    product = await _move(session, product_id, "establish")
    product.established_on = established_on
    event = ProductEstablished(occurred_at=now, product_id=product.id, established_on=established_on)
    await outbox.record(session, product, event)
    return product


async def fail(session: AsyncSession, product_id: UUID, *, now: datetime) -> Product:
    """Record that the raising failed; what becomes of its subscriptions is the caller's. Errors as `open_raising`."""
    product = await _move(session, product_id, "fail")
    await outbox.record(session, product, ProductFailed(occurred_at=now, product_id=product.id))
    return product


async def mature(session: AsyncSession, product_id: UUID, *, now: datetime) -> Product:
    """Record that a plan reached the end of its term. Errors as `open_raising`."""
    product = await _move(session, product_id, "mature")
    await outbox.record(session, product, ProductMatured(occurred_at=now, product_id=product.id))
    return product


async def liquidate(session: AsyncSession, product_id: UUID, *, now: datetime) -> Product:
    """Record that a plan was wound up; that nobody holds it any more is the caller's. Errors as `open_raising`."""
    product = await _move(session, product_id, "liquidate")
    await outbox.record(session, product, ProductLiquidated(occurred_at=now, product_id=product.id))
    return product


async def regrade(session: AsyncSession, product_id: UUID, wanted: Regrade, *, now: datetime) -> Product:
    """Change a product's risk grade, with the reason in the audit trail (NFRA order 2025 no. 7: grades move).

    Raises:
        NotFound: no product has this id.
        ProductStateForbids: its life is over.
        GradeUnchanged: it has this grade already.
    """
    product = await _move(session, product_id, "regrade")
    previous = product.grade
    if wanted.grade is previous:
        raise rules.GradeUnchanged(f"The product is graded {previous.value} already.", grade=previous.value)
    product.grade = wanted.grade
    event = ProductRegraded(occurred_at=now, product_id=product.id, grade=wanted.grade, previous=previous)
    await outbox.record(session, product, event)
    facts = {"grade": wanted.grade.value, "previous": previous.value}
    await trail.record(session, "product.regraded", kind="product", id=product.id, reason=wanted.reason, facts=facts)
    return product


async def extend(session: AsyncSession, product_id: UUID, wanted: Extension, *, now: datetime) -> Product:
    """Extend the term of an established plan (展期), with its resolution and reason in the audit trail.

    Raises:
        NotFound: no product has this id.
        ProductStateForbids: it is not established.
        TermNotExtended: the day is no later end.
    """
    product = await _move(session, product_id, "extend")
    current = rules.term_ends_on(product.established_on, product.term_months, product.extended_to)
    rules.require_extension(wanted.ends_on, current)
    product.extended_to = wanted.ends_on
    event = ProductExtended(occurred_at=now, product_id=product.id, ends_on=wanted.ends_on)
    await outbox.record(session, product, event)
    facts = {"ends_on": wanted.ends_on, "previous": current, "resolution": wanted.resolution}
    await trail.record(session, "product.extended", kind="product", id=product.id, reason=wanted.reason, facts=facts)
    return product


async def report_payment_delay(
    session: AsyncSession, product_id: UUID, wanted: PaymentDelay, *, now: datetime
) -> Product:
    """Record that a plan did not pay on the day that its contract names (延期兑付).

    Raises:
        NotFound: no product has this id.
        ProductStateForbids: it neither runs nor awaits its winding-up.
        DateInFuture, DelayBeforeEstablishment: see the rules.
    """
    product = await _move(session, product_id, "report_payment_delay")
    rules.require_payable(wanted.payable_on, product.established_on, business_date(now))
    product.payment_delayed_since = min(wanted.payable_on, product.payment_delayed_since or wanted.payable_on)
    event = ProductPaymentDelayed(occurred_at=now, product_id=product.id, payable_on=wanted.payable_on)
    await outbox.record(session, product, event)
    facts = {"payable_on": wanted.payable_on, "expected_on": wanted.expected_on}
    await trail.record(
        session, "product.payment_delayed", kind="product", id=product.id, reason=wanted.reason, facts=facts
    )
    return product


async def import_many(session: AsyncSession, body: BulkBody, *, now: datetime) -> BulkResult:
    """List the products of another system; one that is known by its external id stays as it is.

    Raises:
        OutboxIsLong: too many events wait to be published.
    """
    await bulk.require_short_outbox(session)
    accepted, refused = bulk.check_items(body, ProductItem)
    items = [one.item for one in accepted]
    known = await queries.list_named(
        session, body.origin, [item.external_id for item in items], [item.number for item in items]
    )
    by_external_id = {product.external_id: product for product in known if product.origin == body.origin}
    taken = {product.number for product in known}
    results: dict[int, ItemResult] = {}
    events: list[tuple[Product, Event]] = []
    for one in accepted:
        existing = by_external_id.get(one.item.external_id)
        problem = _problem(one.item, existing, taken, business_date(now))
        if problem is not None:
            code, detail, field = problem
            results[one.place] = bulk.refuse(one.item.external_id, code, detail, f"/items/{one.place}/{field}")
        elif existing is not None:
            results[one.place] = ItemResult(external_id=one.item.external_id, status="unchanged", id=existing.id)
        else:
            product = _imported(body.origin, one.item, now)
            session.add(product)
            taken.add(product.number)
            events += [(product, event) for event in _history(product, now)]
            results[one.place] = ItemResult(external_id=one.item.external_id, status="created", id=product.id)
    await outbox.record_many(session, events)
    return bulk.in_order(len(body.items), results, refused)


async def with_minimum(session: AsyncSession, products: list[Product], *, today: date) -> list[ProductRead]:
    """Return products as callers see them: with the smallest subscription and whether they may be sold on `today`."""
    amounts = (await policy.row(session, "product.minimum_amount", on=today)).value
    answers = []
    for product in products:
        minimum = rules.minimum_fen(product.kind, amounts)
        computed = {
            "minimum_amount": None if minimum is None else Money.from_fen(minimum),
            "ends_on": rules.term_ends_on(product.established_on, product.term_months, product.extended_to),
            "takes_subscriptions": rules.takes_subscriptions(product.status, product.term_months),
        }
        answers.append(ProductRead.model_validate(product).model_copy(update=computed))
    return answers


async def _move(session: AsyncSession, product_id: UUID, command: str) -> Product:
    product = await queries.get_product(session, product_id, for_update=True)
    product.status = rules.next_status(product.status, command)
    return product


def _listed(wanted: ProductCreate, now: datetime) -> Product:
    product_id = new_id()
    content = wanted.model_dump(include=set(ProductCreate.model_fields))
    return Product(id=product_id, event_key=product_id, status=ProductStatus.LISTED, listed_at=now, **content)


def _listing(product: Product, now: datetime) -> ProductListed:
    return ProductListed(
        occurred_at=now,
        product_id=product.id,
        kind=product.kind,
        grade=product.grade,
        term_months=product.term_months,
    )


def _imported(origin: str, item: ProductItem, now: datetime) -> Product:
    product = _listed(item, now)
    product.origin, product.external_id = origin, item.external_id
    if item.established_on is not None:
        product.status, product.established_on = ProductStatus.ESTABLISHED, item.established_on
    return product


def _history(product: Product, now: datetime) -> list[Event]:
    listed = _listing(product, now)
    if product.established_on is None:
        return [listed]
    established = ProductEstablished(occurred_at=now, product_id=product.id, established_on=product.established_on)
    return [listed, established]


def _problem(item: ProductItem, existing: Product | None, taken: set[str], today: date) -> tuple[str, str, str] | None:
    """Return code, detail and field of what forbids the item; None if nothing does."""
    if item.established_on is not None and item.established_on > today:
        return rules.DateInFuture.code, "This date lies in the future.", "established_on"
    if existing is None:
        if item.number in taken:
            return "already_exists", "Another product has this number.", "number"
        return None
    for field in ("number", "name", "kind", "term_months", "share_classes", "fee_rate"):
        if getattr(existing, field) != getattr(item, field):
            return "product_differs", "A listed product is changed by its commands, not by an import.", field
    return None
