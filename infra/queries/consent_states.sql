-- Answers: how many people have agreed to research use, and how many have not?
-- Expected: on the STEDI starter data 482 GIVEN and 474 NEVER. Groups of fewer than 10 people are for the gate alone.
select state, count(distinct person) as people, count(*) as addresses
from consent
group by state
order by state
