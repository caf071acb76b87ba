-- Answers: into how many files is each table split, and how small are they?
-- Expected: one row a table. Many files far below 128 MB make every query slower and dearer: run `stedi maintain`.
-- On the STEDI starter data every file is small, for a table has at least one a bucket. `quarantine` and `requests` are
-- left out: while nothing was ever written to a table, Trino fails on its `$files`.
with files as (
  select 'customer_staged' as table_name, record_count, file_size_in_bytes from "customer_staged$files"
  union all select 'accelerometer_staged', record_count, file_size_in_bytes from "accelerometer_staged$files"
  union all select 'step_trainer_staged', record_count, file_size_in_bytes from "step_trainer_staged$files"
  union all select 'landed_files', record_count, file_size_in_bytes from "landed_files$files"
  union all select 'consent', record_count, file_size_in_bytes from "consent$files"
  union all select 'devices', record_count, file_size_in_bytes from "devices$files"
  union all select 'customer_trusted', record_count, file_size_in_bytes from "customer_trusted$files"
  union all select 'accelerometer_trusted', record_count, file_size_in_bytes from "accelerometer_trusted$files"
  union all select 'phone_readings', record_count, file_size_in_bytes from "phone_readings$files"
  union all select 'step_trainer_trusted', record_count, file_size_in_bytes from "step_trainer_trusted$files"
  union all select 'customers_curated', record_count, file_size_in_bytes from "customers_curated$files"
  union all select 'machine_learning_curated', record_count, file_size_in_bytes from "machine_learning_curated$files"
  union all select 'releases', record_count, file_size_in_bytes from "releases$files"
)
select
  table_name,
  count(*) as file_count,
  count(*) filter (where file_size_in_bytes < 16 * 1024 * 1024) as below_16_mib,
  sum(record_count) as row_count,
  cast(round(avg(file_size_in_bytes)) as bigint) as mean_bytes,
  sum(file_size_in_bytes) as stored_bytes
from files
group by table_name
order by file_count desc, table_name
