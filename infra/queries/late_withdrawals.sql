-- Answers: how long did readings stand after their owner had withdrawn, because the withdrawal landed late?
-- Expected: one row. On the STEDI starter data nobody has withdrawn: 0 people. Days are counted as begun.
with withdrawn as (
  select participant, person from consent where state = 'WITHDRAWN'
),
landed as (
  select file_sha256, min(landed_at) as landed_at from landed_files group by file_sha256
),
told as (
  select w.person, s.effective_at, min(l.landed_at) as landed_at
  from customer_staged s
  join withdrawn w on w.participant = s.participant
  join landed l on l.file_sha256 = s._file_sha256
  where s.sharewithresearchasofdate is null
  group by w.person, s.effective_at
),
exposed as (
  select person, greatest(max_by(landed_at, effective_at) - max(effective_at), 0) as exposure_ms
  from told
  group by person
)
select
  count(*) as people,
  count(*) filter (where exposure_ms >= 86400000) as a_day_or_more,
  cast(coalesce(ceil(max(exposure_ms) / 86400000.0), 0) as bigint) as longest_days
from exposed
