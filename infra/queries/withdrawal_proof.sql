-- Answers: has everybody who withdrew or was erased left, and is every request carried out?
-- Expected: one row a check; `remaining` must be 0. It tells of current snapshots; older ones and the files are
-- searched by `stedi privacy verify`. Requests are keyed hashes, so here nobody is found by one.
with gone as (
  select participant, person, state, erased_at from consent where state in ('WITHDRAWN', 'ERASED')
),
people as (
  select distinct person from gone
),
newest as (
  select as_of_ms from releases order by number desc limit 1
)
select 'customer_trusted' as checked, count(*) as remaining
from customer_trusted t join people p on p.person = t.person
union all
select 'accelerometer_trusted', count(*) from accelerometer_trusted t join people p on p.person = t.person
union all
select 'step_trainer_trusted', count(*) from step_trainer_trusted t join people p on p.person = t.person
union all
select 'phone_readings', count(*) from phone_readings t join people p on p.person = t.person
union all
select 'accelerometer_trusted, from before an erasure', count(*)
from accelerometer_trusted t
join (select distinct person, erased_at from consent where erased_at is not null) e
  on e.person = t.person and t."timestamp" <= e.erased_at
union all
select 'accelerometer_staged, from before an erasure', count(*)
from accelerometer_staged t
join consent c on c.participant = t.participant and t."timestamp" <= c.erased_at
union all
select 'customer_staged, from before an erasure', count(*)
from customer_staged t
join consent c on c.participant = t.participant and t.effective_at <= c.erased_at
union all
select 'requests, made since the newest release', count(distinct r.request)
from requests r cross join newest n
where r.requested_at > n.as_of_ms
order by checked
