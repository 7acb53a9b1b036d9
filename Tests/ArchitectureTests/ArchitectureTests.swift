import Foundation
import Testing

/// The walls of the house: who may import whom, and what may not stand in a library. The compiler refuses imports
/// upwards only as far as the manifest says; this holds every file against one table.
@Suite("Architecture")
struct ArchitectureTests {
  /// Each room with the rooms and outside modules that its files may import.
  static let allowed: [String: Set<String>] = [
    "CLIPSystem": [],
    "CLIPUnits": ["CLIPSystem"],
    "CLIPFiles": ["CCLIPZlib", "CCLIPData", "CLIPSystem"],
    "CLIPRanks": ["CCLIPMPI", "CLIPSystem", "CLIPFiles"],
    "CLIPRecipes": ["CLIPFiles", "Yams"],
    "CLIPCompute": ["CCLIPOpenBLAS", "CCLIPVectorKernels", "CLIPSystem"],
    "CLIPModelShapes": ["CLIPFiles"],
    "CLIPOptimization": ["CLIPSystem", "CLIPFiles", "CLIPCompute"],
    "CLIPStudies": ["CLIPSystem", "CLIPFiles", "GRDB"],
    "CLIPCarbonFootprint": ["CLIPSystem", "CLIPUnits", "CLIPFiles", "CLIPRecipes", "CLIPCompute", "CLIPModelShapes"],
    "CLIPAccelerators": ["CLIPSystem", "CLIPUnits", "CLIPFiles", "CLIPRecipes", "CLIPCompute", "CLIPModelShapes"],
    "CLIPAssessment": [
      "CLIPSystem", "CLIPUnits", "CLIPFiles", "CLIPRecipes", "CLIPCompute", "CLIPModelShapes", "CLIPOptimization",
      "CLIPCarbonFootprint", "CLIPAccelerators",
    ],
    "CLIPReproduction": [
      "CLIPUnits", "CLIPFiles", "CLIPCompute", "CLIPModelShapes", "CLIPCarbonFootprint", "CLIPAccelerators",
      "CLIPAssessment",
    ],
    "CLIPTensors": ["CCLIPVectorKernels", "CLIPSystem", "CLIPCompute"],
    "CLIPLayers": ["CLIPSystem", "CLIPCompute", "CLIPModelShapes", "CLIPTensors"],
    "CLIPWeights": [
      "CCLIPVectorKernels", "CLIPSystem", "CLIPFiles", "CLIPModelShapes", "CLIPTensors", "CLIPLayers",
    ],
    "CLIPImages": ["CCLIPImageCodecs", "CCLIPVectorKernels", "CLIPSystem", "CLIPFiles"],
    "CLIPTokenization": ["CLIPFiles"],
    "CLIPModels": ["CLIPCompute", "CLIPModelShapes", "CLIPTensors", "CLIPLayers"],
    "CLIPScenes": ["CLIPFiles", "CLIPCompute", "CLIPImages"],
    "CLIPImageText": ["CLIPSystem", "CLIPFiles", "CLIPCompute", "CLIPImages", "CLIPScenes"],
    "CLIPCheckpoints": [
      "CLIPFiles", "CLIPCompute", "CLIPModelShapes", "CLIPTensors", "CLIPLayers", "CLIPWeights", "CLIPImages",
      "CLIPTokenization", "CLIPModels",
    ],
    "CLIPEvaluation": [
      "CLIPUnits", "CLIPFiles", "CLIPRanks", "CLIPCompute", "CLIPModelShapes", "CLIPTensors", "CLIPWeights",
      "CLIPImages", "CLIPTokenization", "CLIPModels", "CLIPImageText", "CLIPCheckpoints",
    ],
    "CLIPQuantization": [
      "CCLIPVectorKernels", "CLIPFiles", "CLIPCompute", "CLIPModelShapes", "CLIPTensors", "CLIPLayers", "CLIPModels",
    ],
    "CLIPDevices": [
      "CLIPUnits", "CLIPFiles", "CLIPCompute", "CLIPModelShapes", "CLIPCarbonFootprint", "CLIPTensors", "CLIPModels",
      "CLIPCheckpoints", "CLIPQuantization",
    ],
    "CLIPTraining": [
      "CCLIPVectorKernels", "CLIPSystem", "CLIPUnits", "CLIPFiles", "CLIPRanks", "CLIPRecipes", "CLIPCompute",
      "CLIPModelShapes", "CLIPCarbonFootprint", "CLIPTensors", "CLIPLayers", "CLIPWeights", "CLIPImages",
      "CLIPTokenization", "CLIPModels", "CLIPImageText", "CLIPCheckpoints", "CLIPEvaluation", "CLIPQuantization",
    ],
    "CLIPParity": [
      "CLIPFiles", "CLIPCompute", "CLIPModelShapes", "CLIPTensors", "CLIPLayers", "CLIPWeights", "CLIPImages",
      "CLIPTokenization", "CLIPModels", "CLIPEvaluation", "CLIPTraining",
    ],
    "CLIPPruning": [
      "CLIPSystem", "CLIPUnits", "CLIPFiles", "CLIPRanks", "CLIPCompute", "CLIPModelShapes", "CLIPTensors",
      "CLIPLayers", "CLIPWeights", "CLIPImages", "CLIPTokenization", "CLIPModels", "CLIPImageText",
      "CLIPCheckpoints", "CLIPEvaluation", "CLIPTraining",
    ],
    "CLIPONNX": [
      "CLIPFiles", "CLIPModelShapes", "CLIPTensors", "CLIPLayers", "CLIPTokenization", "CLIPModels",
      "CLIPQuantization",
    ],
    "CLIPSearch": [
      "CLIPSystem", "CLIPUnits", "CLIPFiles", "CLIPRanks", "CLIPRecipes", "CLIPCompute", "CLIPModelShapes",
      "CLIPOptimization", "CLIPStudies", "CLIPCarbonFootprint", "CLIPAccelerators", "CLIPAssessment", "CLIPTensors",
      "CLIPWeights", "CLIPImages", "CLIPImageText", "CLIPCheckpoints", "CLIPEvaluation", "CLIPQuantization",
      "CLIPTraining", "CLIPPruning",
    ],
    "CLIPFamily": [
      "CLIPSystem", "CLIPUnits", "CLIPFiles", "CLIPRanks", "CLIPRecipes", "CLIPCompute", "CLIPModelShapes",
      "CLIPOptimization", "CLIPStudies", "CLIPCarbonFootprint", "CLIPAccelerators", "CLIPAssessment", "CLIPWeights",
      "CLIPImageText", "CLIPCheckpoints", "CLIPEvaluation", "CLIPSearch",
    ],
    "CLIPReports": [
      "CLIPSystem", "CLIPUnits", "CLIPFiles", "CLIPCarbonFootprint", "CLIPAssessment", "CLIPPruning", "CLIPSearch",
    ],
    "CarbonCLIPKit": [
      "CLIPUnits", "CLIPFiles", "CLIPRanks", "CLIPRecipes", "CLIPCompute", "CLIPModelShapes", "CLIPOptimization",
      "CLIPStudies", "CLIPCarbonFootprint", "CLIPAccelerators", "CLIPAssessment", "CLIPTensors", "CLIPLayers",
      "CLIPWeights", "CLIPImages", "CLIPTokenization", "CLIPModels", "CLIPScenes", "CLIPImageText", "CLIPCheckpoints",
      "CLIPEvaluation", "CLIPQuantization", "CLIPDevices", "CLIPTraining", "CLIPPruning", "CLIPONNX", "CLIPSearch",
      "CLIPReports",
    ],
    "carbonclip": [
      "CCLIPStartup", "CLIPSystem", "CLIPUnits", "CLIPFiles", "CLIPRanks", "CLIPRecipes", "CLIPCompute",
      "CLIPModelShapes", "CLIPOptimization", "CLIPStudies", "CLIPCarbonFootprint", "CLIPAccelerators",
      "CLIPAssessment", "CLIPReproduction", "CLIPTensors", "CLIPWeights", "CLIPImages", "CLIPTokenization",
      "CLIPModels", "CLIPScenes", "CLIPImageText", "CLIPCheckpoints", "CLIPEvaluation", "CLIPQuantization",
      "CLIPDevices", "CLIPTraining", "CLIPParity", "CLIPPruning", "CLIPONNX", "CLIPSearch", "CLIPFamily",
      "CLIPReports", "ArgumentParser",
    ],
  ]
  /// The standard library's own modules.
  static let everywhere: Set<String> = ["Synchronization"]
  /// The C libraries, for one room alone.
  static let platforms: Set<String> = ["Glibc", "Musl", "Darwin"]

  struct SourceFile: CustomTestStringConvertible {
    let room: String
    let path: String
    let lines: [String]
    var testDescription: String { path }
  }

  static let sources: [SourceFile] = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Sources").path
    let names = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
    return names.filter { $0.hasSuffix(".swift") }.sorted().compactMap { name in
      guard let text = try? String(contentsOfFile: "\(root)/\(name)", encoding: .utf8) else { return nil }
      return SourceFile(
        room: target(name), path: name,
        lines: text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
    }
  }()

  /// The target that a file under `Sources` is of: its folder's, or that of the folder within `Experiments`.
  private static func target(_ file: String) -> String {
    let folder = file.split(separator: "/").first { $0 != "Experiments" }.map(String.init) ?? ""
    return switch folder {
    case "CLIP": "CLIPModels"
    case "carbonclip", "CarbonCLIPKit": folder
    default: "CLIP\(folder)"
    }
  }

  /// The code of a line, without what stands in a comment.
  private static func code(_ line: String) -> String {
    guard let comment = line.range(of: "//") else { return line }
    return String(line[..<comment.lowerBound])
  }

  @Test("every room is in the table, and only rooms are")
  func rooms() {
    #expect(Set(Self.sources.map(\.room)) == Set(Self.allowed.keys))
    #expect(Self.sources.count > 80)
  }

  /// The modules that a line imports: none, or one.
  private static func imported(_ line: String) -> String? {
    let words = line.split(separator: " ").map(String.init)
    guard let keyword = words.firstIndex(of: "import"), keyword <= 2, words.count == keyword + 2,
      line == line.drop(while: { $0 == " " }) || line.hasPrefix("  import")
    else { return nil }
    return words[keyword + 1]
  }

  @Test("files import only rooms that stand before their own")
  func imports() {
    for file in Self.sources {
      for module in file.lines.compactMap(Self.imported) {
        let isAllowed =
          Self.everywhere.contains(module) || Self.allowed[file.room]?.contains(module) == true
          || file.room == "CLIPSystem" && Self.platforms.contains(module)
        #expect(isAllowed, "\(file.path) imports \(module)")
      }
    }
  }

  @Test("the table, the manifest and the imports say the same: nothing is declared that no file needs")
  func manifest() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(contentsOf: root.appendingPathComponent("Package.swift"), encoding: .utf8)
      .replacing(/\.product\(name: ("\w+"), package: "[^"]*"\)/) { $0.output.1 }
    var declared: [String: Set<String>] = [:]
    for match in text.matches(
      of: /(?:room\(|executableTarget\(\s*name:)\s*"(\w+)"(?:,\s*(?:dependencies:\s*)?\[([^\]]*)\])?/)
    {
      let names = (match.output.2 ?? "").matches(of: /"(\w+)"/).map { String($0.output.1) }
      declared[String(match.output.1)] = Set(names)
    }
    for (room, allowed) in Self.allowed {
      let files = Self.sources.filter { $0.room == room }
      let used = Set(files.flatMap { $0.lines.compactMap(Self.imported) }).subtracting(Self.everywhere)
        .subtracting(Self.platforms)
      #expect(allowed == used, "\(room): the table and the files' imports differ")
      #expect(declared[room] == used, "\(room): the manifest and the files' imports differ")
    }
  }

  @Test("libraries neither print, exit nor trap on what a user can cause")
  func traps() {
    let forbidden = ["try!", "as!", "print(", "exit(", "fatalError("]
    for file in Self.sources where file.room != "carbonclip" {
      for (number, line) in file.lines.enumerated() {
        let code = Self.code(line)
        for word in forbidden where code.contains(word) {
          // Running out of memory is the one fault that has no better end.
          let isMemory = file.path == "Compute/OutOfMemory.swift" && word == "exit("
          let isPartOfName = code.range(of: word).map { code[..<$0.lowerBound].last?.isLetter == true } ?? false
          #expect(isMemory || isPartOfName, "\(file.path):\(number + 1) uses \(word)")
        }
      }
    }
  }

  @Test("sgemm has one caller")
  func matrixProducts() {
    let callers = Self.sources.filter { $0.lines.contains { Self.code($0).contains("cblas_sgemm(") } }.map(\.path)
    #expect(callers == ["Compute/MatrixMultiply.swift"])
  }

  @Test("files can be read in one sitting")
  func length() {
    for file in Self.sources { #expect(file.lines.count <= 400, "\(file.path) has \(file.lines.count) lines") }
    for file in Self.sources {
      for (number, line) in file.lines.enumerated() {
        #expect(line.count <= 160, "\(file.path):\(number + 1) is \(line.count) characters long")
      }
    }
  }
}
