-- What must hold after every step. Each statement returns what breaks it.

-- statements that do not say what their entries say
SELECT s.id FROM statement s LEFT JOIN accrual_entry e ON e.channel_id = s.channel_id AND e.booked_period = s.period
    AND e.bearer = s.bearer AND (e.bearer = 'company' OR e.product_id = s.product_id)
GROUP BY s.id HAVING count(e.id) <> s.entries OR coalesce(sum(e.amount_fen), 0) <> s.entries_fen;

-- entries of closed months that stand in no statement, or in two
SELECT e.id FROM accrual_entry e JOIN period p ON p.period = e.booked_period AND p.status = 'closed'
LEFT JOIN statement s ON e.channel_id = s.channel_id AND e.booked_period = s.period AND e.bearer = s.bearer
    AND (e.bearer = 'company' OR e.product_id = s.product_id)
GROUP BY e.id HAVING count(s.id) <> 1;

-- statements that do not open with the debt of the one before and what is held of earlier ones
SELECT id FROM (
    SELECT id, opening_fen,
        lag(closing_fen, 1, 0::bigint) OVER (PARTITION BY channel_id, bearer, product_id ORDER BY period) AS before,
        coalesce((SELECT sum(held_fen) FROM statement h WHERE h.held_into = s.period AND h.channel_id = s.channel_id
            AND h.bearer = s.bearer AND h.product_id IS NOT DISTINCT FROM s.product_id), 0) AS held
    FROM statement s
) AS chain WHERE opening_fen <> least(before, 0) + held;

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
