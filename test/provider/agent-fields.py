"""Which fields of what the agent's modules (argv[1], a folder) read and answer, as JSON; for fields.test.ts."""
import ast
import json
import os
import sys


def base_name(node):
    """The variable that is read: `x` of x, self.x and y["x"]."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return node.slice.value
    return None


def text(node):
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def reads_in(function):
    for node in ast.walk(function):
        if isinstance(node, ast.Subscript) and text(node.slice) and isinstance(node.ctx, ast.Load):
            yield base_name(node.value), text(node.slice)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            yield base_name(node.func.value), text(node.args[0])


def keys_of(node):
    return [key for key in map(text, node.keys) if key is not None] if isinstance(node, ast.Dict) else []


def answers_of(function):
    """Names in the dicts that a function returns, also by a variable to which more is added."""
    returned = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
    names = {node.id for node in returned if isinstance(node, ast.Name)}
    for node in returned:
        yield from keys_of(node)
    for node in ast.walk(function):
        if not isinstance(node, (ast.Assign, ast.AugAssign)):
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Name) and target.id in names:
                yield from keys_of(node.value)
            if isinstance(target, ast.Subscript) and base_name(target.value) in names and text(target.slice):
                yield text(target.slice)


reads, answers = [], {}
for file in sorted(os.listdir(sys.argv[1])):
    if not file.endswith(".py"):
        continue
    with open(os.path.join(sys.argv[1], file), encoding="utf-8") as source:
        tree = ast.parse(source.read())
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            reads += [[f"{file[:-3]}.{function.name}", *read] for read in reads_in(function) if read[1] is not None]
            answers[f"{file[:-3]}.{function.name}"] = sorted({*answers_of(function)})
json.dump({"reads": reads, "answers": answers}, sys.stdout)
