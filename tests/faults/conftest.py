"""The fault matrix stands on the system tests' daemon and village. KENGD_LONG=1 (./dev faults)
runs each fault in its full length; without it, the short form."""
import importlib.util
import os
import pathlib
import sys

import pytest

SYSTEM = pathlib.Path(__file__).resolve().parents[1] / "system"
LONG = os.environ.get("KENGD_LONG") == "1"


def system_conftest():
    """tests/system/conftest.py under a name of its own: pytest calls both files conftest."""
    spec = importlib.util.spec_from_file_location("system_conftest", SYSTEM / "conftest.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


globals().update({name: value for name, value in vars(system_conftest()).items()
                  if not name.startswith("__")})


def pytest_configure(config):
    config.addinivalue_line("markers", "long: waits for minutes; ./dev test runs it beside the others")
    config.addinivalue_line("markers", "hour: lasts long; there with KENGD_LONG=1 only")


def pytest_collection_modifyitems(config, items):
    """What looks at one run of cameras stays in one process."""
    for item in items:
        for shared in ("hamlet", "hour"):
            if shared in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.xdist_group(shared))
    if not LONG:
        left_out = [item for item in items if item.get_closest_marker("hour")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


import bad_cameras  # noqa: E402  (stands on the names above)

hamlet = bad_cameras.hamlet
hour = bad_cameras.hour
bad_camera = bad_cameras.bad_camera
chaos = bad_cameras.chaos
