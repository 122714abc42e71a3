"""A client's whole picture in one call."""

from uuid import UUID

from fastapi import Request, Response

from gateway.overview import rules, service
from gateway.overview.schemas import ClientOverview
from shared.erasure.rules import ClientIsErased
from shared.errors import NotFound
from shared.http import problems
from shared.http.routing import router

routes = router("Client overview")


@routes.get(
    "/clients/{client_id}/overview", response_model=ClientOverview, responses=problems.docs(NotFound, ClientIsErased)
)
async def read_client_overview(client_id: UUID, request: Request) -> Response:
    """Read a client's whole picture in one call: profile, holdings, timeline, follow-ups, complaints, risk, accruals.

    Every part is asked with your own rights, at the same time, and gets two seconds. A client that was merged into
    another one is answered by 301 and the `Location` of that one's overview.
    """
    asker = service.Asker(request.app.state.upstreams, request.scope["principal"], request.app.state.key)
    answer = await service.overview(asker, client_id)
    media_type = "application/json" if answer.status == 200 else "application/problem+json"
    headers = {"Location": rules.overview_of(answer.body)} if answer.status == 301 else None
    return Response(answer.body, answer.status, headers=headers, media_type=media_type)
