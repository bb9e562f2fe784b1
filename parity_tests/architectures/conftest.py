"""Networks of :mod:`brought` in the three forms, converted."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
