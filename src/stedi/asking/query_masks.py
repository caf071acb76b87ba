"""What a query may do with masked columns: what is as true of tokens as of the values themselves."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from stedi.asking.query_plan import EmptyTables, Plan, nodes, syntax_tree
from stedi.ground.errors import UsageError
from stedi.schema.table import Table

EQUALITIES = {
    "COMPARE_EQUAL", "COMPARE_NOTEQUAL", "COMPARE_DISTINCT_FROM", "COMPARE_NOT_DISTINCT_FROM",
}  # fmt: skip
OPERATORS = {
    "OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL", "OPERATOR_COALESCE", "COMPARE_IN", "COMPARE_NOT_IN",
}  # fmt: skip
COUNTS = {"count", "count_star", "approx_count_distinct"}
CARRIERS = {"row", "struct_pack", "list_value", "unpivot_list"}
EXTRACTORS = {"struct_extract", "struct_extract_at", "array_extract", "list_extract"}
CARRYING_AGGREGATES = {"any_value", "first", "last", "list", "array_agg"}
BY_ANOTHER = {"arg_min", "arg_max", "min_by", "max_by"}
CARRYING_WINDOWS = {
    "WINDOW_LAG", "WINDOW_LEAD", "WINDOW_FIRST_VALUE", "WINDOW_LAST_VALUE", "WINDOW_NTH_VALUE",
}  # fmt: skip
CLASSES = {"BOUND_REF", "BOUND_COLUMN_REF", "BOUND_CASE", "BOUND_CONJUNCTION"}

TYPE_WORDS = {"query", "query_table", "typeof", "pg_typeof", "can_cast_implicitly", "current_query"}
"""Functions whose answer may differ between the look at a query and its run."""

NAME_FUNCTIONS = {
    "list_filter", "~~", "!~~", "~~*", "!~~*", "regexp_matches", "regexp_full_match", "contains", "prefix",
    "suffix", "starts_with", "ends_with", "lower", "upper", "=", "!=", "<>", "not", "in",
}  # fmt: skip
"""What may choose columns by their names in `COLUMNS(...)`."""

OPERATORS_OF_PLANS = {
    f"LOGICAL_{name}"
    for name in (
        "GET", "PROJECTION", "FILTER", "AGGREGATE_AND_GROUP_BY", "WINDOW", "UNNEST", "LIMIT", "ORDER_BY",
        "TOP_N", "DISTINCT", "SAMPLE", "COMPARISON_JOIN", "ANY_JOIN", "ASOF_JOIN", "DELIM_JOIN",
        "DEPENDENT_JOIN", "CROSS_PRODUCT", "POSITIONAL_JOIN", "UNION", "EXCEPT", "INTERSECT",
        "MATERIALIZED_CTE", "RECURSIVE_CTE", "CTE_REF", "DELIM_GET", "EXPRESSION_GET", "CHUNK_GET",
        "DUMMY_SCAN", "EMPTY_RESULT", "PIVOT", "JOIN",
    )
}  # fmt: skip

ALLOWED = (
    "A masked column can be shown, counted, grouped by, tested with IS NULL, and compared by = or <> "
    "(also in joins, IN and UNION) to another masked column of the same type."
)


@dataclass(frozen=True)
class Misuse:
    """A place where a query does with a masked column what tokens cannot answer.

    Attributes:
        what: What it does, in words, without any text of the query.
        place: Where, as DuckDB counts; by it the same place is found in another plan.
        names: What the columns are called there, where it is known.
    """

    what: str
    place: str
    names: frozenset[str] = field(default=frozenset(), compare=False)


def require_true_of_tokens(sql: str, tables: Sequence[Table], *, reveal: str) -> None:
    """Refuse a query that would be answered wrongly because it sees tokens in the place of values.

    Args:
        sql: One SELECT that can be planned.
        tables: The tables that it reads.
        reveal: How the query is asked so that it sees the values.

    Raises:
        UsageError: It does what tokens cannot answer; the message names the columns.
    """
    masked = [(t.name, c.name) for t in tables for c in t.columns if c.personal.masked]
    if not masked:
        return
    if word := _word_that_may_differ(sql):
        names = ", ".join(f"`{table.name}`" for table in tables)
        raise UsageError(
            f"Nothing was read: {names} has masked columns, and a query of masked columns cannot use {word}: "
            "it is checked before it runs, and might be another query then.\n"
            f"Ask without it, or for the values; say why, and it is audited: {reveal}"
        )
    found = next(iter(_misuses(sql, tables, masked)), None)
    if not found:
        return
    columns = [one for one in masked if found in _misuses(sql, tables, [one])]
    columns = columns or [one for one in masked if one[1] in found.names] or masked
    names = ", ".join(f"`{table}.{column}`" for table, column in columns)
    verb = "is" if len(columns) == 1 else "are"
    raise UsageError(
        f"Nothing was read: {names} {verb} masked, and {found.what} would be answered wrongly: "
        f"the query sees tokens in the place of values.\n{ALLOWED}\n"
        f"To ask for the values, say why; the reason is audited: {reveal}"
    )


def _misuses(sql: str, tables: Sequence[Table], marked: Sequence[tuple[str, str]]) -> list[Misuse]:
    with EmptyTables(tables, marked=marked, masked=True) as empty:
        plan = empty.plan(sql)
        if plan.error is not None:
            # With text in the column's place it could be planned: a function or operator takes text.
            function = re.search(r"types '([^'(]+)\(", plan.error)
            what = f"the function `{function[1]}`" if function else "a function, operator or cast"
            return [Misuse(what, plan.kind)]
        return list(misuses_in(plan, empty.mark))


def _word_that_may_differ(sql: str) -> str | None:
    """What makes a query another one from one time to the next, or in the place of values tokens."""
    tree = syntax_tree(sql)
    if tree is None:
        return "this form of query"
    for node in nodes(tree):
        name = str(node.get("function_name", "")).lower()
        if node.get("class") == "FUNCTION" and name in TYPE_WORDS:
            return f"`{name}`"
        if node.get("class") == "STAR" and node.get("columns"):
            called = {str(n.get("function_name")) for n in nodes(node) if n.get("class") == "FUNCTION"}
            if other := sorted(called - NAME_FUNCTIONS):
                return f"`{other[0]}` in COLUMNS(...)"
    return None


def misuses_in(plan: Plan, mark: str) -> Iterator[Misuse]:
    """What a plan does with marked columns that is not as true of tokens as of values."""
    for node in nodes(plan.tree):
        what = None
        if "expression_class" in node:
            what = _of_expression(node, mark)
        elif "comparison" in node and "left" in node:
            # A condition that is no comparison stands on the left alone, and is looked at as what it is.
            sides = [node["left"], node["right"]] if node["right"] else []
            if any(_holds(side, mark) for side in sides) and node["comparison"] not in EQUALITIES:
                what = f"the comparison {_sign(node['comparison'])}"
        elif "null_order" in node and "expression" in node:
            what = "the order" if _holds(node["expression"], mark) else None
        elif str(node.get("type", "")).startswith("LOGICAL_"):
            what = _of_operator(node, mark)
        if what:
            refs = (ref for ref in nodes(node) if ref.get("expression_class") == "BOUND_REF")
            names = frozenset(str(ref.get("alias")) for ref in refs if _holds(ref, mark))
            yield Misuse(what, str(node.get("query_location", "")), names)


def _of_operator(node: dict[str, Any], mark: str) -> str | None:
    if node["type"] not in OPERATORS_OF_PLANS:
        return "a form of query that cannot be checked"
    if node["type"] != "LOGICAL_GET" or _name(node) == "seq_scan":
        return None
    given = {key: value for key, value in node.items() if key != "children"}
    return f"the table function `{_name(node)}`" if mark in json.dumps(given) else None


def _of_expression(node: dict[str, Any], mark: str) -> str | None:
    kind, cls, name = node["type"], node["expression_class"], _name(node)
    if cls == "BOUND_CONSTANT":
        return None if not _holds(node, mark) or _is_null(node) else "a constant"
    given = [one for one in _operands(node) if _holds(one, mark)]
    if kind == "OPERATOR_CAST":
        children = node.get("children", [])
        if not given and not _holds(node, mark) or all(_is_null(child) for child in children):
            return None
        return "a comparison or mixture with a value that is not masked, or a cast,"
    if not given or cls in CLASSES:
        return None
    bare = any(_is_bare(one, mark) for one in given)
    allowed = {
        "BOUND_FUNCTION": kind in EQUALITIES
        or name in CARRIERS
        or (name in EXTRACTORS and not _is_bare(_operands(node)[0], mark)),
        "BOUND_OPERATOR": kind in OPERATORS,
        "BOUND_AGGREGATE": _carries(name, node, mark),
        "BOUND_WINDOW": kind in CARRYING_WINDOWS
        or (kind == "WINDOW_AGGREGATE" and _carries(name, node, mark)),
        "BOUND_UNNEST": not bare,
    }  # fmt: skip
    if allowed.get(cls, False):
        return None
    if kind.startswith("COMPARE_"):
        return f"the comparison {_sign(kind)}"
    return f"the function `{name}`" if name else f"the operator {kind.removeprefix('OPERATOR_')}"


def _carries(name: str, node: dict[str, Any], mark: str) -> bool:
    """Whether an aggregate counts values, or gives some of them back as they are."""
    given = [_holds(child, mark) for child in node.get("children", [])]
    return name in COUNTS | CARRYING_AGGREGATES or (name in BY_ANOTHER and not any(given[1:]))


def _operands(node: dict[str, Any]) -> list[dict[str, Any]]:
    """The expressions that an expression is made of; of a window, what its function is given."""
    if node["expression_class"] == "BOUND_WINDOW":
        given = [node.get(key) for key in ("children", "start_expr", "end_expr", "offset_expr")]
        waiting: list[Any] = [one for one in given if one]
    else:
        waiting = [value for key, value in node.items() if key not in ("order_bys", "return_type")]
    found = []
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, dict) and "expression_class" in one:
            found.append(one)
        elif isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    return found


def _type(node: dict[str, Any]) -> Any:
    return node.get("return_type") or (node.get("value") or {}).get("type") or {}


def _holds(node: dict[str, Any], mark: str) -> bool:
    return mark in json.dumps(_type(node))


def _is_bare(node: dict[str, Any], mark: str) -> bool:
    """Whether it is a marked column itself, and not a list or record with one in it."""
    fields = ((_type(node).get("type_info")) or {}).get("child_types") or []
    return len(fields) == 1 and str(fields[0].get("first", "")).startswith(mark)


def _is_null(node: dict[str, Any]) -> bool:
    return node["expression_class"] == "BOUND_CONSTANT" and bool((node.get("value") or {}).get("is_null"))


def _name(node: dict[str, Any]) -> str:
    path = (node.get("qname") or {}).get("path") or [""]
    return str(path[-1])


SIGNS = {
    "COMPARE_GREATERTHAN": ">", "COMPARE_LESSTHAN": "<", "COMPARE_GREATERTHANOREQUALTO": ">=",
    "COMPARE_LESSTHANOREQUALTO": "<=", "COMPARE_BETWEEN": "BETWEEN",
}  # fmt: skip


def _sign(kind: str) -> str:
    return SIGNS.get(kind, kind.removeprefix("COMPARE_"))
