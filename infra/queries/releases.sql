-- Answers: what was published when, and by how many rows did the curated table change?
-- Expected: one row a release, the newest first. Fewer rows than before is no fault: people leave.
select
  number,
  run_id,
  version,
  from_unixtime(published_at / 1000.0) as published_at,
  cast(json_extract_scalar(rows_by_table, '$.machine_learning_curated') as bigint) as curated_rows,
  cast(json_extract_scalar(rows_by_table, '$.machine_learning_curated') as bigint)
    - lag(cast(json_extract_scalar(rows_by_table, '$.machine_learning_curated') as bigint)) over (order by number)
    as change,
  json_extract_scalar(snapshots, '$.machine_learning_curated') as curated_snapshot
from releases
order by number desc
