"""Whatever is done to a file, it loads or is refused in one line: nothing else escapes."""

import random
import warnings

import pytest

from poseconvert.errors import PoseconvertError
from poseconvert.network.loading import load_source
from poseconvert.network.source import ModelOptions

MUTATIONS = 120
OPTIONS = ModelOptions(inputs={"image": (1, 3, 8, 8)}, size=32)
FORMS = ("ours.safetensors", "ours.pt", "bare.pth", "legacy.pth", "scripted.pt", "exported.pt2")


def mutated(data, rng):
    """Cut short, with bytes changed near an end or anywhere, or with a piece taken out."""
    kind = rng.randrange(6)
    if kind == 0:
        return data[: rng.randrange(len(data))]
    if kind == 1:
        start = rng.randrange(len(data))
        return data[:start] + data[start + rng.randint(1, 64) :]
    changed = bytearray(data)
    ends = min(len(data), 4000)
    for _ in range(rng.choice((1, 2, 8))):
        place = rng.randrange(len(data) if kind == 2 else ends)
        changed[-1 - place if kind == 3 else place] = rng.randrange(256)
    return bytes(changed)


@pytest.mark.parametrize("form", FORMS)
def test_only_one_line_refusals_escape(forms, tmp_path, form):
    rng = random.Random(form)
    data, path = forms[form].read_bytes(), tmp_path / form
    texts = []
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        for _ in range(MUTATIONS):
            path.write_bytes(mutated(data, rng))
            try:
                load_source(path, OPTIONS)
            except PoseconvertError as error:
                texts.append(str(error))
    assert len(texts) > MUTATIONS / 4, "hardly anything was damaged"
    assert [t for t in texts if "\n" in t or not t.startswith(f"{path}: ")] == []


def test_random_bytes_are_refused(tmp_path):
    rng = random.Random(7)
    for index in range(100):
        path = tmp_path / f"{index}.pt"
        start = rng.choice((b"", b"PK\x03\x04", b"\x80\x02", b"\x10" + bytes(7) + b"{"))
        path.write_bytes(start + rng.randbytes(rng.randint(1, 400)))
        with pytest.raises(PoseconvertError, match=r"^[^\n]+$"):
            load_source(path, OPTIONS)
