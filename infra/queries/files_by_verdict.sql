-- Answers: which files landed, what became of them, and why were some not read?
-- Expected: on the STEDI starter data 13 files, all `read`. A file that is `quarantined` or `refused` needs somebody.
select
  source,
  verdict,
  reason,
  count(*) as file_count,
  sum(stored_bytes) as stored_bytes,
  sum("lines") as line_count,
  from_unixtime(max(landed_at) / 1000.0) as last_landed_at
from landed_files
group by source, verdict, reason
order by source, verdict, reason
