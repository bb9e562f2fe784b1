import Foundation
import PoseBenchCore
import XCTest

extension XCTestCase {
    /// Keep a result as an attachment, which is deleted on success unless told otherwise, and in
    /// the app's Documents, from which the Finder copies it.
    func keep(_ result: BenchmarkResult) throws {
        let json = try result.json()
        let attachment = XCTAttachment(data: json, uniformTypeIdentifier: "public.json")
        attachment.name = result.fileName
        attachment.lifetime = .keepAlways
        add(attachment)
        let documents = try FileManager.default.url(
            for: .documentDirectory, in: .userDomainMask, appropriateFor: nil, create: true)
        let folder = documents.appendingPathComponent(result.runID)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try json.write(to: folder.appendingPathComponent(result.fileName), options: .atomic)
    }
}
