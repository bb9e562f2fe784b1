import Foundation

extension ParityCheck {
    /// Why an output breaks the tolerance; nil where it does not.
    func outputReason(_ name: String, _ drift: TensorDrift) -> String? {
        if drift.nonFinite > 0 {
            return "\(name): \(drift.nonFinite) of \(drift.elements) values are NaN or Inf"
        }
        if let allowed = tolerance.allowed(floor: goldens.floor[name] ?? 0),
            !(drift.relative <= allowed)
        {
            return "\(name): drift \(short(drift.relative)) of the range, allowed \(short(allowed))"
        }
        if let least = tolerance.psnr, !(drift.psnr >= least) {
            return "\(name): PSNR \(short(drift.psnr)) dB, at least \(short(least)) dB wanted"
        }
        return nil
    }

    /// Why a joint breaks the tolerance; one that neither side sees is counted and does not.
    func jointReason(_ joint: JointDrift) -> String? {
        let place = "\(joint.joint) on \(joint.input)"
        if joint.standing == .flipped {
            if joint.band == .visible {
                return "\(place): visible joint flipped, moved \(short(joint.displacement)) px"
            }
            return joint.candidateScore >= Pose.visibleScore ? "\(place): became visible" : nil
        }
        let seen = joint.band == .visible || joint.candidateScore >= Pose.visibleScore
        if seen, !(joint.displacement <= tolerance.jointPixels) {
            return "\(place): moved \(short(joint.displacement)) px, "
                + "allowed \(short(tolerance.jointPixels)) px"
        }
        return nil
    }

    func record(_ name: String, _ drift: TensorDrift) -> Parity.Output {
        Parity.Output(
            output: name, elements: drift.elements, nonFinite: drift.nonFinite,
            maxAbs: finite(drift.maxAbs), relative: finite(drift.relative),
            psnr: finite(drift.psnr))
    }

    func summary(_ joints: [JointDrift]) -> Parity.Joints {
        let stayed = joints.filter { $0.standing != .flipped && $0.band != .absent }
        let moved = stayed.map(\.displacement)
        let flipped = joints.filter { $0.standing == .flipped }
        let seen = flipped.filter {
            $0.band == .visible || $0.candidateScore >= Pose.visibleScore
        }
        return Parity.Joints(
            compared: stayed.count,
            mean: moved.isEmpty ? nil : finite(moved.reduce(0, +) / Double(moved.count)),
            max: moved.max().flatMap(finite),
            flips: flipped.count,
            visibleFlips: seen.count,
            atRisk: joints.filter { $0.standing == .atRisk }.count)
    }

    private func short(_ value: Double) -> String { String(format: "%.4g", value) }
}
