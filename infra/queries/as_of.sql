-- Answers: how many rows had the ledger and the states of consent a day ago, and how many have they now?
-- Expected: one row a table. It fails where a table is younger than a day; then name a later time, or a snapshot
-- that snapshots.sql shows: `consent for version as of 1234567890`. Counts alone: an older snapshot shows who left.
select 'landed_files' as table_name,
  (select count(*) from landed_files for timestamp as of (current_timestamp - interval '1' day)) as a_day_ago,
  (select count(*) from landed_files) as now
union all
select 'consent',
  (select count(*) from consent for timestamp as of (current_timestamp - interval '1' day)),
  (select count(*) from consent)
order by table_name
