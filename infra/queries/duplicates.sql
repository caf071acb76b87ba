-- Answers: does a row stand twice where it may stand once?
-- Expected: one row a key; `doubled` must be 0. A person may have several readings at one time: that is no double.
select 'customer_staged, file and line' as checked, count(*) as doubled
from (select 1 as one from customer_staged group by _file_sha256, _line having count(*) > 1) d
union all
select 'accelerometer_staged, file, line and reading', count(*)
from (select 1 as one from accelerometer_staged group by _file_sha256, _line, _item having count(*) > 1) d
union all
select 'step_trainer_staged, file, line and reading', count(*)
from (select 1 as one from step_trainer_staged group by _file_sha256, _line, _item having count(*) > 1) d
union all
select 'accelerometer_staged, whole reading', count(*)
from (select 1 as one from accelerometer_staged group by "user", "timestamp", x, y, z having count(*) > 1) d
union all
select 'step_trainer_staged, whole reading', count(*)
from (
  select 1 as one from step_trainer_staged
  group by serialnumber, sensorreadingtime, distancefromobject having count(*) > 1
) d
union all
select 'accelerometer_trusted, whole reading', count(*)
from (select 1 as one from accelerometer_trusted group by "user", "timestamp", x, y, z having count(*) > 1) d
union all
select 'step_trainer_trusted, whole reading', count(*)
from (
  select 1 as one from step_trainer_trusted
  group by serialnumber, sensorreadingtime, distancefromobject having count(*) > 1
) d
union all
select 'consent, address', count(*)
from (select 1 as one from consent group by participant having count(*) > 1) d
union all
select 'customer_trusted, person', count(*)
from (select 1 as one from customer_trusted group by person having count(*) > 1) d
union all
select 'devices, device and begin', count(*)
from (select 1 as one from devices group by serialnumber, owned_from having count(*) > 1) d
union all
select 'customers_curated, subject', count(*)
from (select 1 as one from customers_curated group by subject_key having count(*) > 1) d
union all
select 'releases, number', count(*)
from (select 1 as one from releases group by number having count(*) > 1) d
order by checked
