import UIKit

/// Shows the camera; while tests run it shows nothing and leaves the phone to them.
///
/// An app built with the iOS 27 SDK must have a scene, or it ends as it starts (Apple, TN3187).
final class SceneDelegate: UIResponder, UIWindowSceneDelegate {
    var window: UIWindow?

    func scene(
        _ scene: UIScene, willConnectTo session: UISceneSession,
        options connectionOptions: UIScene.ConnectionOptions
    ) {
        guard let scene = scene as? UIWindowScene else { return }
        let isTesting = ProcessInfo.processInfo.environment["XCTestConfigurationFilePath"] != nil
        let window = UIWindow(windowScene: scene)
        window.rootViewController = isTesting ? UIViewController() : CameraViewController()
        window.makeKeyAndVisible()
        self.window = window
    }
}
