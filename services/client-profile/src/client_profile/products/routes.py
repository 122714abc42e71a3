"""Products: trust plans, their grades and their life."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from client_profile.products import queries, rules, service
from client_profile.products.rules import Grade, ProductKind, ProductStatus
from client_profile.products.schemas import Extension, PaymentDelay, ProductCreate, ProductRead, Regrade
from client_profile.products.tables import Product
from shared.clock import business_date
from shared.errors import NotFound
from shared.http import pages, problems
from shared.http.bulk import BulkBody, BulkResult, OutboxIsLong
from shared.http.pages import Page, PageDep
from shared.http.preconditions import set_etag
from shared.http.routing import NowDep, SessionDep, router

routes = router("Products")

_COMMAND_PROBLEMS = problems.docs(NotFound, rules.ProductStateForbids)


@routes.post("/products", status_code=201)
async def create_product(wanted: ProductCreate, session: SessionDep, now: NowDep, response: Response) -> ProductRead:
    """List a product (产品备案入库). It takes subscriptions once its raising is opened.

    Leave `term_months` out for an open-ended plan: it goes on taking subscriptions after its establishment. The
    smallest subscription follows from the kind and comes with every answer as `minimum_amount`.
    """
    return await _read(await service.create(session, wanted, now=now), session, now, response)


@routes.post("/products/bulk", responses=problems.docs(OutboxIsLong))
async def import_products(body: BulkBody, session: SessionDep, now: NowDep) -> BulkResult:
    """List up to 1,000 products of another system, each by its `external_id` there.

    An item has the fields of a single product and may carry `established_on` for a plan that runs already. A product
    that is known and the same is `unchanged`; one that differs is refused, since a listed product is changed by its
    commands only.
    """
    return await service.import_many(session, body, now=now)


@routes.get("/products")
async def list_products(
    session: SessionDep,
    page: PageDep,
    now: NowDep,
    status: Annotated[ProductStatus | None, Query()] = None,
    kind: Annotated[ProductKind | None, Query()] = None,
    grade: Annotated[Grade | None, Query()] = None,
) -> Page[ProductRead]:
    """List products, oldest first."""
    found, cursor = await pages.fetch(session, queries.select_products(status, kind, grade), page, by=(Product.id,))
    return Page(items=await service.with_minimum(session, found, today=business_date(now)), next_cursor=cursor)


@routes.get("/products/{product_id}", responses=problems.docs(NotFound))
async def read_product(product_id: UUID, session: SessionDep, now: NowDep, response: Response) -> ProductRead:
    """Read one product."""
    return await _read(await service.get(session, product_id), session, now, response)


@routes.post("/products/{product_id}/open-raising", responses=_COMMAND_PROBLEMS)
async def open_raising(product_id: UUID, session: SessionDep, now: NowDep, response: Response) -> ProductRead:
    """Open the raising (开始募集): subscriptions are accepted from now on."""
    return await _read(await service.open_raising(session, product_id, now=now), session, now, response)


@routes.post("/products/{product_id}/mature", responses=_COMMAND_PROBLEMS)
async def mature(product_id: UUID, session: SessionDep, now: NowDep, response: Response) -> ProductRead:
    """Record that the plan reached the end of its term (到期)."""
    return await _read(await service.mature(session, product_id, now=now), session, now, response)


@routes.post(
    "/products/{product_id}/regrade",
    responses=problems.docs(NotFound, rules.ProductStateForbids, rules.GradeUnchanged),
)
async def regrade(
    product_id: UUID, wanted: Regrade, session: SessionDep, now: NowDep, response: Response
) -> ProductRead:
    """Change the risk grade (风险等级调整); from now on the new grade decides who may buy."""
    return await _read(await service.regrade(session, product_id, wanted, now=now), session, now, response)


@routes.post(
    "/products/{product_id}/extend",
    responses=problems.docs(NotFound, rules.ProductStateForbids, rules.TermNotExtended),
)
async def extend(
    product_id: UUID, wanted: Extension, session: SessionDep, now: NowDep, response: Response
) -> ProductRead:
    """Extend the term (展期): its holders wait longer, and those at risk of leaving are found by it."""
    return await _read(await service.extend(session, product_id, wanted, now=now), session, now, response)


@routes.post(
    "/products/{product_id}/report-payment-delay",
    responses=problems.docs(NotFound, rules.ProductStateForbids, rules.DateInFuture, rules.DelayBeforeEstablishment),
)
async def report_payment_delay(
    product_id: UUID, wanted: PaymentDelay, session: SessionDep, now: NowDep, response: Response
) -> ProductRead:
    """Record that the plan did not pay on its day (延期兑付). A further day is told too; the earliest is shown."""
    return await _read(await service.report_payment_delay(session, product_id, wanted, now=now), session, now, response)


async def _read(product: Product, session: SessionDep, now: NowDep, response: Response) -> ProductRead:
    set_etag(response, product.version)
    [answer] = await service.with_minimum(session, [product], today=business_date(now))
    return answer
