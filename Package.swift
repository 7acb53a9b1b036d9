// swift-tools-version: 6.1
import PackageDescription

// Rooms in the order in which they may import one another: each lists only rooms that stand before it.
// `Tests/ArchitectureTests` holds every file's imports against the same table.

let strict: [SwiftSetting] = [.enableUpcomingFeature("InternalImportsByDefault")]

/// A room lies in a folder of its plain name, `Sources/Files`; its target is `CLIPFiles`, because SwiftPM lets no two
/// packages of a build have targets of one name.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, path: folder(name), swiftSettings: strict)
}

func folder(_ target: String) -> String {
  let name =
    switch target {
    case "CLIPModels": "CLIP"
    case "CCLIPVectorKernels": "VectorKernels"
    case "CLIPReproduction", "CLIPFamily", "CLIPParity": "Experiments/\(target.dropFirst(4))"
    case _ where target.hasPrefix("CCLIP"): "C" + target.dropFirst(5)
    case _ where target.hasPrefix("CLIP"): String(target.dropFirst(4))
    default: target
    }
  return "Sources/\(name)"
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: name, dependencies: dependencies, exclude: excludedFixtures[name] ?? [], swiftSettings: strict)
}

/// Test files find their fixtures through `#filePath`, so nothing is copied into a bundle.
let excludedFixtures: [String: [String]] = [
  "ImagesTests": ["Fixtures"],
  "TokenizationTests": ["Fixtures"],
  "CLIPTests": ["Fixtures"],
  "WeightsTests": ["Fixtures"],
  "TensorsTests": ["Fixtures"],
  "EvaluationTests": ["Fixtures"],
  "TrainingTests": ["Fixtures"],
  "CarbonFootprintTests": ["Fixtures"],
  "AcceleratorsTests": ["Fixtures"],
  "ReportsTests": ["Fixtures"],
  "OptimizationTests": ["Fixtures"],
  "QuantizationTests": ["Fixtures"],
  "ModelShapesTests": ["Fixtures"],
]

let package = Package(
  name: "CarbonCLIP",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "carbonclip", targets: ["carbonclip"]),
    .executable(name: "Benchmarks", targets: ["CLIPBenchmarks"]),
    .executable(name: "Fuzz", targets: ["CLIPFuzz"]),
    // One module: `import CarbonCLIPKit`. The rooms come with it.
    .library(name: "CarbonCLIPKit", targets: ["CarbonCLIPKit"]),
    // The studies behind our own figures: the paper computed again, the family, the figures beside PyTorch's.
    .library(name: "CarbonCLIPExperiments", targets: ["CLIPReproduction", "CLIPFamily", "CLIPParity"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  ],
  targets: [
    // System libraries and C.
    .systemLibrary(name: "CCLIPOpenBLAS", path: folder("CCLIPOpenBLAS"), pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CCLIPZlib", path: folder("CCLIPZlib"), pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(
      name: "CCLIPImageCodecs", path: folder("CCLIPImageCodecs"),
      linkerSettings: [.linkedLibrary("jpeg"), .linkedLibrary("png16"), .linkedLibrary("webp")]),
    // Grids, fabs, designs, scenarios and vocabularies, inside every program.
    .target(
      name: "CCLIPData", path: "data",
      exclude: [
        "README.md", "accelerators", "carbon", "paper", "scenarios", "search", "technology", "vocabularies",
      ], sources: ["embedded.c"]),
    .target(name: "CCLIPVectorKernels", path: folder("CCLIPVectorKernels")),
    // What must be in place before the program proper; for the command line alone.
    .target(name: "CCLIPStartup", path: folder("CCLIPStartup")),

    // Ground floor: knows no model.
    room("CLIPUnits"),
    room("CLIPFiles", ["CCLIPData", "CCLIPZlib"]),
    room("CLIPRecipes", ["CLIPFiles", .product(name: "Yams", package: "Yams")]),
    room("CLIPCompute", ["CCLIPOpenBLAS", "CCLIPVectorKernels"]),
    room("CLIPModelShapes", ["CLIPFiles"]),
    room("CLIPOptimization", ["CLIPFiles", "CLIPCompute"]),
    room("CLIPStudies", ["CLIPFiles", .product(name: "GRDB", package: "GRDB.swift")]),

    // Hardware wing: knows no tensor.
    room("CLIPCarbonFootprint", ["CLIPUnits", "CLIPFiles", "CLIPRecipes", "CLIPCompute"]),
    room("CLIPAccelerators", ["CLIPUnits", "CLIPFiles", "CLIPRecipes", "CLIPCompute", "CLIPModelShapes"]),
    room(
      "CLIPAssessment",
      [
        "CLIPUnits", "CLIPFiles", "CLIPRecipes", "CLIPCompute", "CLIPModelShapes", "CLIPOptimization",
        "CLIPCarbonFootprint", "CLIPAccelerators",
      ]),
    room(
      "CLIPReproduction", ["CLIPUnits", "CLIPFiles", "CLIPCompute", "CLIPModelShapes", "CLIPCarbonFootprint", "CLIPAccelerators", "CLIPAssessment"]),

    // Model wing.
    room("CLIPTensors", ["CLIPCompute", "CCLIPVectorKernels"]),
    room("CLIPLayers", ["CLIPTensors", "CLIPCompute", "CCLIPVectorKernels"]),
    room("CLIPWeights", ["CLIPFiles", "CLIPModelShapes", "CLIPTensors", "CLIPLayers", "CCLIPVectorKernels"]),
    room("CLIPImages", ["CLIPFiles", "CCLIPImageCodecs", "CCLIPVectorKernels"]),
    room("CLIPTokenization", ["CLIPFiles"]),
    room("CLIPModels", ["CLIPCompute", "CLIPModelShapes", "CLIPTensors", "CLIPLayers"]),
    room("CLIPImageText", ["CLIPFiles", "CLIPCompute", "CLIPImages"]),
    room(
      "CLIPCheckpoints",
      ["CLIPFiles", "CLIPCompute", "CLIPModelShapes", "CLIPTensors", "CLIPWeights", "CLIPImages", "CLIPTokenization", "CLIPModels"]),
    room(
      "CLIPEvaluation",
      [
        "CLIPUnits", "CLIPFiles", "CLIPCompute", "CLIPTensors", "CLIPImages", "CLIPTokenization", "CLIPModels",
        "CLIPImageText", "CLIPCheckpoints",
      ]),

    room(
      "CLIPTraining",
      [
        "CLIPUnits", "CLIPFiles", "CLIPRecipes", "CLIPCompute", "CLIPCarbonFootprint", "CLIPModelShapes", "CLIPTensors", "CLIPLayers", "CLIPWeights",
        "CLIPImages",
        "CLIPTokenization", "CLIPModels", "CLIPImageText", "CLIPCheckpoints", "CLIPEvaluation", "CCLIPVectorKernels",
      ]),

    room(
      "CLIPParity",
      [
        "CLIPFiles", "CLIPCompute", "CLIPModelShapes", "CLIPTensors", "CLIPWeights", "CLIPImages", "CLIPTokenization", "CLIPModels", "CLIPLayers",
        "CLIPEvaluation",
        "CLIPTraining",
      ]),

    room(
      "CLIPPruning",
      [
        "CLIPUnits", "CLIPFiles", "CLIPCompute", "CLIPModelShapes", "CLIPTensors", "CLIPLayers", "CLIPWeights",
        "CLIPImages", "CLIPTokenization", "CLIPModels", "CLIPImageText", "CLIPCheckpoints", "CLIPEvaluation",
        "CLIPTraining",
      ]),

    room("CLIPQuantization", ["CLIPFiles", "CLIPCompute", "CLIPModelShapes", "CLIPTensors", "CLIPLayers", "CLIPModels", "CCLIPVectorKernels"]),

    room("CLIPONNX", ["CLIPFiles", "CLIPModelShapes", "CLIPTensors", "CLIPLayers", "CLIPTokenization", "CLIPModels", "CLIPQuantization"]),

    room(
      "CLIPSearch",
      [
        "CLIPUnits", "CLIPFiles", "CLIPRecipes", "CLIPCompute", "CLIPModelShapes", "CLIPOptimization", "CLIPStudies",
        "CLIPCarbonFootprint", "CLIPAccelerators", "CLIPAssessment", "CLIPTensors", "CLIPWeights", "CLIPImages",
        "CLIPImageText", "CLIPCheckpoints", "CLIPEvaluation", "CLIPTraining", "CLIPPruning", "CLIPQuantization",
      ]),

    room(
      "CLIPFamily",
      [
        "CLIPUnits", "CLIPFiles", "CLIPRecipes", "CLIPCompute", "CLIPModelShapes", "CLIPOptimization", "CLIPStudies",
        "CLIPCarbonFootprint", "CLIPAccelerators", "CLIPAssessment", "CLIPWeights", "CLIPCheckpoints",
        "CLIPEvaluation", "CLIPSearch",
      ]),

    // Roof.
    room(
      "CLIPReports",
      [
        "CLIPUnits", "CLIPFiles", "CLIPCarbonFootprint", "CLIPAssessment", "CLIPPruning", "CLIPSearch",
      ]),
    room(
      "CarbonCLIPKit",
      [
        "CLIPUnits", "CLIPFiles", "CLIPRecipes", "CLIPCompute", "CLIPModelShapes", "CLIPOptimization",
        "CLIPStudies", "CLIPCarbonFootprint", "CLIPAccelerators", "CLIPAssessment", "CLIPTensors", "CLIPLayers",
        "CLIPWeights", "CLIPImages", "CLIPTokenization", "CLIPModels", "CLIPImageText", "CLIPCheckpoints", "CLIPEvaluation",
        "CLIPTraining", "CLIPPruning", "CLIPQuantization", "CLIPONNX", "CLIPSearch", "CLIPReports",
      ]),
    .executableTarget(
      name: "carbonclip",
      dependencies: [
        "CLIPFiles", "CLIPCompute", "CLIPModelShapes", "CLIPTensors", "CLIPWeights", "CLIPImages", "CLIPTokenization", "CLIPImageText", "CLIPCheckpoints",
        "CLIPEvaluation",
        "CLIPUnits", "CLIPCarbonFootprint", "CLIPRecipes", "CLIPTraining", "CLIPPruning", "CLIPParity", "CLIPReports", "CLIPAccelerators",
        "CLIPAssessment", "CLIPReproduction", "CLIPStudies", "CLIPQuantization", "CLIPONNX", "CLIPSearch", "CLIPFamily", "CCLIPStartup",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "CLIPBenchmarks",
      dependencies: [
        "CLIPUnits", "CLIPFiles", "CLIPCompute", "CLIPModelShapes", "CLIPTensors", "CLIPLayers", "CLIPWeights", "CLIPImages", "CLIPTokenization", "CLIPModels",
        "CLIPImageText", "CLIPCheckpoints",
        "CLIPEvaluation", "CLIPTraining", "CLIPPruning", "CLIPRecipes", "CLIPSearch", "CLIPOptimization", "CLIPTestProblems", "CLIPAccelerators",
        "CLIPAssessment", "CLIPCarbonFootprint",
      ],
      path: "Benchmarks",
      exclude: ["README.md", "peers", "results"],
      swiftSettings: strict),
    .executableTarget(
      name: "CLIPFuzz",
      dependencies: [
        "CLIPFiles", "CLIPRecipes", "CLIPModelShapes", "CLIPTensors", "CLIPWeights", "CLIPImages", "CLIPTokenization", "CLIPImageText", "CLIPEvaluation",
        "CLIPCarbonFootprint", "CLIPAccelerators", "CLIPAssessment", "CLIPReproduction", "CLIPTraining", "CLIPPruning", "CLIPStudies", "CLIPSearch",
        "CLIPFamily", "CLIPReports", "carbonclip",
      ],
      path: "Fuzz",
      swiftSettings: strict),

    // Tests mirror the rooms.
    .target(name: "CCLIPKernelClones", dependencies: ["CCLIPVectorKernels"], path: "Tests/KernelClones", exclude: ["clone.inc"]),
    tests("VectorKernelsTests", ["CCLIPKernelClones", "CCLIPVectorKernels"]),
    tests("UnitsTests", ["CLIPUnits"]),
    tests("FilesTests", ["CLIPTestSupport", "CLIPFiles"]),
    tests("RecipesTests", ["CLIPTestSupport", "CLIPRecipes", "CLIPFiles"]),
    tests("CarbonFootprintTests", ["CLIPTestSupport", "CLIPCarbonFootprint", "CLIPUnits", "CLIPFiles", "CLIPRecipes"]),
    tests("AcceleratorsTests", ["CLIPTestSupport", "CLIPAccelerators", "CLIPUnits", "CLIPFiles", "CLIPRecipes", "CLIPCompute", "CLIPModelShapes"]),
    tests(
      "AssessmentTests",
      ["CLIPAssessment", "CLIPAccelerators", "CLIPCarbonFootprint", "CLIPUnits", "CLIPFiles", "CLIPRecipes", "CLIPCompute", "CLIPModelShapes"]),
    tests(
      "ReproductionTests",
      ["CLIPReproduction", "CLIPAssessment", "CLIPAccelerators", "CLIPCarbonFootprint", "CLIPUnits", "CLIPFiles", "CLIPCompute", "CLIPModelShapes"]),
    tests(
      "TrainingTests",
      [
        "CLIPTraining", "CLIPUnits", "CLIPFiles", "CLIPRecipes", "CLIPCompute", "CLIPCarbonFootprint", "CLIPModelShapes", "CLIPTensors", "CLIPLayers",
        "CLIPWeights", "CLIPImages",
        "CLIPTokenization", "CLIPModels", "CLIPImageText", "CLIPCheckpoints", "CLIPEvaluation",
      ]),
    tests(
      "PruningTests",
      [
        "CLIPPruning", "CLIPTraining", "CLIPFiles", "CLIPCompute", "CLIPModelShapes", "CLIPTensors", "CLIPLayers", "CLIPWeights", "CLIPModels", "CLIPImageText",
        "CLIPEvaluation", "CLIPTokenization", "CLIPReports",
      ]),
    // Scratch folders, seeded numbers, messages of errors.
    .target(name: "CLIPTestSupport", dependencies: ["CLIPFiles"], path: "Tests/Support/Scratch", swiftSettings: strict),
    // Problems with known answers, on which strategies are compared; for tests and benchmarks.
    .target(
      name: "CLIPTestProblems", dependencies: ["CLIPOptimization", "CLIPFiles", "CLIPCompute"],
      path: "Tests/Support/Problems", swiftSettings: strict),
    tests("OptimizationTests", ["CLIPTestSupport", "CLIPOptimization", "CLIPTestProblems", "CLIPFiles", "CLIPCompute"]),
    tests("StudiesTests", ["CLIPStudies", "CLIPFiles"]),
    tests(
      "QuantizationTests",
      [
        "CLIPQuantization", "CLIPFiles", "CLIPCompute", "CLIPModelShapes", "CLIPTensors", "CLIPLayers", "CLIPWeights", "CLIPImages", "CLIPModels",
        "CLIPImageText",
        "CLIPEvaluation", "CLIPTokenization",
      ]),
    tests(
      "ONNXTests",
      [
        "CLIPONNX", "CLIPQuantization", "CLIPFiles", "CLIPCompute", "CLIPModelShapes", "CLIPTensors", "CLIPLayers", "CLIPWeights", "CLIPModels",
        "CLIPTokenization",
      ]),
    tests(
      "SearchTests",
      [
        "CLIPSearch", "CLIPUnits", "CLIPFiles", "CLIPRecipes", "CLIPCompute", "CLIPModelShapes", "CLIPCarbonFootprint", "CLIPAccelerators",
        "CLIPAssessment", "CLIPOptimization", "CLIPStudies", "CLIPTensors", "CLIPWeights", "CLIPModels", "CLIPTokenization", "CLIPTraining",
        "CLIPImageText",
      ]),
    tests(
      "FamilyTests",
      [
        "CLIPFamily", "CLIPSearch", "CLIPFiles", "CLIPRecipes", "CLIPCompute", "CLIPModelShapes", "CLIPCarbonFootprint", "CLIPAccelerators",
        "CLIPAssessment",
        "CLIPEvaluation", "CLIPStudies", "CLIPUnits", "CLIPTraining", "CLIPImageText",
      ]),
    tests("ParityTests", ["CLIPParity", "CLIPFiles", "CLIPCompute"]),
    tests(
      "ReportsTests",
      ["CLIPReports", "CLIPUnits", "CLIPFiles", "CLIPCarbonFootprint", "CLIPAssessment", "CLIPSearch"]),
    tests("ComputeTests", ["CLIPCompute"]),
    tests("ModelShapesTests", ["CLIPModelShapes", "CLIPFiles"]),
    tests("TensorsTests", ["CLIPTensors", "CLIPCompute", "CLIPWeights", "CLIPFiles"]),
    tests("WeightsTests", ["CLIPWeights", "CLIPFiles", "CLIPTensors", "CLIPModelShapes"]),
    tests("ImagesTests", ["CLIPImages", "CLIPFiles", "CLIPWeights", "CLIPTensors", "CLIPCompute"]),
    tests("TokenizationTests", ["CLIPTestSupport", "CLIPTokenization", "CLIPFiles"]),
    tests("CLIPTests", ["CLIPModels", "CLIPFiles", "CLIPCompute", "CLIPModelShapes", "CLIPTensors", "CLIPLayers", "CLIPWeights"]),
    tests("ImageTextTests", ["CLIPTestSupport", "CLIPImageText", "CLIPFiles", "CLIPImages", "CLIPCompute", "CLIPTokenization"]),
    tests("CheckpointsTests", ["CLIPCheckpoints", "CLIPCompute", "CLIPFiles", "CLIPImages", "CLIPTensors"]),
    tests(
      "EvaluationTests",
      ["CLIPEvaluation", "CLIPParity", "CLIPFiles", "CLIPCompute", "CLIPModels", "CLIPModelShapes", "CLIPWeights", "CLIPTensors", "CLIPImageText", "CLIPImages"]),
    tests(
      "CommandLineTests",
      ["carbonclip", "CLIPFiles", "CLIPImages", "CLIPWeights", "CLIPTensors", "CLIPModels", "CLIPCompute", "CLIPModelShapes", "CLIPTokenization"]),
    tests("ArchitectureTests", []),
  ],
  swiftLanguageModes: [.v6]
)
