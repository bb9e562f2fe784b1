import Foundation
import PoseBenchCore
import XCTest

extension XCTestCase {
    /// Measure every place of the plan, and keep each result before the next one begins.
    ///
    /// What an earlier try of the same run measured is kept again and not measured again: a run
    /// that broke off goes on.
    /// - Parameter everyRun: Else only the first run of each model and unit.
    func keepEach(
        _ kind: BenchmarkResult.Kind, everyRun: Bool = false,
        _ measure: (TestRun.Session, Place) async throws -> BenchmarkResult
    ) async throws {
        let session = try TestRun.shared.begin()
        let places = session.plan.places.filter { everyRun || $0.runIndex == 0 }
        for (index, place) in places.enumerated() {
            let count = "\(index + 1) of \(places.count)"
            if let earlier = session.store.earlier(than: session.bench.blank(kind, place)) {
                say("\(count), measured before: \(earlier.line)")
                try attach(earlier)
                continue
            }
            let result = try await measure(session, place)
            say("\(count), \(result.line)")
            try session.store.keep(result)
            try attach(result)
        }
    }

    /// Keep a result as an attachment, which is deleted on success unless told otherwise; the app's
    /// Documents, from which the Finder copies, hold it too.
    private func attach(_ result: BenchmarkResult) throws {
        let attachment = XCTAttachment(
            data: try result.json(), uniformTypeIdentifier: "public.json")
        attachment.name = result.fileName
        attachment.lifetime = .keepAlways
        add(attachment)
    }
}
