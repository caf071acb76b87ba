-- Answers: is a request to withdraw or to be erased on record, and has a release followed it?
-- Expected: one row a request that has this keyed hash; `is_followed` is true once a release was published since.
-- ? is the hash, 64 hexadecimal digits. Whoever holds the suppression key makes it; the key has no place in a query.
select
  r.request,
  r.kind,
  r.about,
  from_unixtime(r.requested_at / 1000.0) as requested_at,
  min(n.number) as first_release_since,
  count(n.number) > 0 as is_followed
from requests r
left join releases n on n.as_of_ms >= r.requested_at
where r.hash = ?
group by r.request, r.kind, r.about, r.requested_at
order by r.requested_at
