internal import CLIPFiles
internal import CLIPStudies

extension SearchSummary {
  /// A shape that was looked at before any training.
  public struct Look: Sendable {
    /// Counted from the search's beginning, apart from the trials.
    public var number: Int
    /// What proposed it, such as `first points` or `grey-box`.
    public var origin: String
    /// How far it came.
    public var state: Trial.State
    /// A size for each of the summary's axes.
    public var sizes: [Int]
    /// What was seen; nil before the end.
    public var look: CandidateLook?
    /// Why it failed, in a sentence.
    public var failure: String?
    /// Whether the shape had been looked at by an earlier search; nil where that is not known.
    public var isTakenOver: Bool?
    /// The trial that trained the shape; nil where none did.
    public var trial: Int?

    /// A look of which nothing is known but its shape.
    public init(number: Int, origin: String, state: Trial.State, sizes: [Int]) {
      self.number = number
      self.origin = origin
      self.state = state
      self.sizes = sizes
    }
  }

  /// The looks of a study, by number.
  /// - Throws: `InputError` for a study that cannot be read.
  static func looks(of study: Study, _ space: ModelSpace) throws -> [Look] {
    let trained = Dictionary(try study.trials().map { ($0.point, $0.number) }, uniquingKeysWith: { first, _ in first })
    return try study.looks().compactMap { row in
      guard row.point.count == space.axes.count,
        zip(space.axes, row.point).allSatisfy({ $0.sizes.indices.contains($1) })
      else { return nil }
      var look = Look(
        number: row.number, origin: row.origin, state: .waiting, sizes: zip(space.axes, row.point).map { $0.sizes[$1] })
      switch row.state {
      case .waiting: break
      case .running: look.state = .running
      case .failed:
        look.state = .failed
        look.failure = row.reason
      case .finished:
        look.state = .done
        look.look = row.measurement.flatMap { CandidateLook($0) }
        look.isTakenOver = row.measurement?["taken_over"]?.boolValue
      }
      look.trial = trained[row.point]
      return look
    }
  }
}
