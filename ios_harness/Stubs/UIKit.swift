@_exported import CoreImage
@_exported import Foundation

// Members of Foundation that Linux lacks.
extension ProcessInfo {
    public enum ThermalState: Int {
        case nominal, fair, serious, critical
    }
    public var thermalState: ThermalState { fatalError() }
    public var isLowPowerModeEnabled: Bool { fatalError() }
}

open class UIResponder: NSObject {}

public final class UIDevice: NSObject {
    public enum BatteryState: Int { case unknown, unplugged, charging, full }
    public static var current: UIDevice { fatalError() }
    public var isBatteryMonitoringEnabled: Bool { get { fatalError() } set {} }
    public var batteryLevel: Float { fatalError() }
    public var batteryState: BatteryState { fatalError() }
    public var systemVersion: String { fatalError() }
}

public final class UIScreen: NSObject {
    public static var main: UIScreen { fatalError() }
    public var brightness: CGFloat { fatalError() }
    public var bounds: CGRect { fatalError() }
}

public final class UIColor: NSObject {
    public static var black: UIColor { fatalError() }
    public static var white: UIColor { fatalError() }
    public static var systemTeal: UIColor { fatalError() }
    public func withAlphaComponent(_ alpha: CGFloat) -> UIColor { fatalError() }
    public func setStroke() {}
    public func setFill() {}
}

public final class UIBezierPath: NSObject {
    public override init() {}
    public init(ovalIn rect: CGRect) {}
    public var lineWidth: CGFloat { get { fatalError() } set {} }
    public func move(to point: CGPoint) {}
    public func addLine(to point: CGPoint) {}
    public func stroke() {}
    public func fill() {}
}

public final class UIImage: NSObject {
    public init(cgImage: CGImage) {}
}

open class UIView: UIResponder {
    public enum ContentMode: Int { case scaleToFill, redraw }
    public init(frame: CGRect) {}
    public required init?(coder: NSCoder) { nil }
    public var frame: CGRect { get { fatalError() } set {} }
    public var bounds: CGRect { get { fatalError() } set {} }
    public var isOpaque: Bool { get { fatalError() } set {} }
    public var contentMode: ContentMode { get { fatalError() } set {} }
    public var backgroundColor: UIColor? { get { fatalError() } set {} }
    public func addSubview(_ view: UIView) {}
    public func setNeedsDisplay() {}
    public func setNeedsLayout() {}
    open func draw(_ rect: CGRect) {}
}

public final class UILabel: UIView {
    public convenience init() { self.init(frame: .zero) }
    public var text: String? { get { fatalError() } set {} }
    public var textColor: UIColor! { get { fatalError() } set {} }
    public var numberOfLines: Int { get { fatalError() } set {} }
}

public final class UIImageView: UIView {
    public convenience init() { self.init(frame: .zero) }
    public var image: UIImage? { get { fatalError() } set {} }
}

public final class UIWindow: UIView {
    public var rootViewController: UIViewController? { get { fatalError() } set {} }
    public func makeKeyAndVisible() {}
}

@MainActor
open class UIViewController: UIResponder {
    nonisolated public override init() {}
    public var view: UIView! { get { fatalError() } set {} }
    open func viewDidLoad() {}
    open func viewDidLayoutSubviews() {}
}

public final class UIApplication: UIResponder {
    public struct LaunchOptionsKey: Hashable {}
    public var isIdleTimerDisabled: Bool { get { fatalError() } set {} }
}

@MainActor
public protocol UIApplicationDelegate: AnyObject {
    func application(
        _ application: UIApplication,
        didFinishLaunchingWithOptions launchOptions: [UIApplication.LaunchOptionsKey: Any]?
    ) -> Bool
}
extension UIApplicationDelegate {
    nonisolated public static func main() {}
}
