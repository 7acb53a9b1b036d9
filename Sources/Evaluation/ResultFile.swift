public import CLIPFiles

/// Where a result is written so that no result of other data, another model or another precision is lost.
///
/// CLIP_benchmark's name is kept where it is free or holds the same evaluation. Otherwise the folders above the data set
/// or the checkpoint come into the name (`d2_val_...` beside `val_...`), or the precision does.
public struct ResultFile: Sendable {
  /// What an evaluation is of; paths as the user named them.
  public struct Subject: Equatable, Sendable {
    /// The data set's path.
    public var data: String
    /// The weights' path.
    public var checkpoint: String
    /// The raw value of the ``Arithmetic`` that was measured in.
    public var precision: String

    /// Paths without `./`, doubled and final slashes.
    public init(data: String, checkpoint: String, precision: String) {
      self.data = DataSetNames.cleaned(data)
      self.checkpoint = DataSetNames.cleaned(checkpoint)
      self.precision = precision
    }

    /// What a result says of itself, or nil where it does not say so.
    init?(_ json: JSONValue) {
      guard let data = json["data"]?.stringValue, let checkpoint = json["checkpoint"]?.stringValue,
        let precision = json["precision"]?.stringValue
      else { return nil }
      self.init(data: data, checkpoint: checkpoint, precision: precision)
    }
  }

  /// The file to be written.
  public let path: String
  /// What results call the data; with folders above it where the plain name was taken.
  public let dataset: String
  /// What results call the weights; with folders above them, or the precision behind, where the plain name was taken.
  public let pretrained: String
  /// What stands there already: an earlier result of the same subject.
  public let earlier: JSONValue?
  /// Said when CLIP_benchmark's own name was taken.
  public let note: String?

  /// Chooses a name; nothing is written.
  ///
  /// - Parameters:
  ///   - folder: where results are written
  ///   - dataset: what results call the data
  ///   - isGiven: the user chose that name, so it is not changed
  ///   - taken: names that this command writes already
  /// - Throws: ``InputError`` when every name is taken by another evaluation.
  public init(
    in folder: String, of subject: Subject, task: EvaluationTask, dataset: String, isGiven: Bool, model: String,
    taken: Set<String> = []
  ) throws {
    var dataset = dataset, pretrained = Folder.name(of: subject.checkpoint)
    var namesPrecision = false, firstTaken: String?
    while true {
      let weights = namesPrecision ? "\(pretrained)-\(subject.precision)" : pretrained
      let name = EvaluationRun(dataset: dataset, model: model, pretrained: weights).fileName(task)
      let path = "\(folder)/\(name)"
      let present = Folder.containsFile(path) ? (try? JSONParser.parse(file: path)) ?? .null : nil
      let other = present.flatMap { Subject($0) }
      if !taken.contains(name), present == nil || other == subject {
        self.path = path
        self.dataset = dataset
        self.pretrained = weights
        earlier = present
        note = firstTaken.map { "\($0) holds the result of another evaluation; this one goes to \(path)" }
        return
      }
      firstTaken = firstTaken ?? path
      // What tells the two apart comes into the name.
      let sameData = other?.data == subject.data && !taken.contains(name)
      if !sameData, !isGiven, let longer = DataSetNames.extended(dataset, of: subject.data) {
        dataset = longer
      } else if let other, other.checkpoint != subject.checkpoint,
        let longer = DataSetNames.extended(pretrained, of: subject.checkpoint)
      {
        pretrained = longer
      } else if let other, other.precision != subject.precision, !namesPrecision {
        namesPrecision = true
      } else {
        throw InputError(
          "holds the result of another evaluation", file: path,
          advice: "name the data with --dataset-name, or another folder with --output")
      }
    }
  }
}

/// What results call data sets: the last part of the path, with the folders above where that would be one name for two.
public enum DataSetNames {
  /// A name for each path, no two alike.
  /// - Throws: ``InputError`` when two paths are the same data.
  public static func distinct(_ paths: [String]) throws -> [String] {
    let paths = paths.map(cleaned)
    if let twice = paths.enumerated().first(where: { paths[..<$0.offset].contains($0.element) })?.element {
      throw InputError("is named twice", file: twice, advice: "name each data set once")
    }
    var names = paths.map(Folder.name)
    while true {
      let groups = Dictionary(grouping: names.indices) { fileSafe(names[$0]) }.values.filter { $0.count > 1 }
      guard let group = groups.min(by: { $0[0] < $1[0] }) else { return names }
      var grew = false
      for index in group {
        guard let longer = extended(names[index], of: paths[index]) else { continue }
        names[index] = longer
        grew = true
      }
      guard grew else {
        throw InputError(
          "two data sets would bear one name, \(names[group[0]].quoted())",
          advice: "name each with --dataset-name, in the order of --data")
      }
    }
  }

  /// A path without `./`, doubled and final slashes.
  static func cleaned(_ path: String) -> String {
    let parts = path.split(separator: "/").filter { $0 != "." }
    return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
  }

  /// The name with one more folder above it; nil at the path's beginning.
  static func extended(_ name: String, of path: String) -> String? {
    let parts = path.split(separator: "/"), used = name.split(separator: "/").count
    guard used < parts.count, parts.suffix(used).elementsEqual(name.split(separator: "/")) else { return nil }
    return parts.suffix(used + 1).joined(separator: "/")
  }

  /// What of a name reaches a file's name, in small letters: some file systems do not tell the large ones.
  private static func fileSafe(_ name: String) -> String { EvaluationRun.fileSafe(name).lowercased() }
}
