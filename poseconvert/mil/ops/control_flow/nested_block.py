"""What ops of family ``control_flow`` are given for a nested block."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

#: A nested block: from its inputs to its outputs.
Run: TypeAlias = Callable[..., tuple[Any, ...]]
