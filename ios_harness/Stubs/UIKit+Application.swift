// The second file of the stub UIKit: the app, its scenes and their delegates.

@MainActor
public final class UIApplication: UIResponder {
    public struct LaunchOptionsKey: Hashable, Sendable {}
    public var isIdleTimerDisabled: Bool { get { fatalError() } set {} }
    nonisolated public static let didEnterBackgroundNotification = Notification.Name("")
    nonisolated public static let didReceiveMemoryWarningNotification = Notification.Name("")
}

@MainActor
public protocol UIApplicationDelegate: AnyObject {
    func application(
        _ application: UIApplication,
        didFinishLaunchingWithOptions launchOptions: [UIApplication.LaunchOptionsKey: Any]?
    ) -> Bool
    func application(
        _ application: UIApplication,
        configurationForConnecting connectingSceneSession: UISceneSession,
        options: UIScene.ConnectionOptions
    ) -> UISceneConfiguration
}
extension UIApplicationDelegate {
    nonisolated public static func main() {}
}

@MainActor
open class UIScene: UIResponder {
    @MainActor
    public final class ConnectionOptions: NSObject { nonisolated override init() {} }
}
@MainActor
public final class UIWindowScene: UIScene {}

@MainActor
public final class UISceneSession: NSObject {
    public struct Role: Hashable, Sendable {}
    nonisolated override init() {}
    public var role: Role { fatalError() }
}

@MainActor
public final class UISceneConfiguration: NSObject {
    public init(name: String?, sessionRole: UISceneSession.Role) {}
    public var delegateClass: AnyClass? { get { fatalError() } set {} }
}

@MainActor
public protocol UISceneDelegate: AnyObject {
    func scene(
        _ scene: UIScene, willConnectTo session: UISceneSession,
        options connectionOptions: UIScene.ConnectionOptions)
}
@MainActor
public protocol UIWindowSceneDelegate: UISceneDelegate {
    var window: UIWindow? { get set }
}
