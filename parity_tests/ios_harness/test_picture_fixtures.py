"""The 400 pictures: stored answers are what the code answers now, and no trap is missing."""

import copy
import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).parents[2] / "ios_harness" / "scripts" / "picture_fixtures.py"


def loaded():
    spec = importlib.util.spec_from_file_location("picture_fixtures", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


pictures = loaded()
CASES = json.loads(pictures.FIXTURE.read_text())


def same(found, stored):
    """Bytes and absent joints alike, numbers within another processor's last place."""
    return (
        found["size"] == stored["size"]
        and found["sha256"] == stored["sha256"]
        and [one is None for one in found["position"]] == [o is None for o in stored["position"]]
        and all(
            np.allclose(one, other, rtol=1e-9, atol=1e-9)
            for name in ("scale", "shift", "score", "position")
            for one, other in zip(found[name], stored[name], strict=True)
            if one is not None
        )
    )


def test_stored_answers_are_what_the_code_answers_now():
    assert [
        i for i, case in enumerate(CASES) if not same(pictures.answer(case["ask"]), case["expect"])
    ] == []


@pytest.mark.parametrize("field", ["seed", "orientation", "preprocessing", "spec"])
def test_another_question_has_another_answer(field):
    case = copy.deepcopy(next(c for c in CASES if min(c["ask"]["width"], c["ask"]["height"]) > 9))
    ask = case["ask"]
    change = {
        "seed": lambda: ask.update(seed=ask["seed"] + 1),
        "orientation": lambda: ask.update(orientation=9 - ask["orientation"]),
        "preprocessing": lambda: ask["preprocessing"].update(
            fit="stretch" if ask["preprocessing"]["fit"] != "stretch" else "crop"
        ),
        "spec": lambda: ask["spec"].update(centre=0.25),
    }
    change[field]()
    assert not same(pictures.answer(ask), case["expect"])


def test_there_are_400_pictures_of_all_kinds():
    asks = [case["ask"] for case in CASES]
    assert len(asks) == 400
    assert {ask["orientation"] for ask in asks} == set(range(1, 9))
    assert {ask["order"] for ask in asks} == {"rgb", "rgba", "bgra"}
    assert {ask["preprocessing"]["fit"] for ask in asks} == {"letterbox", "crop", "stretch"}
    assert {ask["spec"]["frame"] for ask in asks} == {"corner", "centred_y_up"}
    larger = [ask["width"] > ask["preprocessing"]["width"] for ask in asks]
    assert 50 < sum(larger) < 350
    assert sum(min(ask["width"], ask["height"]) == 1 for ask in asks) > 10
    assert sum(None in case["expect"]["position"] for case in CASES) > 0
    assert sum(ask["padding"] > 0 for ask in asks) > 200
