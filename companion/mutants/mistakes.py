"""Small mistakes, made on purpose: which ones can be made in a source?

Every mutation is one edit that a tired author might make: a line is left out,
a condition turned round, an exception caught too widely. What surrounds the
edit stays as it is, byte by byte. Names, strings, docstrings, annotations and
code for the type checker alone are left in peace.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterable
from dataclasses import dataclass

from companion import text

Edit = tuple[int, int, str]

SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub,
    ast.And: ast.Or,
    ast.BitOr: ast.BitAnd,
    ast.Div: ast.Mult,
    ast.Eq: ast.NotEq,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Mult: ast.Div,
    ast.NotEq: ast.Eq,
    ast.NotIn: ast.In,
    ast.Or: ast.And,
    ast.Sub: ast.Add,
}
ALIKE = {
    "AsyncFor": "For",
    "AsyncFunctionDef": "FunctionDef",
    "AsyncWith": "With",
    "AugAssign": "Assign",
    "Break": "Raise",
    "Continue": "Raise",
    "Delete": "Raise",
    "ImportFrom": "Import",
}
OTHER = {"Exception": "BaseException"}


@dataclass(frozen=True)
class Mutation:
    """One edit: in which symbol, in which line, what becomes what.

    `rows` are the lines that a test has to run in order to notice; None
    means that the code runs when the module is imported.
    """

    symbol: str
    line: int
    code: str
    kind: str
    old: str
    new: str
    rows: range | None
    edits: tuple[Edit, ...]

    def apply(self, source: str) -> str:
        """Return the source with the mistake in it."""
        changed = source.encode()
        for start, end, new in sorted(self.edits, reverse=True):
            changed = changed[:start] + new.encode() + changed[end:]
        return changed.decode()


def mutations(module: text.Module) -> list[Mutation]:
    """List all mistakes that can be made in a module, from top to bottom."""
    finder = _Finder(module)
    finder.visit(ast.parse(module.source))
    return sorted(finder.found, key=lambda each: each.edits[0][:2])


class _Finder(ast.NodeVisitor):
    """Walk through a module and note every edit that comes to mind."""

    def __init__(self, module: text.Module) -> None:
        self.module = module
        self.lines = module.source.splitlines()
        self.source = module.source.encode()
        self.starts = [0]
        for line in self.source.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.symbols: list[str] = []
        self.in_function = False
        self.rows: range | None = None
        self.found: list[Mutation] = []

    # -- Edits

    def change(self, kind: str, node: ast.AST, new: str) -> None:
        """Note that a node can be replaced."""
        self.edit(kind, node, (*self.place(node), new))

    def edit(self, kind: str, node: ast.AST, *edits: Edit) -> None:
        """Note one mistake; the first of its edits is the one to show."""
        start, end, new = edits[0]
        line = self.source.count(b"\n", 0, start) + 1
        self.found.append(
            Mutation(
                symbol=".".join(self.symbols) or self.module.name,
                line=line,
                code=self.lines[line - 1].strip(),
                kind=kind,
                old=" ".join(self.source[start:end].decode().split()),
                new=new,
                rows=self.rows,
                edits=edits,
            )
        )

    def place(self, node: ast.AST) -> tuple[int, int]:
        """Return where a node starts and ends, in bytes."""
        assert isinstance(node, (ast.stmt, ast.expr))
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return (
            self.starts[node.lineno - 1] + node.col_offset,
            self.starts[node.end_lineno - 1] + node.end_col_offset,
        )

    def written(self, node: ast.AST) -> str:
        """Return the source of a node."""
        start, end = self.place(node)
        return self.source[start:end].decode()

    def visit(self, node: ast.AST) -> None:
        """Look at a node; some kinds have the same mistakes in them."""
        kind = type(node).__name__
        name = f"visit_{ALIKE.get(kind, kind)}"
        getattr(self, name, self.generic_visit)(node)

    # -- Scopes

    def visit_Module(self, node: ast.Module) -> None:
        """Start at the top."""
        self.block(node.body)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Take the parents in another order, then look inside."""
        self.symbols.append(node.name)
        if len(node.bases) > 1:
            start, end = (
                self.place(node.bases[0])[0],
                self.place(node.bases[-1])[1],
            )
            bases = ", ".join(map(self.written, reversed(node.bases)))
            self.edit("swap the parents", node, (start, end, bases))
        self.block(node.body)
        self.symbols.pop()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Leave out decorators, change defaults, then look inside."""
        self.symbols.append(node.name)
        for decorator in node.decorator_list:
            start, end = self.place(decorator)
            edit = start - 1, end, ""
            self.edit("drop the decorator", decorator, edit)
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self.visit(default)
        outer, self.in_function = self.in_function, True
        self.block(node.body)
        self.in_function = outer
        self.symbols.pop()

    def block(self, body: Iterable[ast.stmt]) -> None:
        """Look at statements one by one."""
        outer = self.rows
        for node in body:
            if self.in_function:
                self.rows = _rows(node)
            self.visit(node)
        self.rows = outer

    # -- Simple statements

    def visit_Expr(self, node: ast.Expr) -> None:
        """Leave a call out; docstrings stay."""
        if not isinstance(node.value, ast.Constant):
            kind = "drop the call of super()"
            if "super()" not in self.written(node):
                kind = "drop the statement"
            self.change(kind, node, "pass")
            self.visit(node.value)

    def visit_Assign(self, node: ast.Assign | ast.AugAssign) -> None:
        """Leave an assignment out; give an attribute another default."""
        self.change("drop the statement", node, "pass")
        self.value(node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """Do as with any assignment; a mere annotation does nothing."""
        if node.value and ast.unparse(node.annotation) != "TypeAlias":
            self.change("drop the statement", node, "pass")
            self.value(node.value)

    def value(self, node: ast.expr) -> None:
        """Change what is assigned."""
        at_import = not self.in_function and self.symbols
        if at_import and not isinstance(node, ast.Constant):
            self.change("change the default", node, "None")
        self.visit(node)

    def visit_Return(self, node: ast.Return) -> None:
        """Return nothing, or do not return at all."""
        if node.value is None or ast.unparse(node.value) == "None":
            self.change("drop the statement", node, "pass")
        else:
            self.change("return nothing", node, "return None")
            self.visit(node.value)

    def visit_Raise(self, node: ast.stmt) -> None:
        """Leave a statement out."""
        self.change("drop the statement", node, "pass")
        self.generic_visit(node)

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        """Leave an import out where it is a promise: in the package."""
        if self.module.name == "__init__":
            self.visit_Raise(node)

    # -- Blocks

    def visit_If(self, node: ast.If) -> None:
        """Take the other branch."""
        if not ast.unparse(node.test).endswith("TYPE_CHECKING"):
            self.condition(node.test)
            self.block(node.body)
            self.block(node.orelse)

    def visit_While(self, node: ast.While) -> None:
        """Go on when it is time to stop."""
        self.condition(node.test)
        self.block(node.body)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        """Take the other value."""
        self.condition(node.test)
        self.visit(node.body)
        self.visit(node.orelse)

    def condition(self, node: ast.expr) -> None:
        """Turn a condition round; a `not` or a comparison does so itself."""
        if not isinstance(node, (ast.UnaryOp, ast.Compare)):
            self.change(
                "negate the condition", node, f"not ({self.written(node)})"
            )
        self.visit(node)

    def visit_For(self, node: ast.For) -> None:
        """Look inside."""
        self.visit(node.iter)
        self.block(node.body)

    def visit_With(self, node: ast.With) -> None:
        """Do it without: without the lock, without the suppression."""
        start, _ = self.place(node)
        end = self.place(node.items[-1].context_expr)[1]
        if node.items[-1].optional_vars is not None:
            end = self.place(node.items[-1].optional_vars)[1]
        for item in node.items:
            self.visit(item.context_expr)
            if item.optional_vars is None:
                rest = [each for each in node.items if each is not item]
                new = f"with {', '.join(map(ast.unparse, rest))}"
                edit = start, end, new if rest else "if True"
                self.edit("drop the with", node, edit)
        self.block(node.body)

    def visit_Try(self, node: ast.Try) -> None:
        """Do not clean up after an error; catch too much or nothing."""
        self.block(node.body)
        for handler in node.handlers:
            self.handler(handler)
        self.block(node.orelse)
        if node.finalbody:
            self.rows = _rows(node.finalbody[0])
            self.unprotect(node)
            self.block(node.finalbody)

    def unprotect(self, node: ast.Try) -> None:
        """Run the `finally` only when all went well."""
        start, _ = self.place(node)
        before = (node.orelse or node.handlers or node.body)[-1]
        assert before.end_lineno is not None
        after = self.starts[before.end_lineno]
        [found] = re.finditer(
            rb"^ *(finally):",
            self.source[after : self.place(node.finalbody[0])[0]],
            re.MULTILINE,
        )
        edits = [(after + found.start(1), after + found.end(1), "if True")]
        if not node.handlers:
            edits.append((start, start + len("try"), "if True"))
        self.edit("drop the finally", node, *edits)

    def handler(self, node: ast.ExceptHandler) -> None:
        """Catch nothing, or more, or less."""
        self.rows = range(node.lineno, node.lineno + 1)
        if node.type is not None:
            self.change("catch nothing", node.type, "()")
            other = OTHER.get(ast.unparse(node.type), "Exception")
            self.change("catch something else", node.type, other)
        self.block(node.body)

    # -- Expressions

    def visit_Compare(self, node: ast.Compare) -> None:
        """Compare the other way."""
        self.operator(node, node.ops[0])

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        """Take `or` for `and`."""
        self.operator(node, node.op)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        """Take minus for plus."""
        self.operator(node, node.op)

    def operator(self, node: ast.expr, operator: ast.AST) -> None:
        """Put another operator in the place of this one."""
        if type(operator) in SWAPS:
            changed = copy.deepcopy(node)
            swapped = SWAPS[type(operator)]()
            if isinstance(changed, ast.Compare):
                changed.ops[0] = swapped  # type: ignore[call-overload]
            else:
                changed.op = swapped  # type: ignore[attr-defined]
            self.change("swap the operator", node, ast.unparse(changed))
        if not isinstance(operator, (ast.Is, ast.IsNot)):
            self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        """Leave a `not` out."""
        if isinstance(node.op, ast.Not):
            self.change("drop the not", node, self.written(node.operand))
            self.visit(node.operand)

    def visit_Constant(self, node: ast.Constant) -> None:
        """Change a number, a truth value or None; texts stay."""
        if node.value is None:
            self.change("change the constant", node, "1")
        elif isinstance(node.value, bool):
            self.change("change the constant", node, str(not node.value))
        elif isinstance(node.value, (int, float)):
            new = node.value + 1 if node.value != 1 else 0
            self.change("change the constant", node, str(new))

    def visit_Call(self, node: ast.Call) -> None:
        """Forget an argument: the last one, and each that has a name.

        A call that is left with none at all would not tell us much: but for
        `contextlib.suppress`, it is a TypeError for everybody to see, and
        so is half a `hasattr`.
        """
        alone = len(node.args) + len(node.keywords) == 1
        function = ast.unparse(node.func)
        telling = function == "contextlib.suppress" or not alone
        if node.args and telling and function != "hasattr":
            changed = copy.deepcopy(node)
            del changed.args[-1]
            self.change("drop the argument", node, ast.unparse(changed))
        for place in range(len(node.keywords)):
            changed = copy.deepcopy(node)
            del changed.keywords[place]
            self.change("drop the argument", node, ast.unparse(changed))
        self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Leave texts in peace, with what is written into them."""


def _rows(node: ast.stmt) -> range:
    """Return the lines of a statement; of a block, those that open it."""
    body: list[ast.stmt] = getattr(node, "body", [])
    end = body[0].lineno if body else (node.end_lineno or node.lineno) + 1
    return range(node.lineno, max(node.lineno + 1, end))
