@_exported import Foundation

open class XCTestCase: NSObject {
    public func add(_ attachment: XCTAttachment) {}
}

public final class XCTAttachment: NSObject {
    public enum Lifetime: Int { case keepAlways, deleteOnSuccess }
    public init(data payload: Data, uniformTypeIdentifier identifier: String) {}
    public var name: String? { get { fatalError() } set {} }
    public var lifetime: Lifetime { get { fatalError() } set {} }
}

public struct XCTSkip: Error {
    public init(_ message: @autoclosure () -> String? = nil) {}
}

public func XCTAssertTrue(
    _ expression: @autoclosure () throws -> Bool, _ message: @autoclosure () -> String = ""
) {}
public func XCTAssertFalse(
    _ expression: @autoclosure () throws -> Bool, _ message: @autoclosure () -> String = ""
) {}
public func XCTFail(_ message: String = "") {}
