import CLIPFiles

/// Images that lie in files of their own, with what a table, a JSON file or their folder says about them.
public struct ImageFileList: IndexedSource {
  /// One line of the list: an image, or something that cannot be one.
  enum Entry: Sendable {
    case image(path: String, captions: [String], label: Int?)
    case unusable(SkippedSample)
  }

  /// How many images are looked for before a data set without any is refused.
  private static let probedImages = 100

  /// Of how many files an identity asks the sizes: of a longer list, evenly spread ones.
  private static let measuredFiles = 1 << 16

  /// The path as the user named it.
  public let path: String
  private let format: String
  private let root: String
  private let entries: [Entry]

  /// - Parameters:
  ///   - format: the catalog's name of the format that the list was read from
  ///   - path: what the user named
  ///   - root: the folder that image paths are relative to; empty for the one that one is in
  /// - Throws: ``InputError`` when there is nothing in the list, or none of its first images exists.
  init(format: String, path: String, root: String, entries: [Entry], advice: String) throws {
    self.format = format
    self.path = path
    self.root = root
    self.entries = entries
    guard !entries.isEmpty else { throw InputError("names no image", file: path, advice: advice) }
    var firstMissing: String?
    for entry in entries.prefix(Self.probedImages) {
      guard case .image(let image, _, _) = entry else { continue }
      let place = Self.place(of: image, in: root)
      if Folder.containsFile(place) { return }
      firstMissing = firstMissing ?? place
    }
    if let firstMissing {
      if let scheme = entries.lazy.compactMap({ Self.scheme(of: $0) }).first {
        throw InputError(
          "its images are addresses (\(scheme)); only files on this machine are read", file: path,
          advice: "download them first, such as with img2dataset")
      }
      throw InputError("its images are not there: no file \(firstMissing)", file: path, advice: advice)
    }
  }

  /// How many images there are, with the rows that could not be used.
  public var count: Int { entries.count }

  /// The list itself, and the sizes of its files.
  public func identity() -> DataIdentity {
    var digest = IdentityDigest()
    let step = (entries.count + Self.measuredFiles - 1) / Self.measuredFiles
    for (index, entry) in entries.enumerated() {
      switch entry {
      case .image(let image, let captions, let label):
        digest.add(image)
        digest.add(label ?? -1)
        digest.add(captions.count)
        for caption in captions { digest.add(caption) }
        if index % step == 0 { digest.add(fileAt: Self.place(of: image, in: root)) }
      case .unusable(let fault): digest.add(fault.reason)
      }
    }
    return DataIdentity(format: format, path: path, samples: count, digest: digest.text())
  }

  /// The labels on the list.
  public func surveyLabels() -> LabelSurvey? {
    var survey = LabelSurvey()
    for case .image(let image, _, let label?) in entries { survey.add(label, origin: image) }
    return survey
  }

  /// One image, whose file is mapped now.
  public func sample(at index: Int) throws -> ImageTextSample {
    switch entries[index] {
    case .unusable(let fault): throw fault
    case .image(let image, let captions, let label):
      let place = Self.place(of: image, in: root)
      do {
        let map = try MemoryMap(path: place)
        guard map.bytes.count > 0 else { throw InputError("the image is empty (0 bytes)") }
        guard map.bytes.count <= WebDataset.maximumImageBytes else {
          throw InputError("\(map.bytes.count) bytes, more than the \(WebDataset.maximumImageBytes) allowed")
        }
        return ImageTextSample(
          key: image, image: .encoded(SampleBytes(map)), captions: captions, label: label, file: place)
      } catch let error as InputError { throw SkippedSample(origin: place, reason: error.problem) }
    }
  }

  private static func scheme(of entry: Entry) -> String? {
    guard case .image(let image, _, _) = entry else { return nil }
    return LocalData.scheme(of: image)
  }

  private static func place(of image: String, in root: String) -> String {
    root.isEmpty || image.utf8.first == UInt8(ascii: "/") ? image : "\(root)/\(image)"
  }
}
