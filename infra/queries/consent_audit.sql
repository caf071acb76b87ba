-- Answers: does a trusted or curated row stand there without consent?
-- Expected: one row a table; `leaks` must be 0. Anything else is an incident: stop using the table, then look.
-- A person without a row in `consent`, or with another state than GIVEN, has none. Curated rows hold pseudonyms,
-- whose key Athena has not: it is shown that they are about no more people and readings than trusted ones are.
with given as (
  select person, min(readings_from) as readings_from from consent where state = 'GIVEN' group by person
)
select 'customer_trusted' as table_name, count(*) as leaks
from customer_trusted t
left join given g on g.person = t.person
where g.person is null
union all
select 'accelerometer_trusted', count(*)
from accelerometer_trusted t
left join given g on g.person = t.person and t."timestamp" >= g.readings_from
where g.person is null
union all
select 'step_trainer_trusted', count(*)
from step_trainer_trusted t
left join given g on g.person = t.person and t.sensorreadingtime >= g.readings_from
where g.person is null
union all
select 'step_trainer_trusted, of a device of somebody else', count(*)
from step_trainer_trusted t
left join devices d
  on d.serialnumber = t.serialnumber
  and d.person = t.person
  and t.sensorreadingtime >= d.owned_from
  and (d.owned_until is null or t.sensorreadingtime < d.owned_until)
where d.person is null
union all
select 'phone_readings', count(*)
from phone_readings t
left join given g on g.person = t.person
where g.person is null
union all
select 'customers_curated, more people than trusted ones', greatest(
  (select count(distinct subject_key) from customers_curated)
    - (select count(distinct p.person) from phone_readings p join given g on g.person = p.person),
  0
)
union all
select 'customers_curated, more readings than trusted ones', greatest(
  (select coalesce(sum(reading_count), 0) from customers_curated) - (select count(*) from accelerometer_trusted), 0
)
union all
select 'machine_learning_curated', count(*)
from machine_learning_curated t
left join customers_curated c on c.subject_key = t.subject_key
where c.subject_key is null
union all
select 'machine_learning_curated, more readings than a subject has', coalesce(sum(t.row_count - c.reading_count), 0)
from (
  select subject_key, count(*) as row_count from machine_learning_curated group by subject_key
) t
join customers_curated c on c.subject_key = t.subject_key
where t.row_count > c.reading_count
order by table_name
