"""The tables that `shared` keeps in every service's database, as released steps for the services' migrations.

A released step never changes; a change is a new constant with the next number.
"""

from shared.audit.trail import AUDIT_V1
from shared.delivery.schema import DELIVERY_V1, DELIVERY_V2
from shared.http.idempotency import IDEMPOTENCY_V1
from shared.policy import POLICY_V1

SHARED_V1 = f"{DELIVERY_V1}\n{IDEMPOTENCY_V1}\n{AUDIT_V1}\n{POLICY_V1}"
SHARED_V2 = DELIVERY_V2
#: What a database has that went through every step.
SHARED = f"{SHARED_V1}\n{SHARED_V2}"
