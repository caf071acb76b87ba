-- Answers: which older states of the tables can still be read, and since when?
-- Expected: one row a table. `older_snapshots` of trusted and curated tables must be 0 once somebody was removed,
-- for an older snapshot shows rows of whoever left since. `stedi privacy` expires them.
with snapshots as (
  select 'customer_staged' as table_name, snapshot_id, committed_at from "customer_staged$snapshots"
  union all select 'accelerometer_staged', snapshot_id, committed_at from "accelerometer_staged$snapshots"
  union all select 'step_trainer_staged', snapshot_id, committed_at from "step_trainer_staged$snapshots"
  union all select 'quarantine', snapshot_id, committed_at from "quarantine$snapshots"
  union all select 'landed_files', snapshot_id, committed_at from "landed_files$snapshots"
  union all select 'requests', snapshot_id, committed_at from "requests$snapshots"
  union all select 'consent', snapshot_id, committed_at from "consent$snapshots"
  union all select 'devices', snapshot_id, committed_at from "devices$snapshots"
  union all select 'customer_trusted', snapshot_id, committed_at from "customer_trusted$snapshots"
  union all select 'accelerometer_trusted', snapshot_id, committed_at from "accelerometer_trusted$snapshots"
  union all select 'phone_readings', snapshot_id, committed_at from "phone_readings$snapshots"
  union all select 'step_trainer_trusted', snapshot_id, committed_at from "step_trainer_trusted$snapshots"
  union all select 'customers_curated', snapshot_id, committed_at from "customers_curated$snapshots"
  union all select 'machine_learning_curated', snapshot_id, committed_at from "machine_learning_curated$snapshots"
  union all select 'releases', snapshot_id, committed_at from "releases$snapshots"
)
select
  table_name,
  count(*) - 1 as older_snapshots,
  max_by(snapshot_id, committed_at) as newest_snapshot,
  min(committed_at) as oldest_at,
  max(committed_at) as newest_at
from snapshots
group by table_name
order by older_snapshots desc, table_name
