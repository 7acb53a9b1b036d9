/// How layers are left out: the ones that stay are numbered anew.
enum DepthPruning {
  /// A parameter of a block: its layer in the pruned model and what follows the number.
  struct Place {
    var layer: Int
    var parameter: String
  }

  /// The place that a name stands for; nil for a parameter outside the blocks.
  /// - Parameter path: such as `visual.transformer.resblocks`
  static func place(_ name: String, in path: String) -> Place? {
    guard name.hasPrefix(path + ".") else { return nil }
    let rest = name.dropFirst(path.count + 1)
    guard let dot = rest.firstIndex(of: "."), let layer = Int(rest[..<dot]) else { return nil }
    return Place(layer: layer, parameter: String(rest[rest.index(after: dot)...]))
  }

  /// The dense parameter's name.
  static func denseName(_ place: Place, in path: String, kept layers: [Int]) -> String {
    "\(path).\(layers[place.layer]).\(place.parameter)"
  }
}
