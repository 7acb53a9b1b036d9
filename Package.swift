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
  "CheckpointsTests": ["Fixtures"],
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
    .systemLibrary(
      name: "CCLIPOpenBLAS", path: folder("CCLIPOpenBLAS"), pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CCLIPZlib", path: folder("CCLIPZlib"), pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(
      name: "CCLIPImageCodecs", path: folder("CCLIPImageCodecs"),
      linkerSettings: [.linkedLibrary("jpeg"), .linkedLibrary("png16"), .linkedLibrary("webp")]),
    // Grids, fabs, designs, scenarios and vocabularies, inside every program.
    .target(
      name: "CCLIPData", path: "data",
      exclude: [
        "README.md", "accelerators", "carbon", "paper", "photographs", "scenarios", "search", "python", "technology",
        "vocabularies",
      ], sources: ["embedded.c"]),
    .target(name: "CCLIPVectorKernels", path: folder("CCLIPVectorKernels")),
    // MPI, found at run time: nothing is linked.
    .target(
      name: "CCLIPMPI", path: folder("CCLIPMPI"), linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
    // What must be in place before the program proper; for the command line alone.
    .target(name: "CCLIPStartup", path: folder("CCLIPStartup")),

    // Ground floor: knows no model.
    room("CLIPSystem"),
    room("CLIPUnits", ["CLIPSystem"]),
    room("CLIPFiles", ["CCLIPZlib", "CCLIPData", "CLIPSystem"]),
    room("CLIPRanks", ["CCLIPMPI", "CLIPSystem", "CLIPFiles"]),
    room("CLIPRecipes", ["CLIPFiles", .product(name: "Yams", package: "Yams")]),
    room("CLIPCompute", ["CCLIPOpenBLAS", "CCLIPVectorKernels", "CLIPSystem"]),
    room("CLIPModelShapes", ["CLIPFiles"]),
    room("CLIPOptimization", ["CLIPSystem", "CLIPFiles", "CLIPCompute"]),
    room("CLIPStudies", ["CLIPSystem", "CLIPFiles", .product(name: "GRDB", package: "GRDB.swift")]),

    // Hardware wing: knows no tensor.
    room(
      "CLIPCarbonFootprint", ["CLIPSystem", "CLIPUnits", "CLIPFiles", "CLIPRecipes", "CLIPCompute", "CLIPModelShapes"]),
    room(
      "CLIPAccelerators", ["CLIPSystem", "CLIPUnits", "CLIPFiles", "CLIPRecipes", "CLIPCompute", "CLIPModelShapes"]),
    room(
      "CLIPAssessment",
      [
        "CLIPSystem", "CLIPUnits", "CLIPFiles", "CLIPRecipes", "CLIPCompute", "CLIPModelShapes", "CLIPOptimization",
        "CLIPCarbonFootprint", "CLIPAccelerators",
      ]),
    room(
      "CLIPReproduction",
      [
        "CLIPUnits", "CLIPFiles", "CLIPCompute", "CLIPModelShapes", "CLIPCarbonFootprint", "CLIPAccelerators",
        "CLIPAssessment",
      ]),

    // Model wing.
    room("CLIPTensors", ["CCLIPVectorKernels", "CLIPSystem", "CLIPCompute"]),
    room("CLIPLayers", ["CLIPSystem", "CLIPCompute", "CLIPModelShapes", "CLIPTensors"]),
    room(
      "CLIPWeights",
      [
        "CCLIPVectorKernels", "CLIPSystem", "CLIPFiles", "CLIPModelShapes", "CLIPTensors", "CLIPLayers",
      ]),
    room("CLIPImages", ["CCLIPImageCodecs", "CCLIPVectorKernels", "CLIPSystem", "CLIPFiles"]),
    room("CLIPTokenization", ["CLIPFiles"]),
    room("CLIPModels", ["CLIPCompute", "CLIPModelShapes", "CLIPTensors", "CLIPLayers"]),
    room("CLIPScenes", ["CLIPFiles", "CLIPCompute", "CLIPImages"]),
    room("CLIPImageText", ["CLIPSystem", "CLIPFiles", "CLIPCompute", "CLIPImages", "CLIPScenes"]),
    room(
      "CLIPCheckpoints",
      [
        "CLIPFiles", "CLIPCompute", "CLIPModelShapes", "CLIPTensors", "CLIPLayers", "CLIPWeights", "CLIPImages",
        "CLIPTokenization", "CLIPModels",
      ]),
    room(
      "CLIPEvaluation",
      [
        "CLIPUnits", "CLIPFiles", "CLIPRanks", "CLIPCompute", "CLIPModelShapes", "CLIPTensors", "CLIPWeights",
        "CLIPImages", "CLIPTokenization", "CLIPModels", "CLIPImageText", "CLIPCheckpoints",
      ]),

    room(
      "CLIPQuantization",
      [
        "CCLIPVectorKernels", "CLIPFiles", "CLIPCompute", "CLIPModelShapes", "CLIPTensors", "CLIPLayers", "CLIPModels",
      ]),

    room(
      "CLIPDevices",
      [
        "CLIPUnits", "CLIPFiles", "CLIPCompute", "CLIPModelShapes", "CLIPCarbonFootprint", "CLIPTensors", "CLIPModels",
        "CLIPCheckpoints", "CLIPQuantization",
      ]),

    room(
      "CLIPTraining",
      [
        "CCLIPVectorKernels", "CLIPSystem", "CLIPUnits", "CLIPFiles", "CLIPRanks", "CLIPRecipes", "CLIPCompute",
        "CLIPModelShapes", "CLIPCarbonFootprint", "CLIPTensors", "CLIPLayers", "CLIPWeights", "CLIPImages",
        "CLIPTokenization", "CLIPModels", "CLIPImageText", "CLIPCheckpoints", "CLIPEvaluation", "CLIPQuantization",
      ]),

    room(
      "CLIPParity",
      [
        "CLIPFiles", "CLIPCompute", "CLIPModelShapes", "CLIPTensors", "CLIPLayers", "CLIPWeights", "CLIPImages",
        "CLIPTokenization", "CLIPModels", "CLIPEvaluation", "CLIPTraining",
      ]),

    room(
      "CLIPPruning",
      [
        "CLIPSystem", "CLIPUnits", "CLIPFiles", "CLIPRanks", "CLIPCompute", "CLIPModelShapes", "CLIPTensors",
        "CLIPLayers", "CLIPWeights", "CLIPImages", "CLIPTokenization", "CLIPModels", "CLIPImageText",
        "CLIPCheckpoints", "CLIPEvaluation", "CLIPTraining",
      ]),

    room(
      "CLIPONNX",
      [
        "CLIPFiles", "CLIPModelShapes", "CLIPTensors", "CLIPLayers", "CLIPTokenization", "CLIPModels",
        "CLIPQuantization",
      ]),

    room(
      "CLIPSearch",
      [
        "CLIPSystem", "CLIPUnits", "CLIPFiles", "CLIPRanks", "CLIPRecipes", "CLIPCompute", "CLIPModelShapes",
        "CLIPOptimization", "CLIPStudies", "CLIPCarbonFootprint", "CLIPAccelerators", "CLIPAssessment", "CLIPTensors",
        "CLIPWeights", "CLIPImages", "CLIPImageText", "CLIPCheckpoints", "CLIPEvaluation", "CLIPQuantization",
        "CLIPTraining", "CLIPPruning",
      ]),

    room(
      "CLIPFamily",
      [
        "CLIPSystem", "CLIPUnits", "CLIPFiles", "CLIPRanks", "CLIPRecipes", "CLIPCompute", "CLIPModelShapes",
        "CLIPOptimization", "CLIPStudies", "CLIPCarbonFootprint", "CLIPAccelerators", "CLIPAssessment", "CLIPWeights",
        "CLIPImageText", "CLIPCheckpoints", "CLIPEvaluation", "CLIPSearch",
      ]),

    // Roof.
    room(
      "CLIPReports",
      [
        "CLIPSystem", "CLIPUnits", "CLIPFiles", "CLIPCarbonFootprint", "CLIPAssessment", "CLIPPruning", "CLIPSearch",
      ]),
    room(
      "CarbonCLIPKit",
      [
        "CLIPUnits", "CLIPFiles", "CLIPRanks", "CLIPRecipes", "CLIPCompute", "CLIPModelShapes", "CLIPOptimization",
        "CLIPStudies", "CLIPCarbonFootprint", "CLIPAccelerators", "CLIPAssessment", "CLIPTensors", "CLIPLayers",
        "CLIPWeights", "CLIPImages", "CLIPTokenization", "CLIPModels", "CLIPScenes", "CLIPImageText", "CLIPCheckpoints",
        "CLIPEvaluation", "CLIPQuantization", "CLIPDevices", "CLIPTraining", "CLIPPruning", "CLIPONNX", "CLIPSearch",
        "CLIPReports",
      ]),
    .executableTarget(
      name: "carbonclip",
      dependencies: [
        "CCLIPStartup", "CLIPSystem", "CLIPUnits", "CLIPFiles", "CLIPRanks", "CLIPRecipes", "CLIPCompute",
        "CLIPModelShapes", "CLIPOptimization", "CLIPStudies", "CLIPCarbonFootprint", "CLIPAccelerators",
        "CLIPAssessment", "CLIPReproduction", "CLIPTensors", "CLIPWeights", "CLIPImages", "CLIPTokenization",
        "CLIPModels", "CLIPScenes", "CLIPImageText", "CLIPCheckpoints", "CLIPEvaluation", "CLIPQuantization",
        "CLIPDevices", "CLIPTraining", "CLIPParity", "CLIPPruning", "CLIPONNX", "CLIPSearch", "CLIPFamily",
        "CLIPReports", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "CLIPBenchmarks",
      dependencies: [
        "CLIPUnits", "CLIPFiles", "CLIPRecipes", "CLIPCompute", "CLIPModelShapes", "CLIPOptimization",
        "CLIPCarbonFootprint", "CLIPAccelerators", "CLIPAssessment", "CLIPReproduction", "CLIPTensors", "CLIPWeights",
        "CLIPImages", "CLIPTokenization", "CLIPModels", "CLIPScenes", "CLIPImageText", "CLIPCheckpoints",
        "CLIPEvaluation", "CLIPQuantization", "CLIPTraining", "CLIPPruning", "CLIPONNX", "CLIPSearch",
        "CLIPTestProblems",
      ],
      path: "Benchmarks",
      exclude: [
        "README.md", "peers", "results", "bfloat16.sh", "masks.sh", "ranks.sh", "ranks-prune.sh", "slurm-kills.sh",
        "study-candidates.py",
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "CLIPFuzz",
      dependencies: [
        "CLIPSystem", "CLIPFiles", "CLIPRecipes", "CLIPModelShapes", "CLIPStudies", "CLIPCarbonFootprint",
        "CLIPAccelerators", "CLIPAssessment", "CLIPReproduction", "CLIPTensors", "CLIPWeights", "CLIPImages",
        "CLIPTokenization", "CLIPImageText", "CLIPEvaluation", "CLIPTraining", "CLIPPruning", "CLIPSearch",
        "CLIPFamily", "CLIPReports",
      ],
      path: "Fuzz",
      swiftSettings: strict),

    // Tests mirror the rooms.
    .target(
      name: "CCLIPKernelClones", dependencies: ["CCLIPVectorKernels"], path: "Tests/KernelClones",
      exclude: ["clone.inc"]),
    tests("VectorKernelsTests", ["CCLIPKernelClones"]),
    tests("UnitsTests", ["CLIPUnits"]),
    tests("FilesTests", ["CLIPFiles", "CLIPTestSupport"]),
    tests("RecipesTests", ["CLIPFiles", "CLIPRecipes", "CLIPTestSupport"]),
    tests(
      "CarbonFootprintTests",
      [
        "CLIPSystem", "CLIPUnits", "CLIPFiles", "CLIPRecipes", "CLIPModelShapes", "CLIPCarbonFootprint",
        "CLIPTestSupport",
      ]),
    tests(
      "AcceleratorsTests",
      [
        "CLIPUnits", "CLIPFiles", "CLIPRecipes", "CLIPCompute", "CLIPModelShapes", "CLIPAccelerators",
        "CLIPTestSupport",
      ]),
    tests(
      "AssessmentTests",
      [
        "CLIPUnits", "CLIPFiles", "CLIPRecipes", "CLIPCompute", "CLIPModelShapes", "CLIPCarbonFootprint",
        "CLIPAccelerators", "CLIPAssessment",
      ]),
    tests(
      "ReproductionTests",
      [
        "CLIPUnits", "CLIPFiles", "CLIPModelShapes", "CLIPCarbonFootprint", "CLIPAccelerators", "CLIPAssessment",
        "CLIPReproduction",
      ]),
    tests(
      "TrainingTests",
      [
        "CLIPSystem", "CLIPUnits", "CLIPFiles", "CLIPRanks", "CLIPRecipes", "CLIPCompute", "CLIPModelShapes",
        "CLIPCarbonFootprint", "CLIPTensors", "CLIPWeights", "CLIPImages", "CLIPTokenization", "CLIPModels",
        "CLIPScenes", "CLIPImageText", "CLIPCheckpoints", "CLIPEvaluation", "CLIPTraining", "CLIPTestRanks",
      ]),
    tests(
      "PruningTests",
      [
        "CLIPFiles", "CLIPRanks", "CLIPCompute", "CLIPModelShapes", "CLIPTensors", "CLIPLayers", "CLIPWeights",
        "CLIPTokenization", "CLIPModels", "CLIPImages", "CLIPImageText", "CLIPCheckpoints", "CLIPEvaluation",
        "CLIPTraining", "CLIPPruning", "CLIPReports", "CLIPTestRanks",
      ]),
    // Scratch folders, seeded numbers, messages of errors.
    .target(name: "CLIPTestSupport", dependencies: ["CLIPFiles"], path: "Tests/Support/Scratch", swiftSettings: strict),
    // Ranks that are threads of one process.
    .target(name: "CLIPTestRanks", dependencies: ["CLIPRanks"], path: "Tests/Support/Ranks", swiftSettings: strict),
    // Problems with known answers, on which strategies are compared; for tests and benchmarks.
    .target(
      name: "CLIPTestProblems", dependencies: ["CLIPSystem", "CLIPOptimization", "CLIPFiles", "CLIPCompute"],
      path: "Tests/Support/Problems", swiftSettings: strict),
    tests(
      "OptimizationTests", ["CLIPFiles", "CLIPCompute", "CLIPOptimization", "CLIPTestSupport", "CLIPTestProblems"]),
    tests("StudiesTests", ["CLIPSystem", "CLIPFiles", "CLIPStudies"]),
    tests(
      "QuantizationTests",
      [
        "CLIPFiles", "CLIPCompute", "CLIPModelShapes", "CLIPTensors", "CLIPLayers", "CLIPWeights", "CLIPModels",
        "CLIPQuantization",
      ]),
    tests(
      "DevicesTests",
      [
        "CLIPUnits", "CLIPFiles", "CLIPCompute", "CLIPModelShapes", "CLIPDevices", "CLIPTestSupport",
      ]),
    tests(
      "ONNXTests",
      [
        "CLIPFiles", "CLIPCompute", "CLIPModelShapes", "CLIPTensors", "CLIPLayers", "CLIPTokenization", "CLIPModels",
        "CLIPQuantization", "CLIPONNX",
      ]),
    tests(
      "SearchTests",
      [
        "CLIPSystem", "CLIPUnits", "CLIPFiles", "CLIPRecipes", "CLIPCompute", "CLIPModelShapes", "CLIPOptimization",
        "CLIPStudies", "CLIPCarbonFootprint", "CLIPAccelerators", "CLIPAssessment", "CLIPImages", "CLIPImageText",
        "CLIPCheckpoints", "CLIPEvaluation", "CLIPTraining", "CLIPPruning", "CLIPSearch",
      ]),
    tests(
      "FamilyTests",
      [
        "CLIPUnits", "CLIPFiles", "CLIPRecipes", "CLIPCompute", "CLIPModelShapes", "CLIPStudies",
        "CLIPCarbonFootprint", "CLIPAccelerators", "CLIPAssessment", "CLIPImageText", "CLIPTraining", "CLIPSearch",
        "CLIPFamily",
      ]),
    tests("ParityTests", ["CLIPFiles", "CLIPCompute", "CLIPParity"]),
    tests(
      "ReportsTests",
      [
        "CLIPUnits", "CLIPFiles", "CLIPCarbonFootprint", "CLIPAssessment", "CLIPSearch", "CLIPReports",
      ]),
    tests("ComputeTests", ["CCLIPVectorKernels", "CLIPSystem", "CLIPCompute"]),
    tests("ModelShapesTests", ["CLIPFiles", "CLIPModelShapes"]),
    tests("TensorsTests", ["CLIPFiles", "CLIPCompute", "CLIPTensors", "CLIPWeights"]),
    tests("LayersTests", ["CLIPCompute", "CLIPModelShapes", "CLIPTensors", "CLIPLayers"]),
    tests("WeightsTests", ["CLIPFiles", "CLIPModelShapes", "CLIPTensors", "CLIPWeights"]),
    tests("ImagesTests", ["CLIPFiles", "CLIPCompute", "CLIPImages"]),
    tests("TokenizationTests", ["CLIPFiles", "CLIPTokenization", "CLIPTestSupport"]),
    tests(
      "CLIPTests",
      [
        "CLIPFiles", "CLIPCompute", "CLIPModelShapes", "CLIPTensors", "CLIPLayers", "CLIPWeights", "CLIPModels",
      ]),
    tests("ScenesTests", ["CLIPFiles", "CLIPCompute", "CLIPImages", "CLIPScenes"]),
    tests(
      "ImageTextTests",
      [
        "CLIPFiles", "CLIPCompute", "CLIPImages", "CLIPScenes", "CLIPImageText", "CLIPTestSupport",
      ]),
    tests(
      "CheckpointsTests",
      [
        "CLIPFiles", "CLIPCompute", "CLIPModelShapes", "CLIPTensors", "CLIPImages", "CLIPModels", "CLIPCheckpoints",
      ]),
    tests(
      "EvaluationTests",
      [
        "CLIPFiles", "CLIPCompute", "CLIPModelShapes", "CLIPTensors", "CLIPWeights", "CLIPImages", "CLIPImageText",
        "CLIPCheckpoints", "CLIPEvaluation", "CLIPParity",
      ]),
    tests(
      "CommandLineTests",
      [
        "CLIPFiles", "CLIPCompute", "CLIPModelShapes", "CLIPTensors", "CLIPWeights", "CLIPImages", "CLIPTokenization",
        "CLIPModels", "carbonclip",
      ]),
    tests("ArchitectureTests", []),
  ],
  swiftLanguageModes: [.v6]
)
