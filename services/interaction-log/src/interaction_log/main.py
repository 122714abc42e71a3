"""The HTTP process of interaction-log: `python -m interaction_log.main`."""

from fastapi import FastAPI

from interaction_log.follow_ups.routes import routes as follow_ups
from interaction_log.interactions.routes import routes as interactions
from interaction_log.parties.routes import routes as parties
from interaction_log.permissions import PERMISSIONS
from interaction_log.settings import Settings
from interaction_log.timeline.routes import routes as timeline
from interaction_log.worker import create_worker
from shared.clock import Clock
from shared.http.app import create_api
from shared.serve import serve_api


def create_app(settings: Settings, clock: Clock | None = None) -> FastAPI:
    return create_api(
        "interaction-log",
        settings,
        # Parties first: `/interactions/unconfirmed-clients` would otherwise be read as an interaction's id.
        routers=[parties, interactions, follow_ups, timeline],
        permissions=PERMISSIONS,
        create_worker=create_worker,
        clock=clock,
    )


if __name__ == "__main__":
    settings = Settings()
    serve_api(create_app(settings), settings)
