"""Which methods of BaseServer are empty, and which are not there at all?"""

import ast
import inspect
import socketserver
import textwrap

import minisocketserver


def is_empty(method):
    """Say whether a method has nothing in it but its docstring."""
    return all(
        isinstance(line, ast.Pass)
        or (
            isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)
        )
        for line in method.body
    )


def look(kind):
    """Return the empty methods, and the names used on self and missing."""
    source = textwrap.dedent(inspect.getsource(kind))
    [tree] = ast.parse(source).body
    methods = [each for each in tree.body if isinstance(each, ast.FunctionDef)]
    empty = [each.name for each in methods if is_empty(each)]
    used, made = set(), set(dir(kind))
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and ast.unparse(node.value) == "self"
        ):
            names = made if isinstance(node.ctx, ast.Store) else used
            names.add(node.attr)
    missing = {each for each in used - made if not each.startswith("__")}
    return sorted(empty), sorted(missing)


for module in (socketserver, minisocketserver):
    empty, missing = look(module.BaseServer)
    print(f"{module.__name__}.BaseServer")
    print("  empty:  ", ", ".join(empty))
    print("  missing:", ", ".join(missing))

try:
    socketserver.BaseServer(None, None).serve_forever()
except (AttributeError, ValueError) as error:
    print("run it all the same:", type(error).__name__)
