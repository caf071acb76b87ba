-- Answers: how many rows has each table, and are they those of the newest release?
-- Expected: one row a table; `difference` must be 0, unless a run is publishing right now.
with newest as (
  select rows_by_table from releases order by number desc limit 1
),
held as (
  select 'landing' as zone, 'customer_staged' as table_name, count(*) as row_count from customer_staged
  union all select 'landing', 'accelerometer_staged', count(*) from accelerometer_staged
  union all select 'landing', 'step_trainer_staged', count(*) from step_trainer_staged
  union all select 'landing', 'quarantine', count(*) from quarantine
  union all select 'landing', 'landed_files', count(*) from landed_files
  union all select 'landing', 'requests', count(*) from requests
  union all select 'trusted', 'consent', count(*) from consent
  union all select 'trusted', 'devices', count(*) from devices
  union all select 'trusted', 'customer_trusted', count(*) from customer_trusted
  union all select 'trusted', 'accelerometer_trusted', count(*) from accelerometer_trusted
  union all select 'trusted', 'phone_readings', count(*) from phone_readings
  union all select 'trusted', 'step_trainer_trusted', count(*) from step_trainer_trusted
  union all select 'curated', 'customers_curated', count(*) from customers_curated
  union all select 'curated', 'machine_learning_curated', count(*) from machine_learning_curated
),
told as (
  select 'customer_staged' as table_name, json_extract_scalar(rows_by_table, '$.customer_staged') as row_count from newest
  union all select 'accelerometer_staged', json_extract_scalar(rows_by_table, '$.accelerometer_staged') from newest
  union all select 'step_trainer_staged', json_extract_scalar(rows_by_table, '$.step_trainer_staged') from newest
  union all select 'quarantine', json_extract_scalar(rows_by_table, '$.quarantine') from newest
  union all select 'landed_files', json_extract_scalar(rows_by_table, '$.landed_files') from newest
  union all select 'requests', json_extract_scalar(rows_by_table, '$.requests') from newest
  union all select 'consent', json_extract_scalar(rows_by_table, '$.consent') from newest
  union all select 'devices', json_extract_scalar(rows_by_table, '$.devices') from newest
  union all select 'customer_trusted', json_extract_scalar(rows_by_table, '$.customer_trusted') from newest
  union all select 'accelerometer_trusted', json_extract_scalar(rows_by_table, '$.accelerometer_trusted') from newest
  union all select 'phone_readings', json_extract_scalar(rows_by_table, '$.phone_readings') from newest
  union all select 'step_trainer_trusted', json_extract_scalar(rows_by_table, '$.step_trainer_trusted') from newest
  union all select 'customers_curated', json_extract_scalar(rows_by_table, '$.customers_curated') from newest
  union all select 'machine_learning_curated', json_extract_scalar(rows_by_table, '$.machine_learning_curated') from newest
)
select
  held.zone,
  held.table_name,
  held.row_count,
  held.row_count - coalesce(cast(told.row_count as bigint), 0) as difference
from held
left join told on told.table_name = held.table_name
order by held.zone desc, held.table_name
