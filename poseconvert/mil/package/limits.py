"""How much of everything a package may ask for: a package may come from anywhere.

Every number stands here once, with its reason. What passes them may still be slow; nothing that
passes them is without end.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Budget:
    """How much is allowed.

    Attributes
    ----------
    value, unit : the number, and what it counts.
    why : the reason for this number.
    """

    value: int
    unit: str
    why: str

    def __str__(self) -> str:
        return f"{self.value} {self.unit}"


MANIFEST_BYTES = Budget(2**20, "bytes", "coremltools writes 600 bytes; the model is not in it")
MANIFEST_DEPTH = Budget(32, "levels", "coremltools writes 3; Python's parser recurses")
MODEL_BYTES = Budget(
    2**28, "bytes", "weights lie in weight.bin; 100,000 ops take 30 MB, parsed three times as much"
)
FUNCTIONS = Budget(256, "functions", "one function an adapter; all of them are translated")
OPERATIONS = Budget(2**17, "ops", "nested blocks included; the largest networks we met have 20,000")
NESTING = Budget(16, "levels of nested blocks", "converters write 2; Python recurses")
ELEMENTS = Budget(2**28, "elements", "of one value, all dimensions multiplied: 1 GiB in float32")
DIMENSION = Budget(2**31 - 1, "elements along an axis", "Core ML's shapes are int32")
RANK = Budget(16, "dimensions", "Core ML computes up to 5; numpy ends at 64")
CONSTANT_BYTES = Budget(
    2**32, "bytes", "all constants unpacked, before any of them is: 2**30 float32 weights"
)
ALIVE_BYTES = Budget(
    2**32, "bytes", "values held at one moment of a run, as declared: 4 of the largest"
)
LOOP_TURNS = Budget(2**16, "turns", "of one loop: decoders turn thousands of times at most")
NESTED_RUNS = Budget(
    2**18, "runs of nested blocks", "in one run of a program: loops inside loops multiply"
)
NESTED_ELEMENTS = Budget(
    2**33, "elements computed in nested blocks", "in one run: half a minute of additions"
)
LIST_LENGTH = Budget(2**16, "elements of a list", "every write copies the list")
TEXT = Budget(240, "characters", "of what a refusal says is wrong: a name may be of megabytes")
