-- Answers: what do the landing tables show, beside what was accepted?
-- Expected: on the STEDI starter data `shown` and `staged` are equal: 956, 81,273 and 28,680. Elsewhere they need
-- not be: landing tables are read leniently, pass over some files and know no duplicates. Count staged tables.
select 'customer' as source, count(*) as shown, count(email) as with_owner,
  (select count(*) from customer_staged) as staged
from customer_landing
union all
select 'accelerometer', count(*), count("user"), (select count(*) from accelerometer_staged)
from accelerometer_landing
union all
select 'step_trainer', count(*), count(serialnumber), (select count(*) from step_trainer_staged)
from step_trainer_landing
order by source
