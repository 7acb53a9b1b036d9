import CLIPFiles

extension StateDictionary {
  /// Opens a weight file of any supported format: safetensors, a PyTorch archive, or the index of a sharded
  /// one (`*.safetensors.index.json`, `*.bin.index.json`). Names are the file's own; see ``KeyLayout``.
  /// - Throws: ``InputError`` when the file cannot be read or is of another format.
  ///
  /// What a file holds counts, not its name; the index is told by its name, since it is text.
  public init(path: String) throws {
    if path.hasSuffix(".json") {
      try self.init(index: path)
      return
    }
    let map = try MemoryMap(path: path)
    let isSafetensors = try namingFile(path) { () throws -> Bool in
      if ZipArchive.isArchive(map.bytes) { return false }
      try ForeignFile.refuse(map.bytes)
      return path.hasSuffix(".safetensors") || ForeignFile.beginsAsSafetensors(map.bytes)
    }
    if isSafetensors { self.init(try SafetensorsFile(path: path)) } else { self.init(try TorchArchive(path: path)) }
  }

  init(_ file: SafetensorsFile) {
    self.init(path: file.path, file.names.compactMap { name in file.stored(name).map { Entry(name, $0) } })
  }

  init(_ file: TorchArchive) {
    self.init(path: file.path, file.names.compactMap { name in file.stored(name).map { Entry(name, $0) } })
  }

  /// Opens the shards that an index names; each tensor must lie where the index says.
  private init(index path: String) throws {
    let document = try JSONParser.parse(file: path)
    let folder = Folder.parent(of: path)
    let entries = try namingFile(path) { () throws -> [Entry] in
      guard let map = document["weight_map"]?.objectValue else {
        throw InputError("has no weight_map, so it is not the index of a sharded checkpoint")
      }
      var shards: [String: StateDictionary] = [:]
      return try map.pairs.map { name, value in
        guard let file = value.stringValue else { throw InputError("expected a file's name", at: name) }
        guard !file.contains("/"), !file.contains("\\"), !file.hasSuffix(".json"),
          shards[file] != nil || shards.count < 4096
        else {
          throw InputError("\(file.quoted()) is not the name of a weight file in the same folder", at: name)
        }
        guard Folder.containsFile("\(folder)/\(file)") else {
          throw InputError("stands in \(file.quoted()), which is missing", at: name, advice: "fetch all parts")
        }
        let shard = try shards[file] ?? StateDictionary(path: "\(folder)/\(file)")
        shards[file] = shard
        guard let entry = shard.entries[name] else {
          throw InputError("is missing from \(file.quoted())", at: name)
        }
        return entry
      }
    }
    self.init(path: path, entries)
  }
}

extension StateDictionary.Entry {
  init(_ name: String, _ stored: StoredTensor) {
    self.init(name: name, shape: stored.shape, elementType: stored.elementType) { try stored.tensor() }
  }
}
