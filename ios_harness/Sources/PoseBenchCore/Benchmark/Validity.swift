/// Why a run does not count.
public enum InvalidReason: String, Codable, CaseIterable, Sendable {
    case lowPowerMode = "low_power_mode"
    case notCool = "not_cool_at_start"
    case thermalCritical = "thermal_critical"
    case tooFewPredictions = "too_few_predictions"
    case tooShort = "too_short"
    case aborted
    case powerChanged = "power_changed"
    case failed = "prediction_failed"
    case debugBuild = "debug_build"
    case parityNotHeld = "parity_not_held"
}

public struct Validity: Codable, Equatable, Sendable {
    public enum Status: String, Codable, Sendable {
        case valid, invalid
    }

    public let status: Status
    /// Each reason once, in the order they were found.
    public let reasons: [InvalidReason]
    /// What went wrong in words, where there are any.
    public let detail: String?

    public init(reasons: [InvalidReason], detail: String? = nil) {
        var found: [InvalidReason] = []
        for reason in reasons where !found.contains(reason) {
            found.append(reason)
        }
        status = found.isEmpty ? .valid : .invalid
        self.reasons = found
        self.detail = detail
    }
}
