import XCTest

@testable import PoseBenchCore

final class PixelFillTests: XCTestCase {
    private func filled(_ rgb: [UInt8], width: Int, height: Int, bytesPerRow: Int) throws -> [UInt8]
    {
        var target = [UInt8](repeating: 9, count: bytesPerRow * height)
        try target.withUnsafeMutableBytes {
            try fillBGRA($0, bytesPerRow: bytesPerRow, rgb: rgb, width: width, height: height)
        }
        return target
    }

    func testColoursAreTurnedAroundAndPaddingIsLeftAlone() throws {
        let found = try filled([1, 2, 3, 4, 5, 6], width: 1, height: 2, bytesPerRow: 6)
        XCTAssertEqual(found, [3, 2, 1, 255, 9, 9, 6, 5, 4, 255, 9, 9])
    }

    func testWhatDoesNotFitIsRefused() {
        XCTAssertThrowsError(try filled([1, 2, 3], width: 1, height: 2, bytesPerRow: 8))
        XCTAssertThrowsError(try filled([1, 2, 3], width: 1, height: 1, bytesPerRow: 3))
        XCTAssertThrowsError(try filled([], width: 0, height: 0, bytesPerRow: 4))
    }

    func testAQuarterTurnShowsDepthAsWidth() {
        var table = Turntable(width: 200, height: 200)
        XCTAssertEqual(table.seen([30, 40, 50]).x, 30)
        table.angle = .pi / 2
        XCTAssertEqual(table.seen([30, 40, 50]).x, 150, accuracy: 1e-9)
        XCTAssertEqual(table.seen([30, 40, 50]).y, 40)
        XCTAssertEqual(table.seen([30, 40]).x, 100, accuracy: 1e-9)
    }
}
