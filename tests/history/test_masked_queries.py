"""A query over masked columns is answered as if it saw the values, or refused; never answered wrongly."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from stedi.asking.query import query
from stedi.asking.query_masks import require_true_of_tokens
from stedi.asking.query_plan import EmptyTables
from stedi.asking.reader import reading
from stedi.ground.errors import UsageError
from stedi.lake.config import Lake
from stedi.tables import TABLES, table

VALUES = re.compile(r"example\.org|196[1-4]-01-01|P [1-4]|[0-9]{9}|masked:|mark_")


def asked(lake: Lake, sql: str, reveal: str | None = None) -> list[tuple[Any, ...]]:
    with reading(lake) as reader:
        return list(query(reader, sql, reveal=reveal).rows)


def refused(lake: Lake, sql: str, reveal: str | None = None) -> str:
    with pytest.raises(UsageError) as told:
        asked(lake, sql, reveal)
    assert not VALUES.search(str(told.value)), told.value
    return str(told.value)


@pytest.fixture(scope="module")
def empty() -> Iterator[EmptyTables]:
    with EmptyTables(TABLES, masked=True) as empty:
        yield empty


def judged(empty: EmptyTables, sql: str) -> str:
    """Why a query is refused, found without a lake; the empty text where it is let through."""
    plan = empty.plan(sql)
    if plan.error is not None:
        return plan.error
    try:
        require_true_of_tokens(sql, [table(name) for name in plan.tables], reveal="--reveal REASON")
    except UsageError as error:
        assert not VALUES.search(str(error)), error
        return str(error)
    return ""


A_JOIN = "customer_trusted c join accelerometer_trusted a"
BOTH = f"{A_JOIN} on a.user = c.email"

ALLOWED = {
    "select count(*) from customer_trusted join accelerometer_trusted using (person)": [(90,)],
    "select count(*) from customer_trusted natural join devices": [(0,)],
    "select count(*) from (select email, serialnumber from customer_trusted) "
    "natural join (select serialnumber, person from devices)": [(4,)],
    "select count(*) from customer_trusted natural join (select person, reading_count from phone_readings)": [
        (4,)
    ],
    f"select count(*), count(distinct c.email), count(distinct a.user) from {BOTH}": [(90, 4, 4)],
    f"select count(*) from {A_JOIN} on a.user <> c.email": [(270,)],
    f"select count(*) from {BOTH} where c.birthday is null": [(0,)],
    f"select count(*) from {BOTH} where c.birthday is not null and a.x > 0": [(90,)],
    "select sum(n) from (select email, count(*) as n from customer_staged group by email)": [(4,)],
    "select n, count(*) from (select user, count(*) as n from accelerometer_trusted group by all) "
    "group by n order by n": [(20, 2), (25, 2)],
    "select user is null, count(*) from accelerometer_trusted group by 1": [(False, 90)],
    "select count(*) from accelerometer_trusted where user in (select email from customer_trusted)": [(90,)],
    "select count(*) from customer_trusted c where exists "
    "(select 1 from accelerometer_trusted a where a.user = c.email and a.timestamp > 0)": [(4,)],
    "select count(*) from customer_trusted c where (select count(*) from accelerometer_trusted a "
    "where a.user = c.email) = 25": [(2,)],
    "select count(*) from customer_trusted where (email, serialnumber) in "
    "(select email, serialnumber from customer_staged)": [(4,)],
    "with e as materialized (select email as x from customer_trusted) select count(distinct x) from e": [
        (4,)
    ],
    "select count(*) from (select email from customer_trusted union "
    "select user from accelerometer_trusted)": [(4,)],
    "select count(*) from (select email from customer_staged except select user from accelerometer_staged)": [
        (0,)
    ],
    "select count(*) from (select email from customer_staged intersect all "
    "select user from accelerometer_staged)": [(4,)],
    "select count(*) filter (where email = person) from customer_trusted": [(4,)],
    "select count(*) from (select distinct on (user) * from accelerometer_trusted order by timestamp)": [
        (4,)
    ],
    "select count(*) from (select user from accelerometer_trusted "
    "qualify row_number() over (partition by user order by timestamp) = 1)": [(4,)],
    "select count(*) from (select coalesce(email, phone, null) as e from customer_trusted "
    "group by e having count(*) = 1)": [(4,)],
    "select count(distinct e) from (select case when device_count > 0 then email end as e "
    "from customer_trusted)": [(4,)],
    "select count(distinct u) from (select lag(user) over (partition by user order by timestamp) as u "
    "from accelerometer_trusted)": [(4,)],
    "select count(*) from (select any_value(email), arg_max(email, registrationdate), list(phone) "
    "from customer_trusted)": [(1,)],
    "select count(distinct c.email) from (select c from customer_trusted c)": [(4,)],
    "select count(distinct r.e) from (select {'e': email, 'n': device_count} as r from customer_trusted)": [
        (4,)
    ],
    "select count(distinct e) from (select unnest(list(email)) as e from customer_trusted)": [(4,)],
    "select count(*) from customer_trusted c positional join devices d": [(4,)],
    "select count(*) from (select columns('email|phone') from customer_trusted)": [(4,)],
    "select count(*) from (select columns(lambda c: c like '%mail') from customer_trusted)": [(4,)],
    "select count(*) from (select * exclude (email) replace (1 as phone) from customer_trusted)": [(4,)],
    "select count(*) from customer_trusted c asof join accelerometer_trusted a "
    "on c.email = a.user and c.registrationdate <= a.timestamp": [(4,)],
    "select count(*) from (from customer_trusted unpivot (v for n in (email, phone)))": [(8,)],
    "select count(*) from customer_trusted where birthday = null": [(0,)],
    "select getvariable('email') is null, count(*) from customer_trusted group by all": [(True, 4)],
    "select count(*) from customer_trusted c, range(c.device_count) r": [(4,)],
    "select count(*) from customer_trusted c semi join accelerometer_trusted a on a.user = c.email": [(4,)],
    "with recursive r as (select email, 1 as n from customer_trusted union all "
    "select email, n + 1 from r where n < 3) select count(*), count(distinct email) from r": [(12, 4)],
}  # fmt: skip


@pytest.mark.parametrize("sql", ALLOWED)
def test_what_tokens_can_answer_is_answered_as_by_the_values(grown: Lake, sql: str) -> None:
    assert asked(grown, sql) == ALLOWED[sql] == asked(grown, sql, "a test")


NOT_A_RECORD = "Cannot extract field"
WRONG = [
    "email = 'a'", "'a' = email", "email <> 'a'", "email > 'a'", "email > phone", "email between 'a' and 'b'",
    "email in ('a', 'b')", "email not in ('a')", "email like 'a%'", "email ilike 'a'", "email similar to 'a'",
    "email ~ 'a'", "regexp_matches(email, 'a')", "starts_with(email, 'a')", "contains(email, 'a')",
    "length(email) > 1", "email[1] = 'a'", "email[1:2] = 'a'", "substring(email, 1, 1) = 'a'",
    "upper(email) = 'A'",
    "email || 'x' = 'x'", "concat(email, 'x') = 'x'", "concat_ws('-', email) = 'x'", "email::int = 1",
    "email::varchar = 'x'", "cast(email as blob) is null", "try_cast(email as date) is null",
    "email::date > '1950-01-01'",
    "md5(email) = 'x'", "hash(email) = 1", "printf('%s', email) = 'x'", "format('{}', email) = 'x'",
    "error(email) is null", "greatest(email, phone) = phone", "least(email, phone) is null",
    "coalesce(email, 'none') = phone", "nullif(email, 'a') is null", "case email when 'a' then true end",
    "case when email < phone then true end", "ifnull(email, '') = ''", "email collate nocase = 'a'",
    "email = any (select 'a')", "email > all (select phone)", "email in (select 'a')",
    "email in (values ('a'))", "list_contains([email], 'a')", "[email] = ['a']", "list_sort([email]) is null",
    "(email, 1) = ('a', 1)", "(email, 1) > (phone, 1)", "{'e': email} = {'e': 'a'}",
    "array_length([email]) > 1",
    "list_transform([email], lambda x: upper(x)) is null", "list_transform([1], lambda x: email) is null",
    "len(list_filter([email], lambda x: x > 'a')) > 0", "to_json(email) is null", "json_quote(email) is null",
    "email is distinct from 'a'", "email = serialnumber || ''", "strlen(email) = 1",
    "email = current_date::varchar", "levenshtein(email, 'a') < 3", "not email",
    "exists (select 1 where email > 'a')", "email = device_count::varchar",
    "date_part('year', email::date) > 1",
    "encode(email) is null", "try(email::int) is null", "email.x is null",
    "unicode(email) = 1", "bit_length(email) = 1", "email ^@ 'a'", "email glob 'a*'",
    "email = birthday || 'x'",
]  # fmt: skip


@pytest.mark.parametrize("condition", WRONG)
def test_what_tokens_cannot_answer_is_refused_by_name(empty: EmptyTables, condition: str) -> None:
    told = judged(empty, f"select count(*) from customer_trusted where {condition}")
    assert told.startswith(NOT_A_RECORD) or ("`customer_trusted.email`" in told and "--reveal REASON" in told)


CONTEXTS = [
    "select {e} from customer_trusted",
    "select count(*) filter (where {e}) from customer_trusted",
    "select count(*) from customer_trusted group by {e}",
    "select sum(device_count) from customer_trusted group by all having bool_or({e})",
    "select 1 from customer_trusted qualify row_number() over (partition by {e} order by bucket) = 1",
    "select rank() over (order by {e}) from customer_trusted",
    "select * from customer_trusted order by {e}",
    "with c as (select {e} as a from customer_trusted) select count(*) from c where a",
    "select * from customer_trusted c where exists (select 1 from devices d where d.person = c.person "
    "and {e})",
    "select count(*) from devices join customer_trusted on {e}",
    "select case when {e} then 1 end from customer_trusted",
    "select 1 from customer_trusted union all (select 2 from customer_trusted where {e})",
    "select * from (select * replace ({e} as email) from customer_trusted)",
    "select lag({e}) over (order by bucket) from customer_trusted",
    "select * from customer_trusted limit (select count(*) from customer_trusted where {e})",
    "select list({e} order by bucket) from customer_trusted",
    "pivot (select {e} as p, bucket from customer_trusted) on p in (true, false) using count(*)",
]


@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize(
    "condition", ["email > 'a'", "email = 'a'", "error(email) is null", "email like 'a'"]
)
def test_a_refusal_holds_wherever_it_stands(empty: EmptyTables, context: str, condition: str) -> None:
    told = judged(empty, context.replace("{e}", condition))
    assert "`customer_trusted.email`" in told or "cannot be volatile" in told


WRONG_WHOLE = {
    "select min(birthday) from customer_trusted": "birthday",
    "select max(birthday) over () from customer_trusted": "birthday",
    "select * from customer_trusted order by birthday": "birthday",
    "select email as e from customer_trusted order by e": "email",
    "select string_agg(email, ',') from customer_trusted": "email",
    "select list(device_count order by phone) from customer_trusted": "phone",
    "select arg_max(device_count, birthday) from customer_trusted": "birthday",
    "select first_value(device_count) over (order by birthday) from customer_trusted": "birthday",
    "select histogram(birthday) from customer_trusted": "birthday",
    "select quantile_disc(birthday, 0.5) from customer_trusted": "birthday",
    "select x from (select birthday as x from customer_trusted) where x > '1950'": "birthday",
    "with recursive r as (select email, 1 as n from customer_trusted union all "
    "select email || 'x', n + 1 from r where n < 3) select * from r": "email",
    "select email from customer_trusted union all select 'total'": "email",
    "select email from customer_trusted union select reason from landed_files": "email",
    "select * from customer_trusted c join landed_files f on c.email = f.reason": "email",
    "select * from customer_trusted c asof join accelerometer_trusted a "
    "on c.serialnumber = a.user and c.email >= a.person": "email",
    "select unnest(string_split(email, '@')) from customer_trusted": "email",
    "select lag(email, 1, 'x') over (order by bucket) from customer_trusted": "email",
    "select upper(columns('email')) from customer_trusted": "email",
    "select * replace (lower(email) as email) from customer_trusted": "email",
    "select c.e.x from (select {'x': upper(email)} as e from customer_trusted) c": "email",
    "pivot customer_trusted on email in ('a') using count(*)": "email",
    "select count(*) from quarantine where raw = envelope_of": "raw",
    "select email.upper() from customer_trusted": "email",
    "summarize customer_trusted": "email",
}  # fmt: skip


@pytest.mark.parametrize("sql", WRONG_WHOLE)
def test_queries_that_tokens_cannot_answer(grown: Lake, sql: str) -> None:
    assert re.search(rf"`\w+\.{WRONG_WHOLE[sql]}`", refused(grown, sql))


def test_the_columns_at_fault_are_named_and_no_other(grown: Lake) -> None:
    told = refused(grown, f"select count(*) from {BOTH} where c.birthday > '1950' and c.phone is null")
    assert told.startswith(
        "Nothing was read: `customer_trusted.birthday` is masked, and the comparison > would be answered"
    )
    told = refused(grown, f"select count(*) from {BOTH} where c.birthday = '1950'")
    assert told.startswith("Nothing was read: `customer_trusted.birthday` is masked")
    assert "`customer_trusted.email`, `customer_trusted.phone` are masked" in refused(
        grown, "select count(*) from customer_trusted where email > phone"
    )


def test_revealed_it_is_answered_by_the_values(grown: Lake) -> None:
    sql = "select count(*) from customer_trusted where birthday > '1962'"
    assert asked(grown, sql, "a test") == [(3,)]
    assert asked(grown, "select min(email) from customer_trusted", "a test") == [("person1@example.org",)]
