"""The HTTP process of client-profile: `python -m client_profile.main`."""

from fastapi import FastAPI

from client_profile.amendments.routes import routes as amendments
from client_profile.assignment.routes import routes as assignment
from client_profile.clients.routes import routes as clients
from client_profile.contribution.routes import routes as contribution
from client_profile.dealings.routes import routes as dealings
from client_profile.erasure.routes import routes as erasure
from client_profile.identity.service import Keys
from client_profile.intake.routes import routes as intake
from client_profile.lifecycle.routes import routes as lifecycle
from client_profile.merges.routes import routes as merges
from client_profile.milestones.routes import routes as milestones
from client_profile.organization.routes import routes as organization
from client_profile.permissions import PERMISSIONS
from client_profile.products.routes import routes as products
from client_profile.qualifications.routes import routes as qualifications
from client_profile.redemptions.routes import routes as redemptions
from client_profile.registry.routes import routes as registry
from client_profile.relationships.routes import routes as relationships
from client_profile.sales.routes import routes as sales
from client_profile.service_class.routes import routes as service_class
from client_profile.settings import Settings
from client_profile.subscriptions.routes import routes as subscriptions
from client_profile.suitability.routes import routes as suitability
from client_profile.worker import create_worker
from shared.clock import Clock
from shared.http.app import create_api
from shared.serve import serve_api


def create_app(settings: Settings, clock: Clock | None = None) -> FastAPI:
    app = create_api(
        "client-profile",
        settings,
        routers=[
            organization,
            clients,
            amendments,
            lifecycle,
            assignment,
            merges,
            relationships,
            intake,
            products,
            milestones,
            suitability,
            qualifications,
            sales,
            subscriptions,
            redemptions,
            registry,
            dealings,
            service_class,
            contribution,
            erasure,
        ],
        permissions=PERMISSIONS,
        create_worker=create_worker,
        clock=clock,
    )
    app.state.keys = Keys.of(settings)
    return app


if __name__ == "__main__":
    settings = Settings()
    serve_api(create_app(settings), settings)
