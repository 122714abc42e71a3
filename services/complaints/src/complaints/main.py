"""The HTTP process of complaints: `python -m complaints.main`."""

from fastapi import FastAPI

from complaints.accountability.routes import routes as accountability
from complaints.ageing.routes import routes as ageing
from complaints.assignment.routes import routes as assignment
from complaints.cases.routes import routes as cases
from complaints.classification.routes import routes as classification
from complaints.client_rights.routes import routes as client_rights
from complaints.clocks.routes import routes as clocks
from complaints.compensations.routes import routes as compensations
from complaints.density.routes import routes as density
from complaints.effects.routes import routes as effects
from complaints.enquiries.routes import routes as enquiries
from complaints.erasure.routes import routes as erasure
from complaints.evidence.routes import routes as evidence
from complaints.extensions.routes import routes as extensions
from complaints.findings.routes import routes as findings
from complaints.goals.routes import routes as goals
from complaints.handling.routes import routes as handling
from complaints.imports.routes import routes as imports
from complaints.improvement.routes import routes as improvement
from complaints.inspections.routes import routes as inspections
from complaints.intake.routes import routes as intake
from complaints.interruptions.routes import routes as interruptions
from complaints.notices.routes import routes as notices
from complaints.outcomes.routes import routes as outcomes
from complaints.parties.routes import routes as parties
from complaints.permissions import PERMISSIONS
from complaints.reclassification.routes import routes as reclassification
from complaints.register.routes import routes as register
from complaints.regulator_reports.routes import routes as regulator_reports
from complaints.reopening.routes import routes as reopening
from complaints.repeats.routes import routes as repeats
from complaints.representatives.routes import routes as representatives
from complaints.reviews.routes import routes as reviews
from complaints.risk.routes import routes as risk
from complaints.routing.routes import routes as routing
from complaints.settings import Settings
from complaints.statistics.routes import routes as statistics
from complaints.suspicions.routes import routes as suspicions
from complaints.systemic.routes import routes as systemic
from complaints.tasks.routes import routes as tasks
from complaints.tracks.routes import routes as tracks
from complaints.watch.routes import routes as watch
from complaints.worker import create_worker
from shared.clock import Clock
from shared.files.receiving import Files
from shared.http.app import create_api
from shared.sealing import key_of
from shared.serve import serve_api

#: In the order of the API reference.
ROUTERS = (
    intake,
    imports,
    enquiries,
    reclassification,
    representatives,
    classification,
    repeats,
    suspicions,
    watch,
    cases,
    clocks,
    extensions,
    interruptions,
    goals,
    routing,
    assignment,
    handling,
    evidence,
    notices,
    outcomes,
    compensations,
    tracks,
    tasks,
    reviews,
    reopening,
    improvement,
    effects,
    systemic,
    inspections,
    findings,
    accountability,
    statistics,
    ageing,
    density,
    register,
    regulator_reports,
    client_rights,
    risk,
    parties,
    erasure,
)


def create_app(settings: Settings, clock: Clock | None = None) -> FastAPI:
    app = create_api(
        "complaints",
        settings,
        routers=ROUTERS,
        permissions=PERMISSIONS,
        create_worker=create_worker,
        clock=clock,
    )
    app.state.data_key = key_of(settings.data_key)
    app.state.files = Files(settings.file_store())
    return app


if __name__ == "__main__":
    settings = Settings()
    serve_api(create_app(settings), settings)
