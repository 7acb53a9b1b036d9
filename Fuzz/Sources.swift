import CLIPFiles
import CLIPSystem

/// Where seeds come from: small files of the repository.
struct Sources {
  /// The repository's root.
  let root: String

  /// The repository that this file was built in.
  static var standard: Sources {
    Sources(root: Folder.parent(of: Folder.parent(of: #filePath)))
  }

  func bytes(_ path: String) throws -> [UInt8] { try TextFile.bytes(of: "\(root)/\(path)") }

  func all(_ paths: String...) throws -> [[UInt8]] { try paths.map(bytes) }

  /// The files of a folder whose names end so, in order.
  func folder(_ path: String, _ ending: String, largest: Int = 1 << 16) throws -> [[UInt8]] {
    let names = try Folder.names(in: "\(root)/\(path)").filter { $0.hasSuffix(ending) }.sorted()
    return try names.map { try bytes("\(path)/\($0)") }.filter { $0.count <= largest }
  }

  /// Copies a file of the repository into a worker's folder.
  func copy(_ path: String, to target: String) throws { try Self.write(bytes(path), to: target) }

  /// Writes a file as it is: a case more or less in a crash is no loss.
  static func write(_ bytes: [UInt8], to path: String) throws {
    guard let file = fopen(path, "wb") else { throw InputError("cannot be written", file: path) }
    defer { fclose(file) }
    guard bytes.isEmpty || fwrite(bytes, 1, bytes.count, file) == bytes.count else {
      throw InputError("cannot be written", file: path)
    }
  }
}
