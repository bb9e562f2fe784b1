"""Programs that are run in a child of a warm process: they end, print and import as others do."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = {
    "it prints": "print('é', flush=True); import sys; print('x', file=sys.stderr)",
    "it leaves": "raise SystemExit(3)",
    "it leaves with a word": "import sys; sys.exit('so')",
    "nothing is imported for it": "print(torch)",
    "its folder, words and input": "import os, sys; print(os.getcwd(), sys.argv, sys.stdin.read())",
    "it is __main__": "import __main__; x = 1; print(__main__.x, __name__)",
    "what it does at the end": "import atexit; atexit.register(print, 'end')",
    "it finds the package": "import poseconvert; print(poseconvert.__file__)",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_does_what_it_does_in_a_new_process(warm_python, tmp_path, name, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    words = ("-c", PROGRAMS[name], "a", "b")
    cold = subprocess.run(
        [sys.executable, *words], cwd=tmp_path, capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    warm = warm_python(*words, cwd=tmp_path)
    assert (warm.returncode, warm.stdout) == (cold.returncode, cold.stdout)
    assert warm.stderr.splitlines()[-1:] == cold.stderr.splitlines()[-1:]


def test_a_signal_that_ends_it_is_its_code(warm_python, tmp_path):
    assert warm_python("-c", "import os; os.kill(os.getpid(), 9)", cwd=tmp_path).returncode == -9


def test_what_one_does_the_next_does_not_see(warm_python, tmp_path):
    warm_python("-c", "import os, torch; os.environ['SEEN'] = torch.seen = 'x'", cwd=tmp_path)
    code = "import os, torch; print(hasattr(torch, 'seen'), os.environ.get('SEEN'))"
    assert warm_python("-c", code, cwd=tmp_path).stdout == "False None\n"


def test_a_module_and_a_script_are_run_as_main(warm_python, tmp_path):
    (tmp_path / "said.py").write_text("import sys; print(__name__, sys.argv[1:])")
    for words in (("-m", "said"), ("said.py",)):
        assert warm_python(*words, "a", cwd=tmp_path).stdout == "__main__ ['a']\n"
