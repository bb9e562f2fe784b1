"""Run every artifact of a conversion again, on pictures or on its goldens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from poseconvert.conversion.golden import Goldens
from poseconvert.conversion.ours import is_ours
from poseconvert.conversion.promised_drift import held_to_promise
from poseconvert.decoding import DecodeSpec
from poseconvert.drift import TOLERANCES, Comparison, compare_outputs
from poseconvert.pipeline.chain.conversion import ConversionFolder
from poseconvert.pipeline.chain.core_ml_rules import with_rules
from poseconvert.pipeline.chain.evaluate import (
    ChainResult,
    Evaluation,
    Link,
    Progress,
    evaluate,
    lacking,
)
from poseconvert.pipeline.chain.fault import fault_of
from poseconvert.pipeline.chain.inputs import Inputs, golden_inputs, readable_inputs
from poseconvert.pipeline.chain.judge import judge_chain
from poseconvert.pipeline.chain.measurement import Measurement
from poseconvert.pipeline.chain.recorded import judged_joints, recorded_evaluation, replayed
from poseconvert.pipeline.chain.rounded import with_rounded
from poseconvert.pipeline.chain.sizes import with_sizes
from poseconvert.pipeline.chain.yardsticks import with_yardsticks
from poseconvert.pipeline.diff.sizes import measured_sizes
from poseconvert.stages.stage import ONNX_FROM_TORCH, SIMPLIFIED, SOURCE


def measure(
    conversion: ConversionFolder,
    *,
    pictures: Sequence[Path],
    model: Path | None,
    progress: Progress,
    recorded: Goldens | None = None,
) -> Measurement:
    """Measure the parity of every stage of the conversion.

    On goldens the reference is what PyTorch returned when they were made. On
    pictures PyTorch runs again where MODEL is at hand with the bytes that were
    converted; else ``onnx_from_torch`` is judged on the goldens alone.

    Parameters
    ----------
    pictures : what to run on; the goldens where none are given. One of several that cannot
        be read is left out, and parity is not established then.
    model : where MODEL is now; None for where it was.
    recorded : what another runtime said of the same inputs; it then comes before the
        reference executor, and is what ``end_to_end`` judges.

    Raises
    ------
    ConversionError, PictureError : the folder cannot be read, or no picture can.
    """
    manifest, specs = conversion.manifest, conversion.specs
    origin = conversion.origin(model) if pictures else None
    if pictures and conversion.from_torch and origin is None:
        note = (
            "MODEL is not at hand: on the pictures model.onnx is the reference, and"
            " onnx_from_torch is judged on the goldens alone; give --model"
        )
        manifest = replace(manifest, notes=(*manifest.notes, note))
    goldens = conversion.goldens()
    stored_inputs = golden_inputs(goldens, manifest.inputs)
    inputs, left_out = (
        readable_inputs(pictures, conversion.pictured) if pictures else (stored_inputs, ())
    )

    def run(links: Sequence[Link], on: Inputs, *, floor: bool = False) -> list[Evaluation]:
        return evaluate(links, on, specs=specs, progress=progress, floor=floor)

    noise = _known_noise(conversion, goldens, stored_inputs, run)
    before: list[Evaluation] = []
    apart: tuple[Comparison, ...] = ()
    if not conversion.from_torch:
        pass
    elif origin is not None:
        before = run([Link(origin.path.name, SOURCE, origin.torch_runner)], inputs)
    else:
        link = replayed(goldens, Link(Path(manifest.model.path).name, SOURCE, None))
        stored = _with(run([link], stored_inputs)[0], noise)
        if pictures:
            judged = judge_chain(
                [stored, *run(conversion.chain()[:1], stored_inputs)],
                stored_inputs,
                specs=specs,
                precision=manifest.precision,
            )
            apart = judged.comparisons
        else:
            before = [stored]
    chain = run(conversion.chain(), inputs)
    chain, decoding = _with_recorded(chain, recorded, inputs, specs=specs, progress=progress)
    first, *others = [*before, *chain]
    evaluations = [_with(first, noise), *others]
    if not evaluations[0].reason and (missing := lacking(evaluations[0], manifest.outputs)):
        evaluations[0] = replace(evaluations[0], reason=missing)
    if not (before or pictures) and (unlike := _not_as_stored(evaluations[0], goldens)):
        evaluations[0] = replace(evaluations[0], reason=unlike)
    evaluations = _with_weights(evaluations, conversion, inputs)
    result = judge_chain(evaluations, inputs, specs=specs, precision=manifest.precision)
    sizes = measured_sizes(conversion, origin, pictures=pictures, progress=progress)
    result = with_sizes(result, sizes)
    held, changed = held_to_promise(result.comparisons, manifest, same_inputs=not pictures)
    manifest = replace(manifest, notes=(*manifest.notes, *changed))
    joined = ChainResult(result.evaluations, (*apart, *held, *decoding))
    graph, allowed = conversion.folder / SIMPLIFIED, conversion.allowed
    fault = fault_of(joined, inputs, graph=graph, precision=manifest.precision)
    return with_rules(
        Measurement(
            conversion.folder, manifest, joined, inputs, allowed, left_out=left_out, fault=fault
        )
    )


def _with_weights(
    evaluations: list[Evaluation], conversion: ConversionFolder, inputs: Inputs
) -> list[Evaluation]:
    """Run the graph with the weights of a float16 package, unless others made the package.

    Theirs may be rounded where they folded them, which is no fault.
    """
    manifest = conversion.manifest
    theirs = manifest.interface is not None or SIMPLIFIED in conversion.refused
    if theirs or manifest.precision != "fp16":
        return evaluations
    graph = conversion.folder / SIMPLIFIED
    return with_rounded(evaluations, graph, inputs, keep=manifest.keep_fp32)


def _with_recorded(
    chain: list[Evaluation],
    recorded: Goldens | None,
    inputs: Inputs,
    *,
    specs: Sequence[DecodeSpec],
    progress: Progress,
) -> tuple[list[Evaluation], tuple[Comparison, ...]]:
    """Put what was recorded before the package that it is of; judge the joints of its app."""
    if recorded is None:
        return chain, ()
    shipped = chain[-1].link
    other = recorded_evaluation(recorded, inputs, specs=specs, of=shipped, progress=progress)
    packages = [e for e in chain if e.link.artifact == shipped.artifact]
    before = [e for e in chain if e.link.artifact != shipped.artifact]
    return [*before, other, *packages], tuple(judged_joints(recorded, other, inputs, specs=specs))


def _known_noise(
    conversion: ConversionFolder,
    goldens: Goldens,
    inputs: Inputs,
    run: Callable[..., list[Evaluation]],
) -> Goldens | Evaluation:
    """Return what says how far outputs may drift: never the inputs that are judged.

    What a stranger's goldens say of their noise would loosen every tolerance: it is measured.
    """
    if is_ours(conversion.folder) and goldens.yardsticks:
        return goldens
    (first,) = run(conversion.chain()[:1], inputs, floor=True)
    graph = None if SIMPLIFIED in conversion.refused else conversion.folder / SIMPLIFIED
    return with_yardsticks(first, inputs, specs=conversion.specs, graph=graph)


def _with(reference: Evaluation, noise: Goldens | Evaluation) -> Evaluation:
    return replace(reference, floor=noise.floor, yardsticks=noise.yardsticks)


def _not_as_stored(reference: Evaluation, goldens: Goldens) -> str:
    """Say how a reference that ran now is not what the goldens say; empty where it is.

    Phones and emitted tests are judged by the stored answers, which must be right as well.
    """
    if reference.reason:
        return ""
    again = compare_outputs(
        goldens.outputs,
        reference.outputs,
        tolerance=TOLERANCES[ONNX_FROM_TORCH.name],
        floor=reference.floor,
        yardsticks=reference.yardsticks,
    )
    reason = next((output.reason for output in again if output.reason), "")
    return f"it does not answer as the goldens say ({reason}). Convert again." if reason else ""
