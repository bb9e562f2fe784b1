@_exported import CoreImage
@_exported import Foundation

// Classes that UIKit marks NS_SWIFT_UI_ACTOR are @MainActor here, members and all.

// Members of Foundation that Linux lacks.
extension ProcessInfo {
    public enum ThermalState: Int, Sendable {
        case nominal, fair, serious, critical
    }
    public var thermalState: ThermalState { fatalError() }
    public var isLowPowerModeEnabled: Bool { fatalError() }
}

@MainActor
open class UIResponder: NSObject {
    nonisolated public override init() {}
}

@MainActor
public final class UIDevice: NSObject {
    public enum BatteryState: Int, Sendable { case unknown, unplugged, charging, full }
    nonisolated override init() {}
    public class var current: UIDevice { fatalError() }
    public var isBatteryMonitoringEnabled: Bool { get { fatalError() } set {} }
    public var batteryLevel: Float { fatalError() }
    public var batteryState: BatteryState { fatalError() }
    public var systemVersion: String { fatalError() }
}

@MainActor
public final class UIScreen: NSObject {
    nonisolated override init() {}
    public class var main: UIScreen { fatalError() }
    public var brightness: CGFloat { fatalError() }
    public var bounds: CGRect { fatalError() }
}

public final class UIColor: NSObject, @unchecked Sendable {
    public class var black: UIColor { fatalError() }
    public class var white: UIColor { fatalError() }
    public class var systemTeal: UIColor { fatalError() }
    public func withAlphaComponent(_ alpha: CGFloat) -> UIColor { fatalError() }
    public func setStroke() {}
    public func setFill() {}
}

@MainActor
public final class UIBezierPath: NSObject {
    nonisolated public override init() {}
    nonisolated public init(ovalIn rect: CGRect) {}
    public var lineWidth: CGFloat { get { fatalError() } set {} }
    public func move(to point: CGPoint) {}
    public func addLine(to point: CGPoint) {}
    public func stroke() {}
    public func fill() {}
}

public final class UIImage: NSObject, @unchecked Sendable {
    public init(cgImage: CGImage) {}
}

@MainActor
open class UIView: UIResponder {
    public enum ContentMode: Int, Sendable { case scaleToFill, redraw }
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

@MainActor
public final class UILabel: UIView {
    public convenience init() { self.init(frame: .zero) }
    public var text: String? { get { fatalError() } set {} }
    public var textColor: UIColor! { get { fatalError() } set {} }
    public var numberOfLines: Int { get { fatalError() } set {} }
}

@MainActor
public final class UIImageView: UIView {
    public convenience init() { self.init(frame: .zero) }
    public var image: UIImage? { get { fatalError() } set {} }
}

@MainActor
public final class UIWindow: UIView {
    public convenience init(windowScene: UIWindowScene) { self.init(frame: .zero) }
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
