import AVFoundation
import PoseBenchCore
import UIKit

/// The plan's first model on the back camera: what it sees, the 2D skeleton, the 3D one turning.
final class CameraViewController: UIViewController {
    private let label = UILabel()
    private let picture = UIImageView()
    private var views: [SkeletonView] = []
    private var camera: CameraSource?
    private var angle = 0.0

    override func viewDidLoad() {
        super.viewDidLoad()
        view.backgroundColor = .black
        label.textColor = .white
        label.numberOfLines = 0
        label.text = "loading the model"
        view.addSubview(picture)
        view.addSubview(label)
        Task { @MainActor in
            do { try await start() } catch { label.text = "\(error)" }
        }
    }

    override func viewDidLayoutSubviews() {
        super.viewDidLayoutSubviews()
        let side = min(view.bounds.width, view.bounds.height / 2.4)
        picture.frame = CGRect(x: 0, y: 40, width: side, height: side)
        for (index, skeleton) in views.enumerated() {
            skeleton.frame = picture.frame.offsetBy(dx: 0, dy: CGFloat(index) * side)
        }
        label.frame = CGRect(x: 12, y: 40 + 2 * side, width: view.bounds.width - 24, height: 60)
    }

    private func start() async throws {
        let bundled = try Bundled()
        let live = try await LivePose.load(bundled)
        views = try bundled.plan.models[0].decode.map { spec in
            guard let skeleton = bundled.plan.skeletons[spec.skeleton] else {
                throw Refusal("plan.json: no skeleton \(spec.skeleton).")
            }
            return SkeletonView(spec: spec, skeleton: skeleton)
        }
        for skeleton in views { view.addSubview(skeleton) }
        view.setNeedsLayout()
        guard await AVCaptureDevice.requestAccess(for: .video) else {
            throw Refusal("camera: not allowed. Allow it in Settings, PoseBench.")
        }
        let source = try CameraSource { [weak self] frame in
            let result = Result { try live.pose(of: frame) }
            Task { @MainActor in self?.show(result) }
        }
        camera = source
        source.start()
    }

    private func show(_ result: Result<LivePose.Shown, Error>) {
        switch result {
        case .failure(let error):
            label.text = "\(error)"
        case .success(let shown):
            picture.image = shown.picture.map { UIImage(cgImage: $0) }
            angle += 0.02
            for (skeleton, pose) in zip(views, shown.poses) {
                let isDeep = (pose.position.first?.count ?? 2) == 3
                skeleton.show(pose, turned: isDeep ? angle : 0)
            }
            let heat = ProcessInfo.processInfo.thermalState
            label.text = "\(Int(shown.fps)) fps, thermal state \(heat.rawValue) of 3"
        }
    }
}
