import UIKit

/// Shows the camera; while tests run it shows nothing and leaves the phone to them.
@main
final class AppDelegate: UIResponder, UIApplicationDelegate {
    var window: UIWindow?

    func application(
        _ application: UIApplication,
        didFinishLaunchingWithOptions launchOptions: [UIApplication.LaunchOptionsKey: Any]?
    ) -> Bool {
        let isTesting = ProcessInfo.processInfo.environment["XCTestConfigurationFilePath"] != nil
        let window = UIWindow(frame: UIScreen.main.bounds)
        window.rootViewController = isTesting ? UIViewController() : CameraViewController()
        window.makeKeyAndVisible()
        self.window = window
        // A screen that goes dark suspends the app, and the run with it.
        application.isIdleTimerDisabled = true
        return true
    }
}
