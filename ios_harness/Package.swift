// swift-tools-version: 5.9
import PackageDescription

let package = Package(
    name: "PoseBench",
    platforms: [.iOS(.v16), .macOS(.v13)],
    products: [
        .library(name: "PoseBenchCore", targets: ["PoseBenchCore"])
    ],
    targets: [
        .target(name: "PoseBenchCore"),
        .target(name: "PoseBenchSimulation", dependencies: ["PoseBenchCore"]),
        .executableTarget(name: "posebench-simulate", dependencies: ["PoseBenchSimulation"]),
        .testTarget(
            name: "PoseBenchCoreTests",
            dependencies: ["PoseBenchCore", "PoseBenchSimulation"],
            resources: [.copy("Fixtures")]
        ),
    ]
)
