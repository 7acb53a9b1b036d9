// swift-tools-version: 6.1
import PackageDescription

// A package of its own, as a user would write it: it knows the toolkit by its path alone.
let package = Package(
  name: "Examples",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "CarbonCLIP", path: "..")],
  targets: [
    .executableTarget(name: "Toolkit", dependencies: [.product(name: "CarbonCLIPKit", package: "CarbonCLIP")])
  ]
)
