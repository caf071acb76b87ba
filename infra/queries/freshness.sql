-- Answers: how old is the newest release, and when did each source last land and last read something?
-- Expected: `release_age_h` below the time between two runs. A source whose `landed_age_h` grows has gone silent.
with newest as (
  select max(published_at) as published_at from releases
),
landed as (
  select source, max(landed_at) as landed_at from landed_files group by source
),
measured as (
  select 'customer' as source, max(effective_at) as newest_at from customer_staged
  union all select 'accelerometer', max("timestamp") from accelerometer_staged
  union all select 'step_trainer', max(sensorreadingtime) from step_trainer_staged
)
select
  m.source,
  from_unixtime(m.newest_at / 1000.0) as newest_reading_at,
  from_unixtime(l.landed_at / 1000.0) as landed_at,
  from_unixtime(n.published_at / 1000.0) as published_at,
  round((to_unixtime(current_timestamp) - l.landed_at / 1000.0) / 3600, 1) as landed_age_h,
  round((to_unixtime(current_timestamp) - n.published_at / 1000.0) / 3600, 1) as release_age_h
from measured m
left join landed l on l.source = m.source
cross join newest n
order by m.source
