import Foundation
import UIKit

/// Notices what spoils a run while it goes on: the app is not on the screen any more.
///
/// Unchecked: what is shared lies behind the lock.
final class Interruptions: @unchecked Sendable {
    private let lock = NSLock()
    private var happened: String?
    private var observers: [NSObjectProtocol] = []

    init() {
        let events = [
            UIApplication.didEnterBackgroundNotification:
                "the app left the screen: the phone was locked, or another app was opened",
            UIApplication.didReceiveMemoryWarningNotification: "the phone ran short of memory",
        ]
        observers = events.map { name, words in
            NotificationCenter.default.addObserver(forName: name, object: nil, queue: nil) {
                [weak self] _ in self?.note(words)
            }
        }
    }

    /// What happened since it was last asked; nil where nothing did.
    func take() -> String? {
        lock.lock()
        defer { lock.unlock() }
        defer { happened = nil }
        return happened
    }

    private func note(_ words: String) {
        lock.lock()
        happened = happened ?? words
        lock.unlock()
    }
}
