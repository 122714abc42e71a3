"""Taking up an ended matter again: only on new facts and reasons, and as a case with a legal clock of its own.

Source: 银行业保险业消费投诉处理管理办法 (CBIRC order 2020 no. 3): what comes again with new facts and reasons counts
from the day on which the new material arrives; without them the answer given stands.
"""

from shared.errors import Conflict


class FactsNotNew(Conflict):
    """What is brought forward is on record already: the answer given stands."""

    code = "facts_not_new"


def require_new(facts: str, on_record: str | None) -> None:
    """Refuse facts that the ended case has on record already, whatever their spaces and line breaks.

    Raises:
        FactsNotNew: nothing is new.
    """
    if "".join(facts.split()) in "".join((on_record or "").split()):
        raise FactsNotNew("These facts are on record already.", pointer="/facts")
