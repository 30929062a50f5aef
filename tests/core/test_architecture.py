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

# Who may use what, besides itself: the folder with the longest name that fits a module
# counts. Whoever is listed as a folder may use all of what is in it.
CORE = {
    "core": set(),
    "core.tariff": {"core"},
    "core.energy": {"core"},
    # In the demand meter's core each room uses those before it.
    "core.demand.powers": {"core", "core.tariff"},
    "core.demand.grid": {"core", "core.tariff", "core.demand.powers"},
    "core.demand.peaks": {"core", "core.tariff", "core.demand.grid"},
    "core.demand.meters": {
        "core",
        "core.demand.grid",
        "core.demand.peaks",
        "core.demand.powers",
    },
    "core.demand.history": {
        "core",
        "core.energy",
        "core.tariff",
        "core.demand.grid",
        "core.demand.meters",
    },
    # A kind of device knows nothing of another.
    "core.fluksometer": {"core", "core.energy", "core.demand.grid"},
    "core.p1": {"core", "core.demand.peaks"},
    "core.quarter_monitor": {
        "core",
        "core.tariff",
        "core.demand.history",
        "core.demand.powers",
    },
}
TOOLS = {*CORE, "transport.errors", "helpers", "const"}
ROOMS = {*TOOLS, "transport", "statistics", "demand", "device"}
HOUSE = {*ROOMS, "entities", "flows", "history"}
# A kind of device knows no other.
KINDS = {
    f"devices.{path.parent.name}" for path in PACKAGE.glob("devices/*/__init__.py")
}
MAY_USE = {
    **CORE,
    "const": set(),
    "transport": {*CORE, "transport.errors"},
    "transport.errors": set(),
    "helpers": TOOLS,
    "statistics": TOOLS,
    "demand": {*TOOLS, "statistics"},
    "device": {*CORE, "demand"},
    "entities": ROOMS,
    "flows": ROOMS,
    "history": ROOMS,
    "devices": HOUSE,
    **{kind: {*HOUSE, "devices"} for kind in KINDS},
    "actions": {*HOUSE, "devices"},
    # The root: whatever Home Assistant looks for there. Nobody uses it.
    "": {*HOUSE, "devices", "actions", *KINDS},
}
# A Fluksometer that does not publish is asked over HTTP by the same steps.
NEIGHBOURS = {("devices.fluksometer.flow", "devices.fluksometer_rest.flow")}
# Loaded by name, and only where it is needed: not everybody has such a device.
LAZY_NEIGHBOURS = {
    ("actions.import_windows", "devices.quarter_monitor.card_history"),
    ("devices.fluksometer.dongles", "devices.p1.search"),
}
PURE = ("core", "transport")

# core/ may use these beside the standard library, in these files alone.
CORE_EXCEPTIONS = {
    "core.fluksometer.tmpo.block": {"orjson"},
    "core.p1.telegram": {"dsmr_parser"},
}

MAX_FUNCTION_LINES = 60
MAX_FILE_LINES = 300
# Tables grow by rows, not by reasons to change.
TABLES = {
    "bench/projection_tables.py",
    "custom_components/flukso/core/fluksometer/catalogue.py",
    "custom_components/flukso/core/p1/catalogue.py",
    "custom_components/flukso/core/projection/table.py",
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


def room_of(module: str) -> str:
    """Return the row of the table that a module falls under; "" is the root."""
    parts = module.split(".")
    names = (".".join(parts[:end]) for end in range(len(parts), 0, -1))
    return next((name for name in names if name in MAY_USE), "")


def is_pure(module: str) -> bool:
    """Tell whether a module has to do without Home Assistant."""
    return module.partition(".")[0] in PURE


def upward_imports(module: str, imports: list[Import]) -> list[str]:
    """Return the imports that lead from a module to where it has no business."""
    own = room_of(module)
    return [
        f"line {item.line}: {item.target}"
        for item in imports
        if (target := own_module(item.target)) is not None
        and (room := room_of(target)) not in {own, *MAY_USE[own]}
        and (module, target) not in NEIGHBOURS
        and not (room == "" and own == "")
    ]


@pytest.mark.parametrize("module", FILES)
def test_imports_go_down_only(module: str) -> None:
    assert upward_imports(module, imports_of_module(module)) == []


def names_loaded(module: str) -> set[str]:
    """Return the modules of the package that a module loads by their names."""
    folder = ".".join(FILES[module].parent.relative_to(PACKAGE).parts)
    names = set()
    for node in ast.walk(ast.parse(FILES[module].read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and ast.unparse(node.func) == "async_import_module"
        ):
            name = ast.unparse(node.args[1])[1:].strip("'\"")
            name = name.replace("{__package__}", f"{PACKAGE_NAME}.{folder}")
            names.add(name.removeprefix(PACKAGE_NAME).strip("."))
    # The table of kinds loads whatever it lists; others' packages are not ours.
    return {name for name in names if "{" not in name and "." in name}


def test_what_is_loaded_by_name_is_ours_or_agreed_upon() -> None:
    loads = {(module, name) for module in FILES for name in names_loaded(module)}
    foreign = {(a, b) for a, b in loads if room_of(a) != room_of(b)}
    assert foreign == LAZY_NEIGHBOURS
    assert {name for _, name in loads} <= FILES.keys()
    assert ("devices.p1.links", "devices.p1.ha_mqtt") in loads


@pytest.mark.parametrize("module", [name for name in FILES if name.startswith("core")])
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
    "module", [name for name in FILES if name.startswith("transport")]
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
    modules = [f"{PACKAGE_NAME}.{name}" for name in FILES if is_pure(name)]
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
        ("core.windows", "from ..transport import backoff"),
        ("core.windows", "from .tariff import rule"),
        ("core.demand.grid.grid", "from ..meters import ramp"),
        ("core.p1.live_readings", "from ..fluksometer import live"),
        ("transport.mqtt.link", "from ...helpers import listeners"),
        ("helpers.timers", "from ..demand import goal"),
        ("demand.meter", "from ..history import files"),
        ("entities.demand", "from ..flows import steps"),
        ("device", "from .devices import kinds"),
        ("history.files", "from ..devices.fluksometer import hub"),
        ("devices.p1.hub", "from ..fluksometer import hub"),
        ("actions.backfill", "from ..devices.p1 import search"),
        ("devices.p1.hub", "if TYPE_CHECKING:\n    from ...sensor import PARALLEL"),
        ("helpers.storage", "import custom_components.flukso.config_flow"),
    ],
)
def test_an_upward_import_is_found(module: str, source: str) -> None:
    package = f"{PACKAGE_NAME}.{module}".rpartition(".")[0]
    assert len(upward_imports(module, imports_of(source, package))) == 1


@pytest.mark.parametrize(
    "folder",
    [
        path.parent
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.name != "__init__.py"
    ],
    ids=lambda path: path.relative_to(PACKAGE).as_posix(),
)
def test_every_folder_says_what_is_in_it(folder: Path) -> None:
    plaque = ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf-8")))
    assert plaque is not None
    assert plaque.endswith(".")
    assert plaque.rstrip(".") != folder.relative_to(PACKAGE).as_posix()
