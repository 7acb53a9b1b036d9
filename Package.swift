// swift-tools-version: 6.1
import PackageDescription

// Rooms in the order in which they may import one another: each lists only rooms that stand before it.
// `Tests/ArchitectureTests` holds every file's imports against the same table.

let strict: [SwiftSetting] = [.enableUpcomingFeature("InternalImportsByDefault")]

func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
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
    .library(
      name: "CarbonCLIPKit",
      targets: [
        "Files", "Compute", "ModelShapes", "Tensors", "Layers", "Weights", "Images", "Tokenization", "CLIP",
        "ImageText", "Evaluation", "Units", "CarbonFootprint", "Accelerators", "Assessment", "Reproduction",
        "Recipes", "Training", "Pruning", "Quantization", "ONNX", "Parity", "Reports",
      ]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  ],
  targets: [
    // System libraries and C.
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(
      name: "CImageCodecs",
      linkerSettings: [.linkedLibrary("jpeg"), .linkedLibrary("png16"), .linkedLibrary("webp")]),
    .target(name: "VectorKernels"),
    // What must be in place before the program proper; for the command line alone.
    .target(name: "CStartup"),

    // Ground floor: knows no model.
    room("Units"),
    room("Files", ["CZlib"]),
    room("Recipes", ["Files", .product(name: "Yams", package: "Yams")]),
    room("Compute", ["COpenBLAS", "VectorKernels"]),
    room("ModelShapes", ["Files"]),
    room("Optimization", ["Files", "Compute"]),
    room("Studies", ["Files", .product(name: "GRDB", package: "GRDB.swift")]),

    // Hardware wing: knows no tensor.
    room("CarbonFootprint", ["Units", "Files", "Recipes", "Compute"]),
    room("Accelerators", ["Units", "Files", "Recipes", "Compute", "ModelShapes"]),
    room(
      "Assessment", ["Units", "Files", "Recipes", "Compute", "ModelShapes", "CarbonFootprint", "Accelerators"]),
    room(
      "Reproduction", ["Units", "Files", "Compute", "ModelShapes", "CarbonFootprint", "Accelerators", "Assessment"]),

    // Model wing.
    room("Tensors", ["Compute", "VectorKernels"]),
    room("Layers", ["Tensors", "Compute", "VectorKernels"]),
    room("Weights", ["Files", "ModelShapes", "Tensors", "Layers", "VectorKernels"]),
    room("Images", ["Files", "CImageCodecs", "VectorKernels"]),
    room("Tokenization", ["Files"]),
    room("CLIP", ["Compute", "ModelShapes", "Tensors", "Layers"]),
    room("ImageText", ["Files", "Compute", "Images"]),
    room(
      "Evaluation",
      ["Files", "Compute", "ModelShapes", "Tensors", "Weights", "Images", "Tokenization", "CLIP", "ImageText"]),

    room(
      "Training",
      [
        "Units", "Files", "Recipes", "Compute", "CarbonFootprint", "ModelShapes", "Tensors", "Layers", "Weights",
        "Images",
        "Tokenization", "CLIP", "ImageText", "Evaluation", "VectorKernels",
      ]),

    room(
      "Parity",
      [
        "Files", "Compute", "ModelShapes", "Tensors", "Weights", "Images", "Tokenization", "CLIP", "Layers",
        "Evaluation",
        "Training",
      ]),

    room(
      "Pruning",
      [
        "Files", "Compute", "ModelShapes", "Tensors", "Layers", "Weights", "Images", "Tokenization", "CLIP",
        "ImageText",
        "Evaluation", "Training",
      ]),

    room("Quantization", ["Files", "Compute", "ModelShapes", "Tensors", "Layers", "CLIP", "VectorKernels"]),

    room("ONNX", ["Files", "ModelShapes", "Tensors", "Layers", "Tokenization", "CLIP", "Quantization"]),

    room(
      "Search",
      [
        "Units", "Files", "Recipes", "Compute", "ModelShapes", "CarbonFootprint", "Accelerators", "Assessment",
        "Optimization", "Studies", "Tensors", "Images", "ImageText", "Evaluation", "Training", "Pruning",
        "Quantization",
      ]),

    room(
      "Family",
      [
        "Units", "Files", "Recipes", "Compute", "ModelShapes", "CarbonFootprint", "Accelerators", "Assessment",
        "Evaluation", "Studies", "Search",
      ]),

    // Roof.
    room("Reports", ["Units", "Files"]),
    .executableTarget(
      name: "carbonclip",
      dependencies: [
        "Files", "Compute", "ModelShapes", "Tensors", "Weights", "Images", "Tokenization", "ImageText", "Evaluation",
        "Units", "CarbonFootprint", "Recipes", "Training", "Pruning", "Parity", "Reports", "Accelerators",
        "Assessment", "Reproduction", "Studies", "Quantization", "ONNX", "Search", "Family", "CStartup",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "Benchmarks",
      dependencies: [
        "Files", "Compute", "ModelShapes", "Tensors", "Layers", "Weights", "Images", "Tokenization", "CLIP",
        "ImageText", "Evaluation", "Training", "Pruning", "Recipes", "Search", "Optimization", "Accelerators",
        "Assessment", "CarbonFootprint",
      ],
      path: "Benchmarks",
      exclude: ["README.md", "peers", "results"],
      swiftSettings: strict),
    .executableTarget(
      name: "Fuzz",
      dependencies: [
        "Files", "Recipes", "ModelShapes", "Tensors", "Weights", "Images", "Tokenization", "ImageText", "Evaluation",
        "CarbonFootprint", "Accelerators", "Assessment", "Reproduction", "Training", "Pruning", "Studies", "Search",
        "Family", "Reports", "carbonclip",
      ],
      path: "Fuzz",
      swiftSettings: strict),

    // Tests mirror the rooms.
    .target(name: "KernelClones", dependencies: ["VectorKernels"], path: "Tests/KernelClones", exclude: ["clone.inc"]),
    tests("VectorKernelsTests", ["KernelClones", "VectorKernels"]),
    tests("FilesTests", ["Files"]),
    tests("RecipesTests", ["Recipes", "Files"]),
    tests("CarbonFootprintTests", ["CarbonFootprint", "Units", "Files", "Recipes"]),
    tests("AcceleratorsTests", ["Accelerators", "Units", "Files", "Recipes", "Compute", "ModelShapes"]),
    tests(
      "AssessmentTests",
      ["Assessment", "Accelerators", "CarbonFootprint", "Units", "Files", "Recipes", "Compute", "ModelShapes"]),
    tests(
      "ReproductionTests",
      ["Reproduction", "Assessment", "Accelerators", "CarbonFootprint", "Units", "Files", "Compute", "ModelShapes"]),
    tests(
      "TrainingTests",
      [
        "Training", "Units", "Files", "Recipes", "Compute", "CarbonFootprint", "ModelShapes", "Tensors", "Layers",
        "Weights", "Images",
        "Tokenization", "CLIP", "ImageText", "Evaluation",
      ]),
    tests(
      "PruningTests",
      [
        "Pruning", "Training", "Files", "Compute", "ModelShapes", "Tensors", "Layers", "Weights", "CLIP", "ImageText",
        "Evaluation", "Tokenization", "Reports",
      ]),
    tests("OptimizationTests", ["Optimization", "Files", "Compute"]),
    tests("StudiesTests", ["Studies", "Files"]),
    tests(
      "QuantizationTests",
      [
        "Quantization", "Files", "Compute", "ModelShapes", "Tensors", "Layers", "Weights", "Images", "CLIP",
        "ImageText",
        "Evaluation", "Tokenization",
      ]),
    tests(
      "ONNXTests",
      [
        "ONNX", "Quantization", "Files", "Compute", "ModelShapes", "Tensors", "Layers", "Weights", "CLIP",
        "Tokenization",
      ]),
    tests(
      "SearchTests",
      [
        "Search", "Units", "Files", "Recipes", "Compute", "ModelShapes", "CarbonFootprint", "Accelerators",
        "Assessment", "Optimization", "Studies", "Tensors", "Weights", "CLIP", "Tokenization", "Training",
        "ImageText",
      ]),
    tests(
      "FamilyTests",
      [
        "Family", "Search", "Files", "Recipes", "Compute", "ModelShapes", "CarbonFootprint", "Accelerators",
        "Assessment",
        "Evaluation", "Studies", "Units", "Training", "ImageText",
      ]),
    tests("ParityTests", ["Parity", "Files", "Compute"]),
    tests("ReportsTests", ["Reports", "Units", "Files"]),
    tests("ComputeTests", ["Compute"]),
    tests("ModelShapesTests", ["ModelShapes", "Files"]),
    tests("TensorsTests", ["Tensors", "Compute", "Weights", "Files"]),
    tests("WeightsTests", ["Weights", "Files", "Tensors", "ModelShapes"]),
    tests("ImagesTests", ["Images", "Files", "Weights", "Tensors", "Compute"]),
    tests("TokenizationTests", ["Tokenization", "Files"]),
    tests("CLIPTests", ["CLIP", "Files", "Compute", "ModelShapes", "Tensors", "Layers", "Weights"]),
    tests("ImageTextTests", ["ImageText", "Files", "Images", "Compute", "Tokenization"]),
    tests(
      "EvaluationTests",
      ["Evaluation", "Parity", "Files", "Compute", "CLIP", "ModelShapes", "Weights", "Tensors", "ImageText", "Images"]),
    tests(
      "CommandLineTests",
      ["carbonclip", "Files", "Images", "Weights", "Tensors", "CLIP", "Compute", "ModelShapes", "Tokenization"]),
    tests("ArchitectureTests", []),
  ],
  swiftLanguageModes: [.v6]
)
