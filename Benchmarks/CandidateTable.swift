import CLIPCompute
import CLIPFiles
import Foundation
import CLIPSearch

/// Really trained candidates from all over a recipe's model space, recorded once, so that optimizers can be compared in
/// seconds afterwards.
///
/// The points are the dense model, the smallest, each axis alone at its least, then a Latin hypercube: every axis' sizes
/// occur equally often. Every result is a line of a file as soon as it is there; a recording that is started again goes on.
struct CandidateTable {
  let recipe: SearchRecipe
  let folder: String
  let count: Int

  func run(on pool: ThreadPool) throws {
    try Folder.make(folder)
    let path = "\(folder)/candidates.jsonl"
    var known: Set<[Int]> = []
    if Folder.containsFile(path) {
      for line in try TextFile.lines(of: path) {
        if let sizes = try? JSONParser.parse(line)["shape"]?.objectValue, let point = recipe.space.point(sizes) {
          known.insert(point)
        }
      }
    }
    let trainer = try CandidateTrainer(recipe, folder: folder, on: pool, version: "table")
    let points = points
    for (index, point) in points.enumerated() where !known.contains(point) {
      let measurement = try trainer.measure(point)
      let line: JSONObject = ["shape": .object(recipe.space.json(point)), "measurement": .object(measurement.json)]
      let file = try FileHandle.appending(path)
      file.write(Data((JSONValue.object(line).text() + "\n").utf8))
      try file.close()
      FileHandle.standardError.write(
        Data(
          "\(index + 1) of \(points.count): \(recipe.space.name(point)): \(measurement.float32.mean), int8 \(measurement.int8.mean), \(Int(measurement.times.total)) s\n"
            .utf8))
    }
  }

  /// Different points, the same for the same recipe.
  private var points: [[Int]] {
    let space = recipe.space
    var points = [space.largestPoint, space.smallestPoint]
    for axis in space.axes.indices {
      var point = space.largestPoint
      point[axis] = 0
      points.append(point)
    }
    var random = Philox(seed: recipe.seed, purpose: .search, index: 0)
    let columns = space.axes.map { axis -> [Int] in
      var column = (0..<count).map { $0 * axis.sizes.count / count }
      for index in column.indices.dropFirst().reversed() {
        column.swapAt(index, Int(random.nextWord()) % (index + 1))
      }
      return column
    }
    points += (0..<count).map { row in columns.map { $0[row] } }
    var seen: Set<[Int]> = []
    return points.filter { seen.insert($0).inserted }
  }
}

extension FileHandle {
  /// A file to add lines to, made where it is missing.
  static func appending(_ path: String) throws -> FileHandle {
    if !FileManager.default.fileExists(atPath: path) { _ = FileManager.default.createFile(atPath: path, contents: nil) }
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try file.seekToEnd()
    return file
  }
}
