-- Answers: of what age are the people that a detector learns from?
-- Expected: decades of 10 people or more; all others together are one row with a null, left out below 10 people.
-- On the STEDI starter data that row alone, 464 people: 442 birthdays are implausible, and no decade has 10 people.
with decades as (
  select birth_decade, count(*) as people, sum(reading_count) as readings
  from customers_curated
  group by birth_decade
),
reported as (
  select case when people >= 10 then birth_decade end as birth_decade, people, readings from decades
)
select birth_decade, sum(people) as people, sum(readings) as readings
from reported
group by birth_decade
having sum(people) >= 10
order by birth_decade
