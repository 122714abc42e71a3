-- What must hold after every step. Each statement returns what breaks it.

-- statements that do not say what their entries say
SELECT s.id FROM statement s LEFT JOIN accrual_entry e ON e.channel_id = s.channel_id
    AND e.booked_period = ANY(s.months) AND e.bearer = s.bearer AND (e.bearer = 'company' OR e.product_id = s.product_id)
GROUP BY s.id HAVING count(e.id) <> s.entries OR coalesce(sum(e.amount_fen), 0) <> s.entries_fen;

-- entries of closed months that stand in no statement or in two; those of a void one wait for an open month
SELECT e.id FROM accrual_entry e JOIN period p ON p.period = e.booked_period AND p.status = 'closed'
LEFT JOIN statement s ON e.channel_id = s.channel_id AND e.booked_period = ANY(s.months) AND e.bearer = s.bearer
    AND (e.bearer = 'company' OR e.product_id = s.product_id)
LEFT JOIN period later ON later.period = s.void_into AND later.status = 'closed'
GROUP BY e.id HAVING count(s.id) FILTER (WHERE s.status <> 'void' OR later.period IS NULL) <> 1;

-- statements that do not open with the debt of the one before, what is held of earlier ones, and what void ones opened with
SELECT id FROM (
    SELECT id, opening_fen,
        coalesce((SELECT least(closing_fen, 0) FROM statement b WHERE b.channel_id = s.channel_id AND b.bearer = s.bearer
            AND b.product_id IS NOT DISTINCT FROM s.product_id
            AND b.period = to_char(to_date(s.period, 'YYYY-MM') - 1, 'YYYY-MM')), 0) AS debt,
        coalesce((SELECT sum(held_fen) FROM statement h WHERE h.held_into = s.period AND h.channel_id = s.channel_id
            AND h.bearer = s.bearer AND h.product_id IS NOT DISTINCT FROM s.product_id), 0) AS held,
        coalesce((SELECT sum(opening_fen - held_fen) FROM statement v WHERE v.void_into = s.period
            AND v.channel_id = s.channel_id AND v.bearer = s.bearer
            AND v.product_id IS NOT DISTINCT FROM s.product_id), 0) AS freed
    FROM statement s
) AS chain WHERE opening_fen <> debt + held + freed;

-- debts that no later statement takes up
SELECT s.id FROM statement s JOIN period p ON p.status = 'closed'
    AND p.period = to_char(to_date(s.period, 'YYYY-MM') + 32, 'YYYY-MM')
LEFT JOIN statement n ON n.period = p.period AND n.channel_id = s.channel_id AND n.bearer = s.bearer
    AND n.product_id IS NOT DISTINCT FROM s.product_id
WHERE s.closing_fen < 0 AND n.id IS NULL;

-- sales of which more went back than they earned
SELECT coalesce(d.subscription_id, d.id) FROM accrual_entry e JOIN dealing d ON d.id = e.dealing_id
WHERE e.component IN ('upfront', 'trailing') GROUP BY 1 HAVING sum(e.amount_fen) < 0;

-- sales of which more is withheld than would be paid
SELECT coalesce(d.subscription_id, d.id) FROM accrual_entry e JOIN dealing d ON d.id = e.dealing_id
GROUP BY 1, e.channel_id HAVING coalesce(sum(e.amount_fen) FILTER (WHERE e.component = 'withheld'), 0) > 0
    OR (coalesce(sum(e.amount_fen) FILTER (WHERE e.component = 'withheld'), 0) < 0 AND sum(e.amount_fen) < 0);

-- sales taken back that leave more than open disputes hold
SELECT sale.id FROM accrual_entry e JOIN dealing d ON d.id = e.dealing_id
JOIN dealing sale ON sale.id = coalesce(d.subscription_id, d.id) AND sale.reversed_by IS NOT NULL
LEFT JOIN line_dispute open ON open.accrual_id = e.id AND open.decided_at IS NULL
WHERE e.component <> 'withheld' GROUP BY sale.id, e.channel_id
HAVING sum(e.amount_fen) + coalesce(sum(open.held_fen), 0) <> 0;

-- closed months whose total is not that of their statements
SELECT p.period FROM period p LEFT JOIN statement s USING (period) WHERE p.status = 'closed'
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
GROUP BY s.id HAVING count(a.id) > 1 OR min(a.amount_fen) <> greatest(s.closing_fen - s.held_fen, 0)
    OR min(a.reference) <> s.payment_reference OR s.status NOT IN ('paid', 'archived');

-- payment files whose total is not that of their attempts
SELECT f.id FROM payment_file f LEFT JOIN payment_attempt a ON a.file_id = f.id
GROUP BY f.id HAVING f.total_fen <> coalesce(sum(a.amount_fen), 0) OR f.payments <> count(a.id);

-- per channel, bearer and plan: earned and neither paid, nor void, nor carried, nor still in an open month
SELECT c.channel_id FROM (
    SELECT channel_id, bearer, CASE WHEN bearer = 'trust_plan' THEN product_id END AS plan, sum(amount_fen) AS fen
    FROM accrual_entry e JOIN period p ON p.period = e.booked_period AND p.status = 'closed' GROUP BY 1, 2, 3
) AS c JOIN LATERAL (
    -- What each statement pays or will pay, and what waits for a month that is not closed yet.
    SELECT coalesce(sum(greatest(s.closing_fen - s.held_fen, 0)) FILTER (WHERE s.status <> 'void'), 0)
        + coalesce(sum(s.held_fen) FILTER (WHERE into_.period IS NULL), 0)
        + coalesce(sum(s.closing_fen - s.held_fen) FILTER (WHERE s.status = 'void' AND void_.period IS NULL), 0)
        + coalesce(sum(least(s.closing_fen, 0)) FILTER (WHERE next_.period IS NULL), 0) AS fen
    FROM statement s
    LEFT JOIN period into_ ON into_.period = s.held_into AND into_.status = 'closed'
    LEFT JOIN period void_ ON void_.period = s.void_into AND void_.status = 'closed'
    LEFT JOIN period next_ ON next_.status = 'closed'
        AND next_.period = to_char(to_date(s.period, 'YYYY-MM') + 32, 'YYYY-MM')
    WHERE s.channel_id = c.channel_id AND s.bearer = c.bearer AND s.product_id IS NOT DISTINCT FROM c.plan
) AS known ON true WHERE c.fen <> known.fen;
