-- Answers: what became of every accepted row, by source, in the newest release?
-- Expected: one row a source; `unaccounted` must be 0. On the STEDI starter data 482 customers, 32,025 phone
-- readings and 11,297 step readings passed; 8,956 and 3,163 were taken before their owner had agreed.
with newest as (
  select dispositions from releases order by number desc limit 1
),
told as (
  select 'customer' as source, json_extract(dispositions, '$.customer') as counts from newest
  union all select 'accelerometer', json_extract(dispositions, '$.accelerometer') from newest
  union all select 'step_trainer', json_extract(dispositions, '$.step_trainer') from newest
),
counted as (
  select
    source,
    coalesce(cast(json_extract_scalar(counts, '$.passed') as bigint), 0) as passed,
    coalesce(cast(json_extract_scalar(counts, '$.not_consented') as bigint), 0) as not_consented,
    coalesce(cast(json_extract_scalar(counts, '$.before_start') as bigint), 0) as before_start,
    coalesce(cast(json_extract_scalar(counts, '$.withdrawn') as bigint), 0) as withdrawn,
    coalesce(cast(json_extract_scalar(counts, '$.held') as bigint), 0) as held,
    coalesce(cast(json_extract_scalar(counts, '$.erased') as bigint), 0) as erased,
    coalesce(cast(json_extract_scalar(counts, '$.superseded') as bigint), 0) as superseded,
    coalesce(cast(json_extract_scalar(counts, '$.no_owner') as bigint), 0) as no_owner,
    coalesce(cast(json_extract_scalar(counts, '$.ambiguous') as bigint), 0) as ambiguous,
    coalesce(cast(json_extract_scalar(counts, '$.handover') as bigint), 0) as handover,
    coalesce(cast(json_extract_scalar(counts, '$.no_accelerometer') as bigint), 0) as no_accelerometer
  from told
),
staged as (
  select 'customer' as source, count(*) as row_count from customer_staged
  union all select 'accelerometer', count(*) from accelerometer_staged
  union all select 'step_trainer', count(*) from step_trainer_staged
)
select
  counted.*,
  staged.row_count - passed - not_consented - before_start - withdrawn - held - erased - superseded
    - no_owner - ambiguous - handover - no_accelerometer as unaccounted
from counted
join staged on staged.source = counted.source
order by counted.source
