"""The HTTP process of ops-dashboard: `python -m ops_dashboard.main`."""

from fastapi import FastAPI

from ops_dashboard.at_risk.routes import routes as at_risk
from ops_dashboard.caseload.routes import routes as caseload
from ops_dashboard.feed.routes import routes as feed
from ops_dashboard.flow.routes import routes as flow
from ops_dashboard.page.routes import routes as page
from ops_dashboard.permissions import PERMISSIONS
from ops_dashboard.settings import Settings
from ops_dashboard.settlements.routes import routes as settlements
from ops_dashboard.worker import create_worker
from shared.clock import Clock
from shared.http.app import create_api
from shared.serve import serve_api


def create_app(settings: Settings, clock: Clock | None = None) -> FastAPI:
    return create_api(
        "ops-dashboard",
        settings,
        routers=[page, flow, caseload, at_risk, settlements, feed],
        permissions=PERMISSIONS,
        create_worker=create_worker,
        clock=clock,
    )


if __name__ == "__main__":
    settings = Settings()
    serve_api(create_app(settings), settings)
