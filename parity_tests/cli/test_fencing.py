"""Every command that reads a stranger's file limits itself before it reads; of ours, none does."""

import pytest

COMMANDS = {
    "convert": ("convert", "{foreign}"),
    "inspect": ("inspect", "{foreign}"),
    "diff": ("diff", "{foreign}.poseconvert"),
    "diff of a picture": ("diff", "{ours}", "--image", "{foreign}"),
    "tune": ("tune", "{foreign}.poseconvert"),
    "evaluate": ("evaluate", "{foreign}.poseconvert"),
    "ios-bundle": ("ios-bundle", "{foreign}.poseconvert", "-o", "out"),
    "bench import": ("bench", "import", "{foreign}.poseconvert"),
}


@pytest.fixture
def armed(monkeypatch):
    calls = []

    def arm(foreign, *, writes=()):
        calls.append([str(path) for path in foreign])

    monkeypatch.setattr("poseconvert.fence.inside.arm", arm)
    return calls


@pytest.mark.parametrize("name", COMMANDS)
def test_a_strangers_file_is_announced(poseconvert, armed, tiny_conversion, tmp_path, name):
    foreign = tmp_path / "stranger"
    foreign.write_bytes(b"nothing that anybody reads")
    (tmp_path / "stranger.poseconvert").mkdir()
    words = [word.format(foreign=foreign, ours=tiny_conversion) for word in COMMANDS[name]]
    assert poseconvert(*words).code in (1, 2)
    assert any(str(foreign) in path for (path, *_) in filter(None, armed))


def test_of_our_own_conversion_nothing_is(poseconvert, armed, tiny_conversion):
    assert poseconvert("inspect", tiny_conversion, "--quiet").code == 0
    assert armed == [[]]
