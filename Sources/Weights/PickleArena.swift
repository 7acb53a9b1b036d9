import CLIPFiles

/// The containers of a pickle, and what the few functions it may call do.
struct PickleArena {
  private var tuples: [[PickleValue]] = []
  private var lists: [[PickleValue]] = []
  private var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
  private var size = 0

  /// Containers and elements together.
  private static let largest = 1 << 23
  /// Elements of a tensor that is larger than its storage.
  private static let largestExpanded = 1 << 26

  private mutating func grow(by count: Int) throws {
    size += count
    guard size <= Self.largest else { throw InputError("more values than any checkpoint has") }
  }

  mutating func tuple(_ values: [PickleValue]) throws -> PickleValue {
    try grow(by: values.count + 1)
    tuples.append(values)
    return .tuple(tuples.count - 1)
  }

  mutating func list() throws -> PickleValue {
    try grow(by: 1)
    lists.append([])
    return .list(lists.count - 1)
  }

  mutating func dictionary() throws -> PickleValue {
    try grow(by: 1)
    dictionaries.append([])
    return .dictionary(dictionaries.count - 1)
  }

  mutating func append(_ values: [PickleValue], to list: PickleValue) throws {
    guard case .list(let index) = list else { throw InputError("appends to \(list.kind)") }
    try grow(by: values.count)
    lists[index].append(contentsOf: values)
  }

  /// Sets keys and values that alternate.
  mutating func set(_ pairs: [PickleValue], in dictionary: PickleValue) throws {
    guard case .dictionary(let index) = dictionary else {
      throw InputError("sets items of \(dictionary.kind)")
    }
    guard pairs.count.isMultiple(of: 2) else { throw InputError("a key without a value") }
    try grow(by: pairs.count)
    for position in stride(from: 0, to: pairs.count, by: 2) {
      dictionaries[index].append((pairs[position], pairs[position + 1]))
    }
  }

  /// The members of a dictionary in the order in which they were set; nil for anything else.
  func pairs(of value: PickleValue) -> [(key: PickleValue, value: PickleValue)]? {
    if case .dictionary(let index) = value { dictionaries[index] } else { nil }
  }

  private func elements(of value: PickleValue) -> [PickleValue]? {
    switch value {
    case .tuple(let index): tuples[index]
    case .list(let index): lists[index]
    default: nil
    }
  }

  private func integers(of value: PickleValue) -> [Int]? {
    guard let elements = elements(of: value), elements.count <= 32 else { return nil }
    let numbers = elements.compactMap { if case .integer(let number) = $0 { number } else { Int?.none } }
    return numbers.count == elements.count ? numbers : nil
  }

  /// PyTorch's persistent id: `("storage", class, key, device, count)`.
  func storage(_ id: PickleValue) throws -> PickleStorage {
    guard let parts = elements(of: id), parts.count == 5, case .string("storage") = parts[0],
      case .global(let type) = parts[1], case .string(let key) = parts[2], case .string = parts[3],
      case .integer(let count) = parts[4], count >= 0
    else {
      throw InputError("a persistent id that is not a tensor's storage", advice: PickleReader.advice)
    }
    guard type == .untypedStorage || type.elementType != nil else {
      throw InputError("\(type.rawValue.quoted()) is not a storage")
    }
    return PickleStorage(key: key, type: type.elementType, count: count)
  }

  /// What calling one of the allowed names gives.
  mutating func call(_ function: PickleValue, _ arguments: PickleValue) throws -> PickleValue {
    guard case .global(let global) = function else {
      throw InputError("refuses to call \(function.kind)", advice: PickleReader.advice)
    }
    guard let arguments = elements(of: arguments) else {
      throw InputError("calls \(global.rawValue) without a tuple")
    }
    switch global {
    case .orderedDictionary: return try orderedDictionary(arguments)
    case .tensor: return .tensor(try tensor(arguments))
    case .typedTensor:
      // (storage, offset, size, stride, requires_grad, hooks, dtype): formats without a storage class of their own.
      guard arguments.count >= 7, case .global(let type) = arguments[6] else {
        throw InputError("a tensor without a number format")
      }
      throw InputError(
        "holds a tensor of \(type.rawValue), which is not read",
        advice: "convert the weights to float32 first: {k: v.float() for k, v in state_dict.items()}")
    case .namespace:
      return .settings(.namespace)
    case .parameter, .parameterWithState:
      guard let first = arguments.first, case .tensor = first else {
        throw InputError("a parameter without a tensor")
      }
      return first
    case .size:
      guard arguments.count == 1, let extents = elements(of: arguments[0]) else {
        throw InputError("a torch.Size without numbers")
      }
      return try tuple(extents)
    case .device: return arguments.first ?? .none
    default: throw InputError("refuses to call \(global.rawValue.quoted())", advice: PickleReader.advice)
    }
  }

  private mutating func orderedDictionary(_ arguments: [PickleValue]) throws -> PickleValue {
    let result = try dictionary()
    guard let first = arguments.first else { return result }
    guard let pairs = elements(of: first) else { throw InputError("an OrderedDict of \(first.kind)") }
    for pair in pairs {
      guard let pair = elements(of: pair), pair.count == 2 else {
        throw InputError("an OrderedDict of no pairs")
      }
      try set(pair, in: result)
    }
    return result
  }

  /// PyTorch's bits of a lazy view, the seventh argument: `{"neg": True}` means minus what is stored; conjugation changes
  /// complex numbers only.
  private func isNegated(_ arguments: [PickleValue]) throws -> Bool {
    guard arguments.count > 6, let bits = pairs(of: arguments[6]) else { return false }
    return try bits.reduce(false) { result, bit in
      guard case .string(let name) = bit.key else { return result }
      switch (name, bit.value) {
      case (_, .bool(false)), ("conj", _): return result
      case ("neg", .bool(true)): return true
      default: throw InputError("a tensor with the property \(name.quoted()), which is not known")
      }
    }
  }

  private func tensor(_ arguments: [PickleValue]) throws -> PickleTensor {
    guard arguments.count >= 4, case .storage(let storage) = arguments[0],
      case .integer(let start) = arguments[1],
      let extents = integers(of: arguments[2]), let strides = integers(of: arguments[3])
    else {
      throw InputError("a tensor that is not (storage, offset, size, stride)")
    }
    guard extents.count == strides.count, start >= 0, (extents + strides).allSatisfy({ $0 >= 0 }) else {
      throw InputError("a tensor with size \(extents) and stride \(strides)")
    }
    guard let count = checkedCount(extents) else {
      throw InputError("a tensor of size \(extents), which does not fit into 64 bits")
    }
    guard storage.type != nil else { throw InputError("a tensor over bytes, without a number format") }
    // An expanded tensor repeats its elements: it may be larger than what it lies in, within reason.
    guard count <= (strides.contains(0) ? max(storage.count, Self.largestExpanded) : storage.count) else {
      throw InputError("a tensor of size \(extents) over a storage of \(storage.count) elements")
    }
    var last = start
    if count > 0 {
      for (extent, stride) in zip(extents, strides) {
        let (step, overflows) = (extent - 1).multipliedReportingOverflow(by: stride)
        let (sum, exceeds) = last.addingReportingOverflow(step)
        guard !overflows, !exceeds else {
          throw InputError("a tensor with size \(extents) and stride \(strides)")
        }
        last = sum
      }
      guard last < storage.count else {
        throw InputError("a tensor that reaches element \(last) of a storage of \(storage.count)")
      }
    }
    return PickleTensor(
      storage: storage, start: start, extents: extents, strides: strides, isNegated: try isNegated(arguments))
  }
}
