"""The house rules that a machine can hold; CONTRIBUTING.md says them in words."""

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import seedbed

SOURCE = Path(seedbed.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}
HEAVY = (
    "sprout",
    "diffusion",
    "learning",
    "world",
    "compositor",
    "training",
    "evaluation",
    "engine/sprout_",
    "engine/diffusers_",
)
"""What may import torch: the networks and what trains and judges them, and the engine's own process."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _name(file: Path) -> str:
    return str(file.relative_to(SOURCE))


def _module(file: Path) -> str:
    parts = ("seedbed", *file.relative_to(SOURCE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _is_heavy(file: Path) -> bool:
    return _name(file).startswith(HEAVY)


def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def _public_definitions(tree: ast.Module) -> Iterator[Function | ast.ClassDef]:
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield node


def _goes_by_name(node: Function | ast.ClassDef) -> bool:
    """Whether others reach it by its name; a command or a route is reached by what decorates it."""
    return not any(isinstance(d, ast.Call) and isinstance(d.func, ast.Attribute) for d in node.decorator_list)


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_tests_mirror_the_source() -> None:
    tests = Path(__file__).parent
    mirrored = [file for file in tests.rglob("test_*.py") if file.parent != tests]
    # What clients as users have them make of all of it mirrors no file.
    sources = [
        SOURCE / f.parent.relative_to(tests) / f.name.removeprefix("test_")
        for f in mirrored
        if f.parent.name != "compat"
    ]
    scripts = [script.parent.parent / f"{script.stem}.py" for script in SOURCE.rglob("static/*.js")]
    assert [source for source in sources if source not in [*FILES, *scripts]] == []


each_file = pytest.mark.parametrize("file", FILES, ids=_name)


@each_file
def test_a_file_is_short(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) < MAX_FILE_LINES


@each_file
def test_a_function_is_short(file: Path) -> None:
    functions = [node for node in ast.walk(_tree(file)) if isinstance(node, Function)]
    long = [f.name for f in functions if (f.end_lineno or 0) - f.lineno >= MAX_FUNCTION_LINES]
    assert long == []


@each_file
def test_a_file_says_what_it_is_for(file: Path) -> None:
    assert ast.get_docstring(_tree(file)), "no module docstring"
    assert not VAGUE_NAMES & {*file.with_suffix("").parts}


@each_file
def test_everything_public_is_documented(file: Path) -> None:
    bare = []
    for node in _public_definitions(_tree(file)):
        members = node.body if isinstance(node, ast.ClassDef) else []
        # `forward` is torch's name for what a network does, which is what the class says.
        methods = [m for m in members if isinstance(m, Function) and not m.name.startswith(("_", "forward"))]
        bare += [n.name for n in (node, *methods) if not ast.get_docstring(n)]
    assert bare == []


@each_file
def test_the_public_names_are_listed(file: Path) -> None:
    tree = _tree(file)
    (listed,) = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and "__all__" in ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)
    ]
    names = ast.literal_eval(listed) if listed is not None else []
    assert len(names) == len(set(names))
    if file.name != "__init__.py":
        defined = {node.name for node in _public_definitions(tree) if _goes_by_name(node)}
        assert defined <= set(names)
    if not _is_heavy(file):
        module = importlib.import_module(_module(file))
        assert [name for name in names if not hasattr(module, name)] == []


@each_file
def test_the_library_neither_asserts_nor_exits(file: Path) -> None:
    tree = _tree(file)
    assert not any(isinstance(node, ast.Assert) for node in ast.walk(tree))
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert not calls & {"sys.exit", "exit", "quit"}


@each_file
def test_no_error_is_swallowed_without_a_word(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    for node in ast.walk(_tree(file)):
        if isinstance(node, ast.ExceptHandler) and all(isinstance(s, ast.Pass) for s in node.body):
            assert "#" in "".join(lines[node.lineno - 2 : node.end_lineno]), f"line {node.lineno}"


@each_file
def test_torch_is_imported_only_where_it_may_be(file: Path) -> None:
    roots = {name.partition(".")[0] for name in _imported(_tree(file))}
    assert _is_heavy(file) or not roots & {"torch", "safetensors", "resvg_py"}


def test_the_servers_side_never_loads_torch() -> None:
    light = [_module(file) for file in FILES if not _is_heavy(file) and _name(file) != "__main__.py"]
    code = f"import importlib, sys\nfor name in {light}: importlib.import_module(name)\n"
    code += "print(sorted({'torch', 'transformers', 'diffusers', 'huggingface_hub', 'resvg_py'} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_importing_seedbed_loads_nothing_heavy() -> None:
    code = "import seedbed, sys; print(sorted({'torch', 'fastapi', 'dbos', 'sqlalchemy'} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
