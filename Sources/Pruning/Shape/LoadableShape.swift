import CLIPFiles
import CLIPModelShapes

/// Shapes that a library holds as it was released: in each tower as many heads in every layer as fill the width, and one
/// feed-forward width. Heads keep their channels, and attention its scale, so a width is a multiple of theirs.
extension ShapeRequest {
  /// The same request with what a library's shapes make of it: a width brings its heads, heads bring their width.
  ///
  /// - Parameter leavesOpen: whether sizes that nobody asked for are chosen later, to spend a budget
  /// - Throws: ``InputError`` for a model that the library cannot hold whatever its sizes, or sizes that it has no keys for.
  func loadable(by library: OtherLibrary, of dense: CLIPConfiguration, leavesOpen: Bool) throws -> ShapeRequest {
    if let obstacle = dense.kindObstacle(to: library) {
      throw InputError(
        "\(library.title) cannot hold this model, whatever its sizes: \(obstacle)", advice: "leave out --loadable")
    }
    var request = self
    request.vision = try vision.loadable(by: library, of: dense.vision, "vision", leavesOpen)
    request.text = try text.loadable(by: library, of: dense.text, "text", leavesOpen)
    return request
  }
}

extension ShapeRequest.Tower {
  fileprivate func loadable<Tower: TowerConfiguration>(
    by library: OtherLibrary, of dense: Tower, _ name: String, _ leavesOpen: Bool
  ) throws -> Self {
    var request = self
    let headWidth = dense.headWidth
    func refuse(_ problem: String) -> InputError {
      InputError("--loadable \(library.rawValue): \(problem)")
    }
    if let list = heads {
      guard Set(list).count == 1, let count = list.first else {
        throw refuse("--\(name)-heads must be one number for all layers")
      }
      let filled = count * headWidth
      guard width == nil || width == filled else {
        throw refuse("\(count) heads of \(headWidth) fill a --\(name)-width of \(filled), not of \(width ?? 0)")
      }
      guard filled <= dense.width else {
        throw refuse("\(count) heads of \(headWidth) are wider than the tower's \(dense.width) channels")
      }
      request.heads = [count]
      request.width = filled
    } else if let width {
      guard width % headWidth == 0, width > 0 else {
        throw refuse("--\(name)-width must be a multiple of a head's \(headWidth) channels, found \(width)")
      }
      request.heads = [width / headWidth]
    } else if !leavesOpen, !dense.headsFillWidth {
      let most = dense.mostFilledHeads
      guard most > 0 else {
        throw refuse("the \(name) tower's \(dense.width) channels are fewer than a head's \(headWidth)")
      }
      request.heads = [most]
      request.width = most * headWidth
    }
    if let list = mlp {
      guard Set(list).count == 1, let units = list.first else {
        throw refuse("--\(name)-mlp must be one number for all layers")
      }
      guard units > 0 else {
        throw refuse("it has no blocks without a feed-forward layer: --\(name)-mlp must be 1 or more")
      }
      request.mlp = [units]
    } else if !leavesOpen, !dense.hasUniformMLP {
      request.mlp = [dense.mlpWidth.min() ?? 1]
    }
    return request
  }
}

extension TowerConfiguration {
  /// The most heads that every layer has, and that the width has room for.
  var mostFilledHeads: Int { min(headsPerLayer.min() ?? 0, width / max(headWidth, 1)) }
}
