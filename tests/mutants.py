"""Break the rules about people in every small way, and see that a test notices.

python tests/mutants.py [FILE ...]     every mutant of the rules, or of the named modules

A mutant is one comparison, condition, extreme, null check or constant changed in a copy of the sources.
Each is tried in a process of its own, which starts with all imports done. The run fails unless the
mutants that no test kills are exactly those of `equivalent.toml`, where each has the reason why it
changes nothing.
"""

import ast
import copy
import os
import shutil
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
RULES = ("consent", "ownership", "linking", "asking", "passing")
TESTS = (
    *(
        f"privacy/test_{name}.py"
        for name in ("stretches", "terms", "linking", "ownership", "consent", "histories")
    ),
    *(f"tables/test_{name}.py" for name in ("readings", "customers")),
)
CHOSEN = "not shuffled and not gate and not doubled and not declared"
HISTORIES = "150"
"""Random histories a mutant is tried on; enough for the tables of cases to leave little."""
AT_ONCE = 2
SECONDS = 600
"""Whatever takes longer is counted as killed, and told."""

COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
CALLED = {
    "min": "max", "max": "min", "greatest": "least", "least": "greatest", "any": "all", "all": "any",
    "isNull": "isNotNull", "isNotNull": "isNull", "desc": "asc", "desc_nulls_last": "asc_nulls_last",
}  # fmt: skip
JOINS = {"left": "inner", "left_semi": "left_anti"}


@dataclass(frozen=True)
class Mutant:
    """One change of one module."""

    module: str
    name: str
    source: str


def mutants(module: str, path: Path) -> Iterator[Mutant]:
    """Every mutant of a module, named by where and what it changes."""
    tree = ast.parse(path.read_text())
    seen: Counter[str] = Counter()
    for place, (function, node) in enumerate(_walked(tree)):
        for variant in _variants(node):
            changed = copy.deepcopy(tree)
            _replace(changed, next(n for i, (_, n) in enumerate(_walked(changed)) if i == place), variant)
            name = f"{module}.{function}: {ast.unparse(node)} -> {ast.unparse(variant)}"
            seen[name] += 1
            if seen[name] > 1:
                name += f" ({seen[name]})"
            yield Mutant(module, name, ast.unparse(ast.fix_missing_locations(changed)))


def _walked(tree: ast.Module) -> list[tuple[str, ast.AST]]:
    """Every node that computes, beside its function: no docstring and no annotation."""
    found: list[tuple[str, ast.AST]] = []

    def walk(node: ast.AST, function: str) -> None:
        for field, value in ast.iter_fields(node):
            if (
                field in ("annotation", "returns", "decorator_list")
                or (isinstance(node, ast.Subscript) and field == "slice")
                or (isinstance(node, ast.keyword) and node.arg == "strict")
            ):
                continue
            for child in value if isinstance(value, list) else [value]:
                is_text = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
                if isinstance(child, ast.AST) and not is_text:
                    inside = f"{function}.{child.name}" if isinstance(child, ast.FunctionDef) else function
                    found.append((inside.strip(".") or "module", child))
                    walk(child, inside)

    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef):
            walk(statement, statement.name)
    return found


def _variants(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        for operator in COMPARED[type(node.ops[0])]:
            yield ast.Compare(node.left, [operator()], node.comparators)
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        for dropped in node.values:
            left = [value for value in node.values if value is not dropped]
            yield left[0] if len(left) == 1 else ast.BoolOp(node.op, left)
    elif isinstance(node, ast.BinOp):
        if isinstance(node.op, ast.BitAnd | ast.BitOr):
            yield ast.BinOp(
                node.left, ast.BitOr() if isinstance(node.op, ast.BitAnd) else ast.BitAnd(), node.right
            )
            yield node.left
            yield node.right
        elif isinstance(node.op, ast.Add | ast.Sub):
            yield ast.BinOp(node.left, ast.Sub() if isinstance(node.op, ast.Add) else ast.Add(), node.right)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert):
        yield node.operand
    elif isinstance(node, ast.Call):
        yield from _called(node)
    elif isinstance(node, ast.Constant):
        yield from _constants(node.value)
    elif isinstance(node, ast.IfExp):
        yield node.body
        yield node.orelse


def _called(node: ast.Call) -> Iterator[ast.expr]:
    function = node.func
    named = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if named in CALLED:
        renamed = copy.copy(function)
        setattr(renamed, "attr" if isinstance(function, ast.Attribute) else "id", CALLED[named])
        yield ast.Call(renamed, node.args, node.keywords)
    if named == "coalesce" and isinstance(node.args[0], ast.expr):
        yield ast.Call(function, [node.args[0]], [])
    if named in ("distinct", "where") and isinstance(function, ast.Attribute):
        yield function.value
    if named == "when":
        yield ast.Call(function, [ast.parse("F.lit(False)", mode="eval").body, *node.args[1:]], [])


def _constants(value: object) -> Iterator[ast.expr]:
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield ast.Constant(value + 1)
        if value > 0:
            yield ast.Constant(value - 1)
    elif isinstance(value, str) and value in JOINS:
        yield ast.Constant(JOINS[value])


def _replace(tree: ast.AST, old: ast.AST, new: ast.AST) -> None:
    class Replaced(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            return new if node is old else self.generic_visit(node)

    Replaced().visit(tree)


def tried(mutant: Mutant, sources: Path) -> int:
    """Begin to try a mutant in a process of its own; its exit code is 0 when the mutant survives."""
    if child := os.fork():
        return child
    copied = Path(tempfile.mkdtemp(prefix="mutant-"))
    try:
        shutil.copytree(sources, copied / "src")
        (copied / "src/stedi/privacy" / f"{mutant.module}.py").write_text(mutant.source)
        sys.path.insert(0, str(copied / "src"))
        os.environ["STEDI_HISTORIES"] = HISTORIES
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        import pytest

        tests = [str(REPOSITORY / "tests" / name) for name in TESTS]
        options = [
            "-x",
            "-q",
            "-p",
            "no:cacheprovider",
            "--tb=no",
            "--rootdir",
            str(REPOSITORY),
            "-k",
            CHOSEN,
        ]
        code = int(pytest.main([*options, *tests]))
    except BaseException:
        code = 1
    shutil.rmtree(copied, ignore_errors=True)
    os._exit(code)


def main(modules: list[str]) -> int:
    """Try every mutant and tell; 0 when exactly the known ones survive."""
    import pyarrow.parquet  # noqa: F401
    import pysail.spark  # noqa: F401
    import pyspark.sql.connect.session  # noqa: F401
    import pytest  # noqa: F401

    began = time.perf_counter()
    sources = REPOSITORY / "src"
    wanted = [m for n in modules for m in mutants(n, sources / "stedi/privacy" / f"{n}.py")]
    known = tomllib.loads((REPOSITORY / "tests/equivalent.toml").read_text())
    expected = {f"{n}.{name}" for n in modules for name in known.get(n, {})}
    unchanged = Mutant(modules[0], "", (sources / f"stedi/privacy/{modules[0]}.py").read_text())
    if os.waitpid(tried(unchanged, sources), 0)[1]:
        print("The tests fail without any mutant, so nothing was tried.")
        return 1
    survived: set[str] = set()
    running: dict[int, tuple[Mutant, float]] = {}
    waiting = list(reversed(wanted))
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            mutant = waiting.pop()
            running[tried(mutant, sources)] = mutant, time.perf_counter()
        for child, (mutant, since) in list(running.items()):
            ended, status = os.waitpid(child, os.WNOHANG)
            if not ended and time.perf_counter() - since > SECONDS:
                print("too slow", mutant.name, flush=True)
                os.kill(child, 9)
            if ended:
                del running[child]
                alive = os.waitstatus_to_exitcode(status) == 0
                survived |= {mutant.name} if alive else set()
                print("SURVIVED" if alive else "killed  ", mutant.name, flush=True)
        time.sleep(0.05)
    print(f"{len(wanted)} mutants, {len(survived)} survived, {time.perf_counter() - began:.0f} s")
    for name in sorted(survived - expected):
        print("survived, and no reason is known why it may:", name)
    for name in sorted(expected - survived):
        print("said to be equivalent, but killed or no longer a mutant:", name)
    return int(survived != expected)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(RULES)))
