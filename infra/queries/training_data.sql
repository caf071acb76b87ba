-- Answers: what has a step detector to learn from?
-- Expected: one row. On the STEDI starter data 32,025 rows of 464 people, all beside a step reading of the same time.
select
  count(*) as row_count,
  count(distinct subject_key) as people,
  count(distinct session) as sessions,
  count(distancefromobject) as with_distance,
  count(*) - count(distancefromobject) as without_distance,
  round(avg(abs(distance_offset_ms)), 1) as mean_offset_ms
from machine_learning_curated
