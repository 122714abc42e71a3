-- What must hold after every step. Each statement returns what breaks it.
-- A statement takes the entries of its channel, run, bearer (and plan, where it names one) that were booked in its months.

-- statements that do not say what their entries say
SELECT s.id FROM statement s LEFT JOIN accrual_entry e ON e.channel_id = s.channel_id AND e.run = s.run
    AND e.booked_period = ANY(s.months) AND e.bearer = s.bearer AND (s.product_id IS NULL OR e.product_id = s.product_id)
GROUP BY s.id HAVING count(e.id) <> s.entries OR coalesce(sum(e.amount_fen), 0) <> s.entries_fen;

-- entries that stand in no statement though theirs is closed, in one before, or in two; those of a void one wait
SELECT e.id FROM accrual_entry e
LEFT JOIN statement s ON e.channel_id = s.channel_id AND e.run = s.run AND e.booked_period = ANY(s.months)
    AND e.bearer = s.bearer AND (s.product_id IS NULL OR e.product_id = s.product_id)
LEFT JOIN period later ON later.period = s.void_into AND later.status = 'closed'
LEFT JOIN period due ON due.status = 'closed' AND due.period = CASE e.run WHEN 'quarterly'
    THEN to_char(date_trunc('quarter', to_date(e.booked_period, 'YYYY-MM')) + interval '2 months', 'YYYY-MM')
    ELSE e.booked_period END
LEFT JOIN establishment plan ON plan.product_id = e.product_id
GROUP BY e.id, due.id, plan.product_id
HAVING count(s.id) FILTER (WHERE s.status <> 'void' OR (e.run <> 'at_establishment' AND later.period IS NULL))
    <> CASE WHEN CASE e.run WHEN 'at_establishment' THEN plan.product_id ELSE due.id END IS NULL THEN 0 ELSE 1 END;

-- entries in another run than their agreement settles by
SELECT e.id FROM accrual_entry e JOIN rate_rule r ON r.id = e.rate_rule_id
WHERE replace(e.run, 'after_', 'at_') <> r.cycle;

-- statements that do not open with the debt of the one before, what is held of earlier ones, and what void ones opened with
SELECT id FROM (
    SELECT s.id, opening_fen, is_due,
        coalesce((SELECT least(closing_fen, 0) FROM statement b WHERE is_due AND b.channel_id = s.channel_id
            AND b.run = s.run AND b.bearer = s.bearer AND b.product_id IS NOT DISTINCT FROM s.product_id
            AND b.period = to_char(first - interval '1 day', 'YYYY-MM')), 0) AS debt,
        coalesce((SELECT sum(held_fen) FROM statement h WHERE is_due AND h.channel_id = s.channel_id
            AND h.held_into BETWEEN to_char(first, 'YYYY-MM') AND s.period
            AND replace(h.run, 'at_', 'after_') = s.run AND h.bearer = s.bearer
            AND CASE h.bearer WHEN 'trust_plan' THEN h.product_id END IS NOT DISTINCT FROM s.product_id), 0) AS held,
        CASE s.run WHEN 'at_establishment'
            THEN coalesce((SELECT -sum(held_fen) FROM statement v WHERE v.run = s.run AND v.status = 'void'
                AND v.id < s.id AND v.channel_id = s.channel_id AND v.bearer = s.bearer
                AND v.product_id = s.product_id), 0)
            ELSE coalesce((SELECT sum(opening_fen - held_fen) FROM statement v WHERE v.void_into = s.period
                AND v.channel_id = s.channel_id AND v.run = s.run AND v.bearer = s.bearer
                AND v.product_id IS NOT DISTINCT FROM s.product_id), 0) END AS freed
    FROM statement s CROSS JOIN LATERAL (SELECT to_date(s.period, 'YYYY-MM') AS month) AS at
    -- A quarter's statement that comes out before its last month only takes what became void.
    CROSS JOIN LATERAL (SELECT CASE s.run WHEN 'quarterly' THEN date_trunc('quarter', month) ELSE month END AS first,
        CASE s.run WHEN 'at_establishment' THEN false
            WHEN 'quarterly' THEN extract(month FROM month)::int % 3 = 0 ELSE true END AS is_due) AS covers
) AS chain WHERE opening_fen <> debt + held + freed;

-- debts that no later statement takes up
SELECT s.id FROM statement s JOIN period p ON p.status = 'closed'
    AND p.period = to_char(to_date(s.period, 'YYYY-MM')
        + CASE s.run WHEN 'quarterly' THEN interval '3 months' ELSE interval '1 month' END, 'YYYY-MM')
LEFT JOIN statement n ON n.period = p.period AND n.channel_id = s.channel_id AND n.run = s.run AND n.bearer = s.bearer
    AND n.product_id IS NOT DISTINCT FROM s.product_id
WHERE s.closing_fen < 0 AND n.id IS NULL;

-- sales of which more went back than they earned
SELECT coalesce(d.subscription_id, d.id) FROM accrual_entry e JOIN dealing d ON d.id = e.dealing_id
WHERE e.component IN ('upfront', 'trailing') GROUP BY 1 HAVING sum(e.amount_fen) < 0;

-- sales with a clawback of which more went back than they earned, what disputes changed included
SELECT sale.id FROM accrual_entry e JOIN dealing d ON d.id = e.dealing_id
JOIN dealing sale ON sale.id = coalesce(d.subscription_id, d.id)
JOIN rate_rule r ON r.id = sale.rate_rule_id AND r.clawback_form IS NOT NULL
WHERE e.component <> 'withheld' AND e.kind NOT IN ('hold', 'release')
GROUP BY sale.id HAVING sum(e.amount_fen) < 0;

-- overrides of a channel that was not the head office of the one that sold on the day of the sale, or two of one sale
SELECT sale.id FROM accrual_entry e JOIN dealing d ON d.id = e.dealing_id
JOIN dealing sale ON sale.id = coalesce(d.subscription_id, d.id)
LEFT JOIN channel_edge edge ON edge.channel_id = sale.channel_id AND edge.parent_id = e.channel_id
    AND daterange(edge.valid_from, edge.valid_until) @> sale.confirmed_on AND edge.known_from <= e.known_at
WHERE e.component = 'override' GROUP BY sale.id
HAVING bool_or(edge.parent_id IS NULL) OR count(DISTINCT e.channel_id) > 1;

-- sales of which more is withheld than would be paid
SELECT coalesce(d.subscription_id, d.id) FROM accrual_entry e JOIN dealing d ON d.id = e.dealing_id
GROUP BY 1, e.channel_id, replace(e.run, 'after_', 'at_')
HAVING coalesce(sum(e.amount_fen) FILTER (WHERE e.component = 'withheld'), 0) > 0
    OR (coalesce(sum(e.amount_fen) FILTER (WHERE e.component = 'withheld'), 0) < 0 AND sum(e.amount_fen) < 0);

-- sales taken back that leave more than open disputes hold
SELECT sale.id FROM accrual_entry e JOIN dealing d ON d.id = e.dealing_id
JOIN dealing sale ON sale.id = coalesce(d.subscription_id, d.id) AND sale.reversed_by IS NOT NULL
LEFT JOIN line_dispute open ON open.accrual_id = e.id AND open.decided_at IS NULL
WHERE e.component <> 'withheld' GROUP BY sale.id, e.channel_id, replace(e.run, 'after_', 'at_')
HAVING sum(e.amount_fen) + coalesce(sum(open.held_fen), 0) <> 0;

-- closed months whose total is not that of their statements; an establishment is none of a month's close
SELECT p.period FROM period p LEFT JOIN statement s ON s.period = p.period AND s.run <> 'at_establishment'
WHERE p.status = 'closed'
GROUP BY p.id HAVING p.total_fen <> coalesce(sum(s.entries_fen), 0) OR p.statements <> count(s.id);

-- entries that no event tells, or two
SELECT e.id FROM accrual_entry e LEFT JOIN outbox o ON o.aggregate_id = e.id
GROUP BY e.id HAVING count(o.aggregate_id) <> 1;

-- statements whose payment is on its way without an attempt that is not over, or the other way round
SELECT s.id FROM statement s LEFT JOIN payment_attempt a ON a.statement_id = s.id
    AND a.status IN ('created', 'sent', 'unknown')
GROUP BY s.id HAVING count(a.id) <> CASE WHEN s.status = 'payment_requested' THEN 1 ELSE 0 END;

-- attempts that settle another amount than is payable, by another reference, twice, or what is not paid
SELECT s.id FROM statement s JOIN payment_attempt a ON a.statement_id = s.id AND a.status = 'settled'
GROUP BY s.id HAVING count(a.id) > 1 OR min(a.amount_fen) <> s.payment_fen
    OR min(a.reference) <> s.payment_reference OR s.status NOT IN ('paid', 'archived');

-- approved statements whose invoices are not over exactly what is payable
SELECT s.id FROM statement s LEFT JOIN invoice i ON i.statement_id = s.id
WHERE s.payment_approved_by IS NOT NULL AND s.status <> 'void'
GROUP BY s.id HAVING coalesce(sum(i.net_fen + i.vat_fen), 0) <> s.closing_fen - s.held_fen
    OR s.payment_fen <> s.closing_fen - s.held_fen - s.recovered_fen - CASE WHEN s.is_vat_withheld
        THEN s.closing_fen - s.held_fen - round((s.closing_fen - s.held_fen) / (1 + s.vat_rate)) ELSE 0 END;

-- closed months that are posted with another amount than they have booked
SELECT e.channel_id FROM (
    SELECT channel_id, booked_period, bearer, CASE WHEN bearer = 'trust_plan' THEN product_id END AS plan_id, sum(amount_fen) AS fen
    FROM accrual_entry JOIN period ON period.period = booked_period AND period.status = 'closed' GROUP BY 1, 2, 3, 4
) AS e LEFT JOIN posting p ON p.txn_key = concat_ws(':', 'accrual', booked_period, e.channel_id, coalesce(e.plan_id::text, 'company'))
GROUP BY e.channel_id, booked_period, e.bearer, e.plan_id, e.fen
HAVING coalesce(sum(CASE WHEN p.credit = 'accrued' THEN p.amount_fen ELSE -p.amount_fen END), 0) <> e.fen;

-- per channel and books: accrued is not what is booked and not approved, or owed is not what is approved and not paid
SELECT b.channel_id FROM (
    SELECT channel_id, bearer, plan_id,
        sum(CASE 'accrued' WHEN credit THEN amount_fen WHEN debit THEN -amount_fen ELSE 0 END) AS accrued,
        sum(CASE 'payable' WHEN credit THEN amount_fen WHEN debit THEN -amount_fen ELSE 0 END) AS owed
    FROM posting GROUP BY 1, 2, 3
) AS b JOIN LATERAL (
    SELECT coalesce(sum(closing_fen - held_fen) FILTER (WHERE payment_approved_by IS NOT NULL), 0) AS approved,
        coalesce(sum(payment_fen) FILTER (WHERE paid_on IS NULL AND payment_approved_by IS NOT NULL), 0) AS unpaid
    FROM statement s WHERE s.channel_id = b.channel_id AND s.bearer = b.bearer
        AND CASE s.bearer WHEN 'trust_plan' THEN s.product_id END IS NOT DISTINCT FROM b.plan_id AND s.status <> 'void'
) AS said ON true JOIN LATERAL (
    SELECT coalesce(sum(e.amount_fen), 0) AS booked FROM accrual_entry e
    JOIN period p ON p.period = e.booked_period AND p.status = 'closed'
    WHERE e.channel_id = b.channel_id AND e.bearer = b.bearer AND (e.bearer = 'company' OR e.product_id = b.plan_id)
) AS known ON true WHERE b.accrued <> known.booked - said.approved OR b.owed <> said.unpaid;

-- draws of which more was recovered than paid
SELECT d.id FROM draw d LEFT JOIN draw_recovery r ON r.draw_id = d.id
GROUP BY d.id HAVING coalesce(sum(r.amount_fen), 0) NOT BETWEEN 0 AND CASE WHEN d.status = 'paid' THEN d.amount_fen ELSE 0 END;

-- advances in the books that are not what is left of draws
SELECT p.channel_id FROM (
    SELECT channel_id, bearer, plan_id,
        sum(CASE 'advance' WHEN debit THEN amount_fen WHEN credit THEN -amount_fen ELSE 0 END) AS fen
    FROM posting GROUP BY 1, 2, 3
) AS p LEFT JOIN LATERAL (
    SELECT coalesce(sum(amount_fen), 0)
        - coalesce(sum((SELECT sum(amount_fen) FROM draw_recovery r WHERE r.draw_id = d.id)), 0) AS fen
    FROM draw d WHERE d.channel_id = p.channel_id AND d.bearer = p.bearer
        AND d.plan_id IS NOT DISTINCT FROM p.plan_id AND d.status = 'paid'
) AS d ON true WHERE p.fen <> d.fen;

-- statements that recovered another amount than their draws say; void ones gave it back
SELECT s.id FROM statement s LEFT JOIN draw_recovery r ON r.statement_id = s.id
GROUP BY s.id HAVING coalesce(sum(r.amount_fen), 0) <> CASE WHEN s.status = 'void' THEN 0 ELSE s.recovered_fen END;

-- exports over other postings than their own books' and total
SELECT x.id FROM voucher_export x LEFT JOIN posting p ON p.export_id = x.id
GROUP BY x.id HAVING count(p.id) <> x.postings OR sum(p.amount_fen) <> x.total_fen
    OR bool_or((p.bearer, p.plan_id) IS DISTINCT FROM (x.bearer, x.plan_id));

-- payment files whose total is not that of their attempts
SELECT f.id FROM payment_file f LEFT JOIN payment_attempt a ON a.file_id = f.id
GROUP BY f.id HAVING f.total_fen <> coalesce(sum(a.amount_fen), 0) OR f.payments <> count(a.id);

-- per channel, cycle, bearer and plan: earned and neither paid, nor void, nor carried, nor waiting for its statement
SELECT c.channel_id FROM (
    SELECT e.channel_id, replace(run, 'after_', 'at_') AS cycle, bearer,
        CASE WHEN bearer = 'trust_plan' THEN e.product_id END AS plan, sum(amount_fen) AS fen
    FROM accrual_entry e
    LEFT JOIN period due ON due.status = 'closed' AND due.period = CASE e.run WHEN 'quarterly'
        THEN to_char(date_trunc('quarter', to_date(e.booked_period, 'YYYY-MM')) + interval '2 months', 'YYYY-MM')
        ELSE e.booked_period END
    LEFT JOIN establishment plan ON plan.product_id = e.product_id
    WHERE CASE e.run WHEN 'at_establishment' THEN plan.product_id ELSE due.id END IS NOT NULL
    GROUP BY 1, 2, 3, 4
) AS c JOIN LATERAL (
    -- What each statement pays or will pay, and what waits for a close that has not been.
    SELECT coalesce(sum(greatest(s.closing_fen - s.held_fen, 0)) FILTER (WHERE s.status <> 'void'), 0)
        + coalesce(sum(s.held_fen) FILTER (WHERE into_.period IS NULL), 0)
        + coalesce(sum(s.closing_fen - s.held_fen) FILTER (WHERE s.status = 'void' AND void_.period IS NULL
            AND s.run <> 'at_establishment'), 0)
        + coalesce(sum(least(s.closing_fen, 0)) FILTER (WHERE next_.period IS NULL), 0) AS fen
    FROM statement s
    LEFT JOIN period into_ ON into_.status = 'closed' AND into_.period = CASE s.run WHEN 'quarterly'
        THEN to_char(date_trunc('quarter', to_date(s.held_into, 'YYYY-MM')) + interval '2 months', 'YYYY-MM')
        ELSE s.held_into END
    LEFT JOIN period void_ ON void_.period = s.void_into AND void_.status = 'closed'
    LEFT JOIN period next_ ON next_.status = 'closed' AND next_.period = to_char(to_date(s.period, 'YYYY-MM')
        + CASE s.run WHEN 'quarterly' THEN interval '3 months' ELSE interval '1 month' END, 'YYYY-MM')
    WHERE s.channel_id = c.channel_id AND replace(s.run, 'after_', 'at_') = c.cycle AND s.bearer = c.bearer
        AND CASE s.bearer WHEN 'trust_plan' THEN s.product_id END IS NOT DISTINCT FROM c.plan
) AS known ON true WHERE c.fen <> known.fen;
