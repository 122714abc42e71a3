"""The HTTP process of channel-commission: `python -m channel_commission.main`."""

from fastapi import FastAPI

from channel_commission.accruals.routes import routes as accruals
from channel_commission.activation.routes import routes as activation
from channel_commission.admission.routes import routes as admission
from channel_commission.agreements.routes import routes as agreements
from channel_commission.blacklisting.routes import routes as blacklisting
from channel_commission.channels.routes import routes as channels
from channel_commission.closes.routes import routes as closes
from channel_commission.contacts.routes import routes as contacts
from channel_commission.dealings.routes import routes as dealings
from channel_commission.disputes.routes import routes as disputes
from channel_commission.draws.routes import routes as draws
from channel_commission.due_diligence.routes import routes as due_diligence
from channel_commission.dues.routes import routes as dues
from channel_commission.erasure.routes import routes as erasure
from channel_commission.evaluations.routes import routes as evaluations
from channel_commission.exits.routes import routes as exits
from channel_commission.explanations.routes import routes as explanations
from channel_commission.hierarchy.routes import routes as hierarchy
from channel_commission.holds.routes import routes as holds
from channel_commission.invoices.routes import routes as invoices
from channel_commission.overview.routes import routes as overview
from channel_commission.page.routes import routes as page
from channel_commission.payee_accounts.routes import routes as payee_accounts
from channel_commission.payments.routes import routes as payments
from channel_commission.payouts.routes import routes as payouts
from channel_commission.periods.routes import routes as periods
from channel_commission.permissions import PERMISSIONS
from channel_commission.plans.routes import routes as plans
from channel_commission.products.routes import routes as products
from channel_commission.reconciliations.routes import routes as reconciliations
from channel_commission.risk_events.routes import routes as risk_events
from channel_commission.scorecards.routes import routes as scorecards
from channel_commission.settings import Settings
from channel_commission.settlements.routes import routes as settlements
from channel_commission.simulations.routes import routes as simulations
from channel_commission.statements.routes import routes as statements
from channel_commission.taxes.routes import routes as taxes
from channel_commission.visits.routes import routes as visits
from channel_commission.vouchers.routes import routes as vouchers
from channel_commission.worker import create_worker
from shared.clock import Clock
from shared.http.app import create_api
from shared.sealing import key_of
from shared.serve import serve_api

#: In the order of the API reference.
ROUTERS = (
    channels,
    hierarchy,
    due_diligence,
    admission,
    risk_events,
    blacklisting,
    scorecards,
    evaluations,
    exits,
    contacts,
    visits,
    plans,
    overview,
    products,
    agreements,
    activation,
    payee_accounts,
    taxes,
    dealings,
    accruals,
    explanations,
    holds,
    simulations,
    periods,
    closes,
    dues,
    settlements,
    invoices,
    payouts,
    payments,
    draws,
    vouchers,
    statements,
    reconciliations,
    page,
    disputes,
    erasure,
)


def create_app(settings: Settings, clock: Clock | None = None) -> FastAPI:
    app = create_api(
        "channel-commission",
        settings,
        routers=ROUTERS,
        permissions=PERMISSIONS,
        create_worker=create_worker,
        clock=clock,
    )
    app.state.data_key = key_of(settings.data_key)
    return app


if __name__ == "__main__":
    settings = Settings()
    serve_api(create_app(settings), settings)
