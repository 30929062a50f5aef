"""The house's rules: imports go down only, and no part grows out of hand."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
import subprocess
import sys
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "custom_components" / "flukso"
PACKAGE_NAME = "custom_components.flukso"

# Lowest first. A module belongs where its name, or a part of its name that
# underscores set off ("p1_sensor", "sensor_p1"), is listed; the highest counts.
# Anything else is an adapter: it knows both worlds and no surface.
CORE, TRANSPORT, ADAPTER, SURFACE = range(4)
LAYERS = {
    CORE: {"core"},
    TRANSPORT: {"transport"},
    SURFACE: {
        "__init__",
        "binary_sensor",
        "config_flow",
        "dashboard",
        "diagnostics",
        "entity",
        "event",
        "number",
        "repairs",
        "select",
        "sensor",
        "services",
        "system_health",
        "websocket_api",
    },
}

# core/ may use these beside the standard library, in these files alone.
CORE_EXCEPTIONS = {
    "core.fluksometer.tmpo.block": {"orjson"},
    "core.p1.telegram": {"dsmr_parser"},
}

MAX_FUNCTION_LINES = 60
MAX_FILE_LINES = 300
# Tables grow by rows, not by reasons to change.
TABLES = {
    "custom_components/flukso/core/fluksometer/catalogue.py",
    "custom_components/flukso/core/p1/catalogue.py",
    "custom_components/flukso/entities/displays.py",
}
STYLED_FOLDERS = ("custom_components", "simulator", "bench", "script")


class Import(NamedTuple):
    """One imported name: the module it is in, and whether only checkers see it."""

    line: int
    target: str
    typing_only: bool


def python_files(*folders: str) -> list[str]:
    """Return the Python files below folders of the checkout, relative to it."""
    return sorted(
        path.relative_to(ROOT).as_posix()
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
    )


def module_name(path: Path) -> str:
    """Return a file's dotted name inside the package; ``__init__`` for its root."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    if len(parts) > 1 and parts[-1] == "__init__":
        parts = parts[:-1]
    return ".".join(parts)


FILES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def _raises_again(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def _is_typing_guard(node: ast.If) -> bool:
    return ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def _import_nodes(
    tree: ast.AST, typing_only: bool = False
) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node, typing_only
        elif isinstance(node, ast.If) and _is_typing_guard(node):
            for child in node.body:
                yield from _import_nodes(
                    ast.Module(body=[child], type_ignores=[]), typing_only=True
                )
            yield from _import_nodes(
                ast.Module(body=node.orelse, type_ignores=[]), typing_only
            )
        else:
            yield from _import_nodes(node, typing_only)


def imports_of(source: str, package: str) -> list[Import]:
    """Return what source imports by absolute name.

    package: the dotted name relative imports in source start from.
    """
    found = []
    for node, typing_only in _import_nodes(ast.parse(source)):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        else:
            base = node.module or ""
            if node.level:
                above = package.split(".")
                above = above[: len(above) - node.level + 1]
                base = ".".join([*above, base]) if base else ".".join(above)
            targets = [f"{base}.{alias.name}" for alias in node.names]
        found += [Import(node.lineno, target, typing_only) for target in targets]
    return found


def imports_of_module(name: str) -> list[Import]:
    """Return what a module of the package imports."""
    path = FILES[name]
    folder = ".".join((PACKAGE_NAME, *path.parent.relative_to(PACKAGE).parts))
    return imports_of(path.read_text(encoding="utf-8"), folder)


def own_module(target: str) -> str | None:
    """Return the module of the package that an absolute name leads to, if any."""
    if target != PACKAGE_NAME and not target.startswith(f"{PACKAGE_NAME}."):
        return None
    parts = target.removeprefix(PACKAGE_NAME).strip(".").split(".")
    candidates = [".".join(parts[:end]) for end in range(len(parts), 0, -1)]
    missing = parts[0] if len(parts) > 1 else "__init__"
    return next((name for name in candidates if name in FILES), missing)


def layer_of(module: str) -> int:
    """Return the number of a module's layer, CORE the lowest."""
    head = f"_{module.partition('.')[0]}_"
    matches = [
        number
        for number, names in LAYERS.items()
        if any(
            head.startswith(f"_{name}_") or head.endswith(f"_{name}_") for name in names
        )
    ]
    return max(matches, default=ADAPTER)


def upward_imports(module: str, imports: list[Import]) -> list[str]:
    """Return the imports that lead from a module into a higher layer."""
    own = layer_of(module)
    return [
        f"line {item.line}: {item.target}"
        for item in imports
        if (target := own_module(item.target)) is not None and layer_of(target) > own
    ]


@pytest.mark.parametrize("module", FILES)
def test_imports_go_down_only(module: str) -> None:
    assert upward_imports(module, imports_of_module(module)) == []


@pytest.mark.parametrize("module", [name for name in FILES if layer_of(name) == CORE])
def test_core_imports_only_itself_and_the_standard_library(module: str) -> None:
    allowed = sys.stdlib_module_names | CORE_EXCEPTIONS.get(module, set())
    foreign = [
        item
        for item in imports_of_module(module)
        if own_module(item.target) is None
        and item.target.partition(".")[0] not in allowed
    ]
    assert foreign == []


@pytest.mark.parametrize(
    "module", [name for name in FILES if layer_of(name) == TRANSPORT]
)
def test_transport_does_without_home_assistant(module: str) -> None:
    foreign = [
        item
        for item in imports_of_module(module)
        if item.target.partition(".")[0] == "homeassistant"
    ]
    assert foreign == []


def test_modules_import_each_other_without_cycles() -> None:
    graph = {
        module: {
            target
            for item in imports_of_module(module)
            if not item.typing_only
            and (target := own_module(item.target)) is not None
            and target != module
        }
        for module in FILES
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"import cycle: {' -> '.join(error.args[1])}")


IMPORT_ALL = """
import importlib, sys
from tests.pure_package import install
install()
for name in sys.argv[1:]:
    importlib.import_module(name)
assert "homeassistant" not in sys.modules
"""


def import_in_new_process(*modules: str) -> subprocess.CompletedProcess[str]:
    """Import modules in a process that refuses Home Assistant."""
    return subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, *modules],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_core_and_transport_import_without_home_assistant() -> None:
    modules = [
        f"{PACKAGE_NAME}.{name}" for name in FILES if layer_of(name) <= TRANSPORT
    ]
    result = import_in_new_process(*modules)
    assert result.returncode == 0, result.stderr


def test_home_assistant_is_refused_in_a_pure_process() -> None:
    result = import_in_new_process("homeassistant.core")
    assert "homeassistant must not be imported here" in result.stderr


def style_faults(source: str) -> list[str]:
    """Return what breaks the house's rules in a source text."""
    faults = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > MAX_FUNCTION_LINES:
                    faults.append(f"{node.name} has {length} lines")
            case ast.ImportFrom(module="__future__"):
                faults.append(f"line {node.lineno}: __future__")
            case ast.ExceptHandler(type=None):
                faults.append(f"line {node.lineno}: bare except")
            case ast.ExceptHandler(type=ast.expr() as caught) if not _raises_again(
                node
            ):
                names = {n.id for n in ast.walk(caught) if isinstance(n, ast.Name)}
                if names & {"Exception", "BaseException"}:
                    faults.append(f"line {node.lineno}: blind except")
            case ast.Attribute(attr="data", value=owner):
                if ast.unparse(owner).rpartition(".")[2] in {"hass", "_hass"}:
                    faults.append(f"line {node.lineno}: hass.data")
    return faults


@pytest.mark.parametrize("file", python_files(*STYLED_FOLDERS))
def test_source_keeps_to_the_rules(file: str) -> None:
    assert style_faults((ROOT / file).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "file", [file for file in python_files(*STYLED_FOLDERS) if file not in TABLES]
)
def test_files_stay_short(file: str) -> None:
    lines = (ROOT / file).read_text(encoding="utf-8").count("\n")
    assert lines <= MAX_FILE_LINES


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("from __future__ import annotations", "line 1: __future__"),
        ("try:\n    pass\nexcept:\n    pass", "line 3: bare except"),
        (
            "try:\n    pass\nexcept (OSError, Exception):\n    pass",
            "line 3: blind except",
        ),
        ("self.hass.data['flukso'] = 1", "line 1: hass.data"),
        ("def long():\n" + "    pass\n" * 60, "long has 61 lines"),
    ],
)
def test_a_broken_rule_is_found(source: str, fault: str) -> None:
    assert style_faults(source) == [fault]


def test_a_clean_up_that_raises_again_is_no_fault() -> None:
    source = "try:\n    pass\nexcept BaseException:\n    close()\n    raise"
    assert style_faults(source) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("core.energy", "from ..transport import backoff"),
        ("transport.mqtt", "from .. import hub"),
        ("hub", "if TYPE_CHECKING:\n    from .sensor import Reading"),
        ("store", "import custom_components.flukso.config_flow"),
    ],
)
def test_an_upward_import_is_found(
    module: str, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("transport", "transport.backoff", "hub", "sensor", "config_flow"):
        monkeypatch.setitem(FILES, name, Path())
    package = f"{PACKAGE_NAME}.{module}".rpartition(".")[0]
    assert len(upward_imports(module, imports_of(source, package))) == 1
