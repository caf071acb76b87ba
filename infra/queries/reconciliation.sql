-- Answers: why does machine_learning_curated have the rows it has, and not as many as a join on time alone?
-- Expected: each step is the sum of those before it. On the STEDI starter data 43,681 pairs on time alone,
-- less 2,700 of two people, are 40,981; less 8,956 from before consent, are 32,025.
with phone as (
  select c.person, a."timestamp" as at, a."timestamp" < c.start_at as is_early
  from accelerometer_staged a
  join consent c on c.participant = a.participant
  where c.state = 'GIVEN'
),
people as (
  select distinct person, start_at from consent where state = 'GIVEN'
),
steps as (
  select d.person, s.sensorreadingtime as at
  from step_trainer_staged s
  join devices d
    on d.serialnumber = s.serialnumber
    and s.sensorreadingtime >= d.owned_from
    and (d.owned_until is null or s.sensorreadingtime < d.owned_until)
  join people p on p.person = d.person
  where d.standing = 'owned'
),
pairs as (
  select
    count(*) as time_alone,
    count(*) filter (where phone.person <> steps.person) as other_person,
    count(*) filter (where phone.person = steps.person and phone.is_early) as before_consent
  from phone
  join steps on steps.at = phone.at
),
curated as (
  select
    count(*) as row_count,
    count(*) filter (where distance_offset_ms = 0) as same_time,
    count(*) filter (where distance_offset_ms <> 0) as near,
    count(*) filter (where distance_offset_ms is null) as none_near
  from machine_learning_curated
)
select 1 as step, 'time_alone' as kind, time_alone as row_count from pairs
union all select 2, 'other_person', -other_person from pairs
union all select 3, 'same_person', time_alone - other_person from pairs
union all select 4, 'before_consent', -before_consent from pairs
union all select 5, 'after_consent', time_alone - other_person - before_consent from pairs
union all select 6, 'machine_learning_curated', row_count from curated
union all select 7, 'of_these_at_the_same_time', same_time from curated
union all select 8, 'of_these_near_in_time', near from curated
union all select 9, 'of_these_without_a_step_reading', none_near from curated
order by step
