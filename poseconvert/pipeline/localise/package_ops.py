"""Every op of ``model.mlpackage``: in float32 against ONNX, in float16 against float32."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from poseconvert.decoding import DecodeSpec
from poseconvert.drift import OP_TOLERANCES, GraphDrift, Match, MovedJoint, OpDrift, OpTolerance
from poseconvert.mil import Executor, Package, TensorType
from poseconvert.mil.analysis.runtime_hazards import SeenHazards
from poseconvert.mil.executor.stepper import Stepped, Walk
from poseconvert.pipeline.localise.joint_movement import Largest, joints_between
from poseconvert.pipeline.localise.onnx_ops import Opened, with_joints
from poseconvert.pipeline.localise.package_values import comparable, hazards, nested, operations
from poseconvert.runners.runner import Batch
from poseconvert.stages.stage import COREML_FROM_ONNX

FP32, FP16 = f"{COREML_FROM_ONNX.name}/fp32", f"{COREML_FROM_ONNX.name}/fp16"
WEIGHTS = f"{FP16} weights"


@dataclass(frozen=True, slots=True)
class _Trial:
    """An op whose local result goes on to the outputs, beside the reference's own."""

    value: str
    local: Walk
    reference: Walk | None


@dataclass(slots=True)
class _Side:
    """One comparison while inputs are added.

    Attributes
    ----------
    rows : by value.
    moved : joints that moved, by value, one tuple per input.
    tried : what is to be tried on the present input.
    """

    tolerance: OpTolerance
    rows: dict[str, OpDrift]
    moved: dict[str, list[tuple[MovedJoint, ...]]] = field(default_factory=dict)
    tried: Largest[_Trial] = field(default_factory=Largest)


@dataclass(slots=True)
class PackageOps:
    """The ops of one package, measured input by input.

    Parameters
    ----------
    package : what ``read_package`` gave.
    half : whether it is float16, so that rounding is measured too.
    reference : the graph it was made from; None where that does not run.
    matches : package value to graph value.
    modules : PyTorch module by package value.
    specs : decode specs of the heads.
    fed : makes of an input what the package is fed.

    Raises
    ------
    PackageError : the executor cannot run it.
    """

    package: Package
    half: bool
    reference: Opened | None
    matches: Mapping[str, Match]
    modules: Mapping[str, str]
    specs: Sequence[DecodeSpec]
    fed: Callable[[Batch], Batch]
    _float: Executor = field(init=False)
    _rounding: Executor = field(init=False)
    _sides: dict[str, _Side] = field(init=False)
    _seen: SeenHazards = field(init=False)

    def __post_init__(self) -> None:
        self._float = Executor(self.package, precision="fp32", engine="interpreter")
        self._rounding = Executor(self.package, precision="fp16", engine="interpreter")
        own = {n: Match(n, "name") for op in operations(self.package) for n, _ in op.outputs}
        self._sides = {
            FP32: _Side(OP_TOLERANCES[WEIGHTS if self.half else FP32], self._rows(self.matches)),
            FP16: _Side(OP_TOLERANCES[FP16], self._rows(own)),
        }
        self._seen = SeenHazards(self.package)

    def graphs(self) -> tuple[GraphDrift, ...]:
        """Return what was measured: against the graph, and in float16 against float32."""
        path = self.package.path.name
        float32, float16 = (f"{path} on the reference executor ({p})" for p in ("fp32", "fp16"))
        warned = hazards(self.package, self._seen)
        found = []
        if self.reference is not None:
            used = {match.reference for match in self.matches.values()}
            unused = tuple(v.name for v in self.reference.listed() if v.name not in used)
            source = f"{self.reference.path.name} on ONNX Runtime"
            found.append(self._graph(FP32, source, float32, warned, unused))
        if self.half:
            found.append(self._graph(FP16, float32, float16, warned, ()))
        return tuple(found)

    def run(self, one: Batch, name: str) -> None:
        """Measure one input, which the graph was fed.

        Raises
        ------
        RunError, PackageError : it does not fit, or an op refuses its values.
        """
        fed = self.fed(one).tensors
        plain, forced = self._float.walk(fed), self._float.walk(fed)
        rounded, alone = self._rounding.walk(fed), self._rounding.walk(fed)
        for _ in range(len(plain)):
            step = plain.step()
            if self.half:
                self._round(step, rounded.step(), alone.step(), alone, plain)
            if self.reference is not None:
                self._against(step, forced.step(), forced, self.reference)
        outputs = plain.finish()
        for side in self._sides.values():
            for trial in side.tried:
                reference = trial.reference.finish() if trial.reference else outputs
                joints = joints_between(
                    reference, trial.local.finish(), specs=self.specs, name=name
                )
                side.moved.setdefault(trial.value, []).append(joints)
            side.tried = Largest()

    def _round(
        self, step: Stepped, whole: Stepped, local: Stepped, alone: Walk, plain: Walk
    ) -> None:
        """Measure what float16 made of one op, then hand float32's result to the next."""
        side = self._sides[FP16]
        for name, expected in step.outputs.items():
            if not comparable(expected):
                continue
            row = side.rows[name]
            rank = row.add(expected, accumulated=whole.outputs[name], local=local.outputs[name])
            if side.tried.wants(rank):
                fork = plain.fork()
                fork.put({name: local.outputs[name]})
                side.tried.offer(rank, _Trial(name, fork, None))
                self._seen.look(step.operation, step.arguments, step.outputs)
        alone.put(step.outputs)

    def _against(self, step: Stepped, local: Stepped, forced: Walk, reference: Opened) -> None:
        """Measure one op against the graph, then hand the graph's value to the next."""
        side = self._sides[FP32]
        expected = {
            name: reference.values[self.matches[name].reference]
            for name, value in step.outputs.items()
            if name in self.matches and comparable(value)
        }
        forced.put(expected)
        for name, value in expected.items():
            row = side.rows[name]
            rank = row.add(value, accumulated=step.outputs[name], local=local.outputs[name])
            if row.over(side.tolerance) and side.tried.wants(rank):
                fork = forced.fork()
                fork.put({name: local.outputs[name]})
                side.tried.offer(rank, _Trial(name, fork, forced.fork()))
                self._seen.look(step.operation, step.arguments, step.outputs)

    def _rows(self, matches: Mapping[str, Match]) -> dict[str, OpDrift]:
        return {
            name: OpDrift(
                depth,
                operation.name,
                operation.type,
                name,
                dtype=declared.dtype if isinstance(declared, TensorType) else "",
                reference=matches[name].reference if name in matches else "",
                matched=matches[name].how if name in matches else "",
                module=self.modules.get(name, ""),
            )
            for depth, operation in enumerate(operations(self.package))
            for name, declared in operation.outputs
        }

    def _graph(
        self,
        stage: str,
        reference: str,
        candidate: str,
        warned: Mapping[str, tuple[str, ...]],
        unused: tuple[str, ...],
    ) -> GraphDrift:
        side = self._sides[stage]
        rows = (with_joints(row, side.moved.get(row.value, [])) for row in side.rows.values())
        return GraphDrift(
            stage,
            reference,
            candidate,
            side.tolerance,
            tuple(replace(row, hazards=warned.get(row.name, ())) for row in rows),
            nested(self.package),
            unused,
        )
