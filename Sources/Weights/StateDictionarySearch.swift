import CLIPFiles

/// Finds a model's state dictionary among the dictionaries of a checkpoint: trainers keep it under names of their own,
/// beside the optimizer's state.
struct StateDictionarySearch {
  typealias Pairs = [(key: PickleValue, value: PickleValue)]
  typealias Found = [(name: String, tensor: PickleTensor)]

  /// The names under which trainers keep a model, tried in this order.
  static let keys = ["state_dict", "model_state_dict", "model", "module", "net", "network", "weights", "params"]
  /// How deep dictionaries are looked into.
  private static let depth = 3

  private let arena: PickleArena

  init(_ arena: PickleArena) { self.arena = arena }

  /// The tensors of the dictionary under the best-known name, of the dictionary itself, or of the only one inside that
  /// holds tensors by name.
  /// - Throws: ``InputError`` when several do, and no name tells the model's.
  func best(in pairs: Pairs) throws -> Found? {
    if let found = named(pairs, Self.depth) { return found }
    var seen: Set<Int> = []
    let others = dictionaries(pairs, "", Self.depth, &seen)
    guard others.count > 1 else { return others.first?.tensors }
    let list = others.prefix(8).map { $0.path.quoted() }.joined(separator: ", ")
    throw InputError(
      "holds several dictionaries of tensors: \(list)",
      advice: "save the model's by itself, or under one of: \(Self.keys.joined(separator: ", "))")
  }

  /// Under a known name, else here.
  private func named(_ pairs: Pairs, _ depth: Int) -> Found? {
    if depth > 0 {
      for name in Self.keys {
        // A key set twice keeps its last value, as in Python.
        let last = pairs.last { if case .string(name) = $0.key { true } else { false } }
        if let last, let inner = arena.pairs(of: last.value), let found = named(inner, depth - 1) { return found }
      }
    }
    let found = tensors(pairs)
    return found.isEmpty ? nil : found
  }

  /// All dictionaries below that hold tensors by name, each once: a hostile file may name one many times. An optimizer's
  /// state is numbered, not named.
  private func dictionaries(
    _ pairs: Pairs, _ path: String, _ depth: Int, _ seen: inout Set<Int>
  ) -> [(path: String, tensors: Found)] {
    guard depth > 0 else { return [] }
    var result: [(path: String, tensors: Found)] = []
    for pair in pairs {
      guard case .string(let key) = pair.key, case .dictionary(let index) = pair.value,
        let inner = arena.pairs(of: pair.value), seen.insert(index).inserted
      else { continue }
      let place = path.isEmpty ? key : "\(path).\(key)"
      let found = tensors(inner)
      if found.isEmpty {
        result += dictionaries(inner, place, depth - 1, &seen)
      } else {
        result.append((place, found))
      }
    }
    return result
  }

  private func tensors(_ pairs: Pairs) -> Found {
    pairs.compactMap { pair in
      guard case .string(let name) = pair.key, case .tensor(let tensor) = pair.value else { return nil }
      return (name, tensor)
    }
  }
}
