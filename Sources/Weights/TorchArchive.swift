import CLIPFiles
public import CLIPTensors

/// A checkpoint that `torch.save` wrote (`.pt`, `.pth`, `.bin`), read without Python and without running
/// anything.
///
/// Since PyTorch 1.6 it is a ZIP archive: `data.pkl` says which tensors there are, `data/0`, `data/1`, ...
/// hold their storages, uncompressed, so that float32 tensors are views into the mapped file.
public struct TorchArchive: Sendable {
  /// The file, as the user named it.
  public let path: String
  /// The tensors' names in the order of the dictionary.
  public let names: [String]
  private let tensors: [String: StoredTensor]

  /// Opens an archive that holds a dictionary of tensors, by itself or inside a checkpoint's own dictionaries.
  /// - Throws: ``InputError`` when the file is of another kind, corrupt, or asks for more than tensors.
  public init(path: String) throws {
    self.path = path
    let map = try MemoryMap(path: path)
    (names, tensors) = try namingFile(path) {
      try Self.refuseOtherFormats(map.bytes)
      return try Self.read(try ZipArchive(map))
    }
  }

  /// A tensor's shape, or nil where there is none of that name.
  public func shape(of name: String) -> Shape? { tensors[name]?.shape }

  /// A tensor as 32-bit floats: a view into the file when it holds such in order, else converted.
  /// - Throws: ``InputError`` when there is none of that name.
  public func tensor(_ name: String) throws -> Tensor { try reading(name) { try $0.tensor() } }

  /// A tensor of whole numbers in row-major order.
  public func integers(_ name: String) throws -> [Int] { try reading(name) { try $0.integers() } }

  func stored(_ name: String) -> StoredTensor? { tensors[name] }

  private func reading<Result>(_ name: String, _ body: (StoredTensor) throws -> Result) throws -> Result {
    guard let tensor = tensors[name] else {
      let near = Suggestion.nearest(to: name, among: names)
      throw InputError(
        "no tensor of this name", file: path, at: name, advice: near.map { "did you mean \"\($0)\"?" })
    }
    return try namingFile(path) { try body(tensor) }
  }

  private static let conversion =
    "load it in PyTorch and save its state_dict with safetensors.torch.save_file"

  private static func refuseOtherFormats(_ bytes: UnsafeRawBufferPointer) throws {
    if ZipArchive.isArchive(bytes) { return }
    try ForeignFile.refuse(bytes)
    if bytes.starts(with: [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46]) {
      throw InputError("is in the format of PyTorch before 1.6, which is not supported", advice: conversion)
    }
    if bytes.first == 0x80 { throw InputError("is a bare pickle, not a PyTorch archive", advice: conversion) }
    throw InputError("is not a PyTorch archive", advice: "expected a ZIP file as torch.save writes it")
  }

  private static func read(_ archive: ZipArchive) throws -> ([String], [String: StoredTensor]) {
    guard
      let root = archive.names.lazy.compactMap({ name -> String? in
        guard name.hasSuffix("/data.pkl"), name.filter({ $0 == "/" }).count == 1 else { return nil }
        return String(name.dropLast("data.pkl".count))
      }).first
    else {
      throw InputError("is a ZIP archive without data.pkl, not a PyTorch checkpoint")
    }
    if archive.contains("\(root)constants.pkl")
      || archive.names.contains(where: { $0.hasPrefix("\(root)code/") })
    {
      throw InputError(
        "is a TorchScript archive (a program with its weights), which is not supported",
        advice: "load it with torch.jit.load and save its state_dict() with safetensors.torch.save_file")
    }
    if archive.contains("\(root)byteorder") {
      guard try archive.bytes(of: "\(root)byteorder", most: 64).read({ $0.elementsEqual("little".utf8) }) else {
        throw InputError("was written on a big-endian machine")
      }
    }
    let pickle = try archive.bytes(of: "\(root)data.pkl", most: PickleReader.longestPickle)
    let entries = try pickle.read { bytes in
      var reader = try PickleReader(bytes)
      let value = try reader.read()
      return try tensors(in: value, reader.arena)
    }
    var names: [String] = []
    var stored: [String: StoredTensor] = [:]
    for entry in entries {
      let name = entry.name
      // A key set twice keeps its last value, as in Python.
      if stored.updateValue(try storedTensor(entry.tensor, name, archive, root), forKey: name) == nil {
        names.append(name)
      }
    }
    return (names, stored)
  }

  /// The tensors of a state dictionary, which may lie inside a checkpoint's own dictionaries.
  private static func tensors(
    in value: PickleValue, _ arena: PickleArena
  ) throws -> [(name: String, tensor: PickleTensor)] {
    guard let pairs = arena.pairs(of: value) else {
      throw InputError("expected a dictionary of tensors, found \(value.kind)", advice: conversion)
    }
    let search = StateDictionarySearch(arena)
    if let found = try search.best(in: pairs) { return found }
    let keys = pairs.prefix(8).compactMap {
      if case .string(let key) = $0.key { key.quoted() } else { String?.none }
    }
    throw InputError(
      "holds no tensors; its keys are: \(keys.joined(separator: ", "))",
      advice: "save the model's state_dict by itself")
  }

  private static func storedTensor(
    _ tensor: PickleTensor, _ name: String, _ archive: ZipArchive, _ root: String
  ) throws -> StoredTensor {
    let storage = tensor.storage
    let size = storage.elementType.size
    let (needed, overflows) = storage.count.multipliedReportingOverflow(by: size)
    let kept = try archive.bytes(of: "\(root)data/\(storage.key)", most: overflows ? Int.max : needed)
    let bytes = kept.bytes
    guard storage.count <= bytes.count / size else {
      throw InputError(
        "needs \(storage.count) elements of \(storage.elementType.rawValue), found \(bytes.count / size)",
        at: name, advice: "fetch the file again")
    }
    let shape = Shape(tensor.extents)
    if isRowMajor(tensor) {
      let start = shape.count == 0 ? 0 : tensor.start * size
      return StoredTensor(
        name: name, elementType: storage.elementType, shape: shape,
        bytes: UnsafeRawBufferPointer(rebasing: bytes[start..<start + shape.count * size]), strides: nil,
        isNegated: tensor.isNegated, keeper: kept.keeper)
    }
    return StoredTensor(
      name: name, elementType: storage.elementType, shape: shape, bytes: bytes,
      strides: (tensor.strides, tensor.start), isNegated: tensor.isNegated, keeper: kept.keeper)
  }

  /// Whether the strides are those of a tensor without gaps; an axis of one element may have any.
  private static func isRowMajor(_ tensor: PickleTensor) -> Bool {
    if tensor.extents.contains(0) { return true }
    var expected = 1
    for (extent, stride) in zip(tensor.extents, tensor.strides).reversed() where extent != 1 {
      guard stride == expected else { return false }
      expected *= extent
    }
    return true
  }
}
