import XCTest

@testable import PoseBenchCore
@testable import PoseBenchSimulation

/// Small plans and phones that several tests use.
enum Sample {
    static let spec = """
        {"skeleton": "numbered_2", "joints": 2, "grid": [3, 4], "stride": [8.0, 8.0],
         "size": [24, 32], "heatmap": "heatmap", "offset": "offset", "offset_order": "yx",
         "offset_unit": "pixel", "centre": 0.0, "z_zero": 0.0, "activation": "linear",
         "threshold": 0.0, "refinement": "offset", "frame": "corner"}
        """

    static let plan = """
        {"schema": "poseconvert.ios-plan.v1", "commit": "abc",
         "settings": {"runs": 3, "warmup_count": 30, "warmup_s": 2, "burst_count": 1024,
           "burst_s": 60, "burst_limit_s": 600, "sustained_s": 600, "rest_s": 300,
           "cooling_limit_s": 900},
         "compute_units": ["all", "cpuAndGPU", "cpuOnly"],
         "models": [{"name": "tiny", "folder": "tiny", "sha256": "00", "spec_version": 7,
           "precision": "fp16", "input": {"name": "image", "width": 32, "height": 24, "fit": "letterbox"},
           "outputs": {"heatmap": [1, 2, 3, 4], "offset": [1, 4, 3, 4]}, "decode": [\(spec)],
           "tolerance": {"relative": null, "psnr_db": 55, "joint_px": 0.5, "floor_factor": 8,
             "floor_limit": 0.001},
           "golden_sha256": "11", "parity": "held"}],
         "skeletons": {"numbered_2": {"joints": ["a", "b"], "bones": [[0, 1]]}}}
        """

    static let session = Session(
        runID: "0", simulated: true,
        build: BenchmarkResult.Build(commit: "abc", configuration: "Release", xcode: "none"))

    static func place(_ units: ComputeUnits = .all) throws -> Place {
        let plan = try RunPlan(json: Data(plan.utf8))
        return Place(model: plan.models[0], units: units, orderIndex: 0, runIndex: 0)
    }

    static func bench(
        _ phone: FakePhone, session: Session = Sample.session,
        settings: RunSettings = RunSettings(), machine: String = "iPhone11,6",
        interruption: @escaping () -> String? = { nil }
    ) -> Bench {
        Bench(
            session: session, environment: phone.environment, machine: machine, os: "18.0",
            settings: settings, interruption: interruption, utc: { "2026-01-01T00:00:00Z" })
    }
}
