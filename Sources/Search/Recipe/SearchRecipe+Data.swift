internal import CLIPFiles
internal import CLIPImageText
public import CLIPStudies
internal import CLIPTraining

extension SearchRecipe {
  /// What a reader should know before the search begins, a sentence each.
  public var notes: [String] {
    guard let training = try? DataIdentity.of(trainData, trainOptions),
      let validation = try? DataIdentity.of(validationData, validationOptions), training.isSameData(as: validation)
    else { return [] }
    return ["val-data is the training data: accuracies will look better than they are"]
  }

  /// Opens everything that the recipe names and that is otherwise opened later: the data sets, down to their first
  /// caption, and the vocabulary of fine-tuning.
  /// - Parameters:
  ///   - training: what is trained on, where that is not the recipe's own
  ///   - classes: pictures with class names that are classified, where there are any
  /// - Throws: `InputError` naming the key and what is wrong with its data.
  public func checkData(training: String? = nil, classes: String? = nil) throws {
    if let classes {
      do { _ = try ClassificationData.open(classes, testOptions) } catch let error as InputError {
        throw InputError("\(node.origin): classes-data: \(error)")
      }
    }
    try check("train-data", training ?? trainData, trainOptions, takesClasses: true)
    try check("val-data", validationData, validationOptions, takesClasses: false)
    if let testData { try check("test-data", testData, testOptions, takesClasses: false) }
  }

  /// Compares the data with what a study began on, and writes down what it did not know yet.
  /// - Throws: `InputError` where the data has changed since: trials before and after could not be compared.
  public func settleData(_ study: Study) throws {
    for (key, path, options) in dataSets {
      let now = try DataIdentity.of(path, options), note = "data/\(key)"
      guard let known = try study.note(note) else {
        try study.setNote(note, now.json)
        continue
      }
      let changes = now.changes(since: try DataIdentity(json: known))
      guard changes.isEmpty else {
        throw InputError(
          "\(key) has changed since the study began: \(path): \(changes.joined(separator: ", "))", file: study.path,
          advice: "put the data back, or give this search another --name")
      }
    }
  }

  private var dataSets: [(key: String, path: String, options: DataSetOptions)] {
    [("train-data", trainData, trainOptions), ("val-data", validationData, validationOptions)]
      + (testData.map { [("test-data", $0, testOptions)] } ?? [])
  }

  /// Samples that are looked at for one that can be used.
  private static let mostLooked = 1000

  private func check(_ key: String, _ path: String, _ options: DataSetOptions, takesClasses: Bool) throws {
    do {
      if ClassificationData.recognizes(path) {
        guard takesClasses else {
          throw InputError(
            "holds classes, no captions", file: path, advice: "a search measures retrieval: name image-text pairs")
        }
        _ = try ClassificationData.open(path, options)
        return
      }
      var reader = try ImageTextData.open(path, options).makeReader(), fault: SkippedSample?
      for _ in 0..<Self.mostLooked {
        do {
          guard let sample = try reader.next() else { break }
          if !sample.captions.isEmpty { return }
        } catch let skipped as SkippedSample { fault = fault ?? skipped }
      }
      throw InputError("holds no image with a caption\(fault.map { "; the first: \($0)" } ?? "")", file: path)
    } catch let error as InputError {
      let place = node[key]?.origin ?? node.origin
      throw InputError("\(place): \(key): \(error)")
    }
  }
}
