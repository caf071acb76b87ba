-- Answers: which lines were refused, and why?
-- Expected: no row on the STEDI starter data. It shows counts alone: `raw` may hold anybody's identifiers.
select
  source,
  reason,
  count(*) as line_count,
  count(distinct _file_sha256) as file_count,
  from_unixtime(min(landed_at) / 1000.0) as first_landed_at,
  from_unixtime(max(landed_at) / 1000.0) as last_landed_at
from quarantine
group by source, reason
order by line_count desc, source, reason
