"""How much of anything is read, made or said before it is refused: every limit, with its reason.

A file of a hundred bytes can ask for terabytes or for years. What it asks for is counted first,
and only what fits is done. ``docs/limits.md`` is written from this table.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Budget:
    """The most of something that is allowed.

    Attributes
    ----------
    value : that many are allowed, one more is refused.
    unit : of what.
    why : what the number was chosen for.
    """

    value: int
    unit: str
    why: str

    def __str__(self) -> str:
        return f"{self.value:,} {self.unit}"


MESSAGE_LENGTH = Budget(
    300, "characters", "three lines of a terminal hold where, what and what to do"
)

ONNX_BYTES = Budget(
    (1 << 31) - 1, "bytes", "protobuf reads no larger message, external weights put inside"
)
ONNX_FIELDS = Budget(
    500_000, "fields", "protobuf makes 200 bytes of two; a pose network has some ten thousand"
)
EXTERNAL_SHARE = Budget(
    2, "readings of each byte", "tied weights share bytes; 1,000 weights in one region are a bomb"
)
ARCHIVE_BYTES = Budget(8 << 30, "bytes unpacked", "two billion float32 weights")
ARCHIVE_RATIO = Budget(
    100, "times its packed size", "weights hardly shrink; zeros shrink 1000-fold"
)
ARCHIVE_ENTRIES = Budget(100_000, "entries", "one for each tensor; large networks have 2,000")
PROGRAM_TEXT = Budget(
    1000, "characters", "of a name or an operator's text in a .pt2; the longest are equations"
)
EVALUATION_BYTES = Budget(16 << 20, "bytes", "five artifacts with all metrics are some 20 kB")
DATASET_BYTES = Budget(1 << 30, "bytes", "MPII's annotations are about 20 MB, COCO's 240 MB")
UNPACKED_MAT_BYTES = Budget(
    1 << 30,
    "bytes unpacked",
    "MPII, the largest, should need 250 MB: 4,000 made people with 16 joints need 19.5 MB",
)
MAT_DEPTH = Budget(
    32, "arrays inside each other", "MPII nests 6: RELEASE.annolist.annorect.annopoints.point.x"
)
JSON_DEPTH = Budget(64, "brackets inside each other", "COCO nests 4, a checkpoint's config 1")
SPEC_BYTES = Budget(1 << 20, "bytes", "a decode spec is some lines of JSON, a test file as many")
PICTURE_BYTES = Budget(1 << 30, "bytes", "100 megapixels of 16-bit colour with alpha take 800 MB")
PICTURE_PIXELS = Budget(100_000_000, "pixels", "400 MB as RGBA; networks see far fewer")

TENSOR_ELEMENTS = Budget(
    1 << 28, "elements", "1 GiB of float32; the reference executor refuses more too"
)
RANK = Budget(8, "axes", "windowed attention has 7, Core ML takes 5")
LIVE_BYTES = Budget(
    8 << 30,
    "bytes",
    "what one run holds at a time beside its weights; pose networks take tens of MB a picture",
)
GRAPH_NODES = Budget(
    20_000,
    "nodes",
    "functions and nested graphs written out; pose networks have hundreds, few thousands",
)
GRAPH_DEPTH = Budget(
    8, "graphs inside each other", "exporters seldom nest 3; each level may double what readers do"
)
FUNCTION_DEPTH = Budget(
    32, "functions inside each other", "functions made of modules nest as those do, about 10"
)
NODE_RUNS = Budget(
    1_000_000,
    "node runs",
    "turns of loops counted: half a second in ONNX Runtime if they do nothing (0.5 us each)",
)
PROPAGATED_ELEMENTS = Budget(
    1_024, "elements", "constants that sizes are computed from are axes, pads and scales"
)
FOLDED_ELEMENTS = Budget(
    1 << 20, "elements", "folding is for sizes, axes and scales; a larger table stays computed"
)
FOLDED_TOTAL = Budget(1 << 24, "elements", "all folded values of a graph together: 128 MiB")
PARAMETERS = Budget(
    1 << 28, "weights", "1 GiB; of a family that a config describes, counted before it is built"
)

PACKAGE_MANIFEST_BYTES = Budget(
    2**20, "bytes", "coremltools writes 600 bytes; the model is not in it"
)
PACKAGE_MANIFEST_DEPTH = Budget(32, "levels", "coremltools writes 3; Python's parser recurses")
PROGRAM_BYTES = Budget(
    2**28, "bytes", "weights lie in weight.bin; 100,000 ops take 30 MB, parsed three times as much"
)
NETWORK_BYTES = Budget(
    (1 << 31) - 1, "bytes", "an .mlmodel file holds its weights; protobuf reads no larger message"
)
PROGRAM_FUNCTIONS = Budget(256, "functions", "one function an adapter; all of them are translated")
PROGRAM_OPS = Budget(
    2**17, "ops", "nested blocks included; the largest networks we met have 20,000"
)
BLOCK_DEPTH = Budget(16, "levels of nested blocks", "converters write 2; Python recurses")
AXIS_LENGTH = Budget(2**31 - 1, "elements along an axis", "Core ML's shapes are int32")
PROGRAM_RANK = Budget(16, "dimensions", "Core ML computes up to 5; numpy ends at 64")
CONSTANT_BYTES = Budget(
    2**32, "bytes", "all constants unpacked, before any of them is: 2**30 float32 weights"
)
PROGRAM_LIVE_BYTES = Budget(
    2**32, "bytes", "values held at one moment of a run, as declared: 4 of the largest"
)
LOOP_TURNS = Budget(2**16, "turns", "of one loop: decoders turn thousands of times at most")
BLOCK_RUNS = Budget(
    2**18, "runs of nested blocks", "in one run of a program: loops inside loops multiply"
)
BLOCK_ELEMENTS = Budget(
    2**33, "elements computed in nested blocks", "in one run: half a minute of additions"
)
LIST_LENGTH = Budget(2**16, "elements of a list", "every write copies the list")
REFUSAL_LENGTH = Budget(
    240, "characters", "of what a refusal says is wrong: a name may be of megabytes"
)

CHILD_MEMORY = Budget(
    1800 << 20,
    "bytes in memory",
    "of a process that reads a foreign file: libraries alone take 0.9 GB, hostile files end at 2",
)
CHILD_MEMORY_SHARE = Budget(
    24, "more for each byte of the file", "torch, ONNX and Core ML each hold the weights twice"
)
STEP_SECONDS = Budget(
    20, "seconds of work a step", "a healthy step takes two, importing all libraries five"
)
STEP_SHARE = Budget(
    4, "more for each MiB of the file", "HRNet-W18 (85 MB) works two minutes in one step"
)
IDLE_SECONDS = Budget(
    120, "seconds without work", "who does nothing waits for something that will not come"
)
WRITTEN_BYTES = Budget(
    4 << 30, "bytes of one file that is written", "a package is at most as large as its network"
)
WRITTEN_SHARE = Budget(
    16, "more for each byte of the file", "goldens and reports of a large network grow with it"
)


def table() -> dict[str, Budget]:
    """Return every budget by name, in the order of this file."""
    return {name: value for name, value in globals().items() if isinstance(value, Budget)}
