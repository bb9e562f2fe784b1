// swift-tools-version: 5.9
import PackageDescription

let package = Package(
    name: "PoseLoader",
    platforms: [.iOS("16.0"), .macOS("13.0")],
    products: [.library(name: "PoseLoader", targets: ["PoseLoader"])],
    targets: [
        // Copied as they are: a package that Xcode compiled has another SHA-256.
        .target(name: "PoseLoader", resources: [.copy("PoseModels")]),
        .testTarget(name: "PoseLoaderTests", dependencies: ["PoseLoader"]),
    ]
)
