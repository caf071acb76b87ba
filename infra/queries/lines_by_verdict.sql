-- Answers: has every landed line, and every reading of an envelope, its verdict, and is each accepted one staged?
-- Expected: one row a source; `unbalanced` and `not_staged` must be 0.
with lines as (
  select
    source,
    sum("lines") as line_count,
    sum(coalesce(envelopes, 0)) as envelopes,
    sum(coalesce(readings, 0)) as readings,
    sum(accepted) as accepted,
    sum(quarantined) as quarantined,
    sum(duplicate) as duplicate,
    sum(blank) as blank,
    sum(erased) as erased
  from landed_files
  where verdict = 'read'
  group by source
),
staged as (
  select 'customer' as source, count(*) as row_count from customer_staged
  union all select 'accelerometer', count(*) from accelerometer_staged
  union all select 'step_trainer', count(*) from step_trainer_staged
)
select
  staged.source,
  lines.line_count,
  lines.envelopes,
  lines.readings,
  lines.accepted,
  lines.quarantined,
  lines.duplicate,
  lines.blank,
  lines.erased,
  coalesce(
    lines.line_count - lines.envelopes + lines.readings
      - lines.accepted - lines.quarantined - lines.duplicate - lines.blank - lines.erased,
    0
  ) as unbalanced,
  coalesce(lines.accepted, 0) - staged.row_count as not_staged
from staged
left join lines on lines.source = staged.source
order by staged.source
