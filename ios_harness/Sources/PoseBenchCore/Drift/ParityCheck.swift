import Foundation

/// Compares a model's outputs with the goldens, tensor by tensor and joint by joint.
public struct ParityCheck {
    public let goldens: Goldens
    public let tolerance: Tolerance
    let heads: [(decoder: PoseDecoder, joints: [String])]

    /// - Throws: ``Refusal`` where a decode spec is impossible or its skeleton is not known.
    public init(
        goldens: Goldens, specs: [DecodeSpec], skeletons: [String: Skeleton], tolerance: Tolerance
    ) throws {
        self.goldens = goldens
        self.tolerance = tolerance
        heads = try specs.map { spec in
            guard let skeleton = skeletons[spec.skeleton], skeleton.joints.count == spec.joints
            else {
                throw Refusal("decode spec: skeleton \(spec.skeleton) does not come with the plan.")
            }
            return (try PoseDecoder(spec), skeleton.joints)
        }
    }

    /// - Parameter candidates: The model's outputs for every golden case, in order.
    /// - Returns: Never held where something is missing, misshapen or not finite.
    public func judge(_ candidates: [[String: Tensor]]) throws -> Parity {
        guard candidates.count == goldens.cases.count else {
            return notHeld("\(candidates.count) of \(goldens.cases.count) inputs were predicted")
        }
        let names = goldens.cases[0].outputs.keys.sorted()
        if let problem = mismatch(candidates, names: names) { return notHeld(problem) }
        var drifts: [String: TensorDrift] = [:]
        for name in names {
            drifts[name] = TensorDrift(
                reference: goldens.cases.flatMap { $0.outputs[name]?.values ?? [] },
                candidate: candidates.flatMap { $0[name]?.values ?? [] })
        }
        let joints = try heads.flatMap { try jointDrifts(of: $0, candidates, drifts: drifts) }
        let reasons =
            names.compactMap { name in drifts[name].flatMap { outputReason(name, $0) } }
            + joints.compactMap(jointReason)
        return Parity(
            golden: goldens.identity, inputs: candidates.count,
            outputs: names.compactMap { name in drifts[name].map { record(name, $0) } },
            joints: summary(joints), held: reasons.isEmpty, reasons: reasons)
    }

    private func mismatch(_ candidates: [[String: Tensor]], names: [String]) -> String? {
        for (golden, candidate) in zip(goldens.cases, candidates) {
            guard candidate.keys.sorted() == names else {
                return
                    "\(golden.name): outputs \(candidate.keys.sorted()), the goldens have \(names)"
            }
            for name in names {
                let expected = golden.outputs[name]?.shape ?? []
                let found = candidate[name]?.shape ?? []
                if found != expected && found != [1] + expected {
                    return "\(golden.name), \(name): shape \(found), the golden has \(expected)"
                }
            }
        }
        return nil
    }

    private func jointDrifts(
        of head: (decoder: PoseDecoder, joints: [String]), _ candidates: [[String: Tensor]],
        drifts: [String: TensorDrift]
    ) throws -> [JointDrift] {
        let decoder = head.decoder
        let measured = decoder.spec.heatmap.flatMap { drifts[$0]?.maxAbs } ?? 0
        return try zip(goldens.cases, candidates).flatMap { golden, candidate in
            let reference = try decoder.decode(golden.outputs)
            return PoseBenchCore.jointDrifts(
                reference: reference,
                candidate: try decoder.decode(candidate),
                margins: try decoder.margins(golden.outputs, pose: reference),
                joints: head.joints,
                input: golden.name,
                heatmapDrift: measured.isFinite ? measured : .infinity)
        }
    }

    private func notHeld(_ reason: String) -> Parity {
        Parity(
            golden: goldens.identity, inputs: 0, outputs: [], joints: summary([]), held: false,
            reasons: [reason])
    }
}
