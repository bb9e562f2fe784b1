import PoseBenchCore
import UIKit

/// One head's skeleton; joints the camera does not see are faint.
final class SkeletonView: UIView {
    private let spec: DecodeSpec
    private let skeleton: Skeleton
    private var turntable: Turntable
    private var pose: Pose?

    init(spec: DecodeSpec, skeleton: Skeleton) {
        self.spec = spec
        self.skeleton = skeleton
        turntable = Turntable(width: Double(spec.size[1]), height: Double(spec.size[0]))
        super.init(frame: .zero)
        isOpaque = false
        contentMode = .redraw
    }

    required init?(coder: NSCoder) { nil }

    /// - Parameter angle: How far the pose is turned, in radians.
    func show(_ pose: Pose, turned angle: Double) {
        self.pose = pose
        turntable.angle = angle
        setNeedsDisplay()
    }

    override func draw(_ rect: CGRect) {
        guard let pose else { return }
        for bone in skeleton.bones {
            guard let from = place(bone[0]), let to = place(bone[1]) else { continue }
            let path = UIBezierPath()
            path.move(to: from)
            path.addLine(to: to)
            path.lineWidth = 3
            UIColor.systemTeal.withAlphaComponent(strength(of: bone, in: pose)).setStroke()
            path.stroke()
        }
        for joint in skeleton.joints.indices {
            guard let centre = place(joint) else { continue }
            let dot = CGRect(x: centre.x - 4, y: centre.y - 4, width: 8, height: 8)
            UIColor.white.withAlphaComponent(strength(of: [joint], in: pose)).setFill()
            UIBezierPath(ovalIn: dot).fill()
        }
    }

    private func strength(of joints: [Int], in pose: Pose) -> CGFloat {
        joints.allSatisfy(pose.isVisible) ? 1 : 0.35
    }

    /// Where a joint lies in the view; nil where it is absent.
    private func place(_ joint: Int) -> CGPoint? {
        guard let pose, !pose.isAbsent(joint), pose.position[joint].allSatisfy(\.isFinite) else {
            return nil
        }
        let seen = turntable.seen(spec.fromCorner(pose.position[joint]))
        return CGPoint(
            x: seen.x / turntable.size.width * bounds.width,
            y: seen.y / turntable.size.height * bounds.height)
    }
}
