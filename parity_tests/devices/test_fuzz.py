"""Whatever a file holds, it is a result, something else, or refused in one line."""

import copy
import json
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poseconvert.devices.result import read_result
from poseconvert.devices.run import PhoneRun
from poseconvert.devices.unit import unit_facts
from poseconvert.errors import DeviceError

SAMPLES = Path(__file__).parents[2] / "ios_harness" / "samples" / "a11"
SHORT = {}
for _kind in ("latency", "sustained", "parity", "load"):
    _values = json.loads((SAMPLES / f"{_kind}-dual_head-all-0.json").read_text())
    for _part in ("latency", "pipeline", "warmup"):
        if _part in _values:
            _values[_part]["samples_us"] = _values[_part]["samples_us"][:3]
    SHORT[_kind] = _values

JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**400), 10**400),
        st.floats(),
        st.text(max_size=8),
        st.sampled_from(["\x1b[31m", "line\nline", "NaN"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=4,
)


def leaves(value, trail=()):
    """Every place in a value."""
    yield trail
    items = value.items() if isinstance(value, dict) else enumerate(value[:2])
    for key, inner in items if isinstance(value, (dict, list)) else ():
        yield from (
            leaves(inner, (*trail, key)) if isinstance(inner, (dict, list)) else [(*trail, key)]
        )


@st.composite
def damaged(draw):
    value = copy.deepcopy(SHORT[draw(st.sampled_from(sorted(SHORT)))])
    for _ in range(draw(st.integers(1, 3))):
        trail = draw(st.sampled_from([t for t in leaves(value) if t]))
        place = value
        for step in trail[:-1]:
            place = place[step]
        if draw(st.booleans()):
            place[trail[-1]] = draw(JSON)
        else:
            del place[trail[-1]]
    return value


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(damaged())
def test_a_damaged_result_is_read_or_refused_in_one_line(tmp_path, value):
    path = tmp_path / "x.json"
    path.write_text(json.dumps(value))
    refused = ""
    try:
        result = read_result(path)
    except DeviceError as error:
        refused = str(error)
    if refused:
        assert refused.startswith(f"{path}: ")
        assert refused.isprintable()
    elif result is not None:
        assert unit_facts(PhoneRun(tmp_path, (result,), ()))
