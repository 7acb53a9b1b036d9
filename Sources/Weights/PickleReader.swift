import CLIPFiles

/// Reads the pickles that `torch.save` writes for dictionaries of tensors, and nothing else: pickle is a
/// programming language, and a checkpoint from a stranger must not run.
///
/// Understood are the instructions for containers, numbers, strings and tensors; any other instruction, and
/// any name that is not in ``PickleGlobal``, is refused by name. An `argparse.Namespace`, in which trainers keep their
/// flags, is passed over. Source: CPython's `Lib/pickletools.py`.
struct PickleReader {
  private let bytes: UnsafeRawBufferPointer
  private var position = 0
  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  private(set) var arena = PickleArena()

  /// A state dictionary's pickle has about 200 bytes a tensor.
  static let longestPickle = 1 << 26
  private static let deepestStack = 1 << 20
  private static let largestMemo = 1 << 22

  init(_ bytes: UnsafeRawBufferPointer) throws {
    guard bytes.count <= Self.longestPickle else {
      throw InputError(
        "the pickle is \(bytes.count) bytes long, more than the \(Self.longestPickle) allowed here")
    }
    self.bytes = bytes
  }

  /// Reads up to the instruction STOP.
  /// - Returns: the value on top of the stack; its containers lie in ``arena``
  mutating func read() throws -> PickleValue {
    while true {
      let code = try byte()
      guard let instruction = PickleInstruction(rawValue: code) else {
        let name = PickleInstruction.refusedNames[code] ?? "0x" + String(code, radix: 16)
        throw fault("refuses the pickle instruction \(name)", advice: Self.advice)
      }
      if instruction == .stop {
        guard stack.count == 1, marks.isEmpty else {
          throw fault("stops with \(stack.count) values, expected one")
        }
        return stack[0]
      }
      try perform(instruction)
      guard stack.count <= Self.deepestStack, memo.count <= Self.largestMemo else {
        throw fault("more values than any checkpoint has")
      }
    }
  }

  static let advice = "save the state_dict alone, as safetensors, where the file is trusted"

  private mutating func perform(_ instruction: PickleInstruction) throws {
    switch instruction {
    case .proto:
      let version = try byte()
      guard version <= 5 else { throw fault("pickle protocol \(version) is not known") }
    case .frame: _ = try take(8)
    case .mark:
      marks.append(stack.count)
      guard marks.count <= Self.deepestStack else { throw fault("more values than any checkpoint has") }
    case .none: stack.append(.none)
    case .newTrue: stack.append(.bool(true))
    case .newFalse: stack.append(.bool(false))
    case .binInt: stack.append(.integer(Int(try load(Int32.self))))
    case .binInt1: stack.append(.integer(Int(try byte())))
    case .binInt2: stack.append(.integer(Int(try load(UInt16.self))))
    case .long1: stack.append(.integer(try longInteger()))
    case .binFloat: stack.append(.number(Double(bitPattern: UInt64(bigEndian: try load(UInt64.self)))))
    case .binUnicode: stack.append(.string(try text(Int(try load(UInt32.self)))))
    case .shortBinUnicode: stack.append(.string(try text(Int(try byte()))))
    case .emptyTuple: stack.append(try arena.tuple([]))
    case .tuple1, .tuple2, .tuple3:
      stack.append(try arena.tuple(try pop(instruction == .tuple1 ? 1 : instruction == .tuple2 ? 2 : 3)))
    case .tuple: stack.append(try arena.tuple(try popMark()))
    case .emptyList: stack.append(try arena.list())
    case .append:
      let value = try pop()
      try arena.append([value], to: try top())
    case .appends:
      let values = try popMark()
      try arena.append(values, to: try top())
    case .emptyDictionary: stack.append(try arena.dictionary())
    case .setItem:
      let pair = try pop(2)
      try arena.set(pair, in: try top())
    case .setItems:
      let pairs = try popMark()
      try arena.set(pairs, in: try top())
    case .binPut: memo[Int(try byte())] = try top()
    case .longBinPut: memo[Int(try load(UInt32.self))] = try top()
    case .memoize: memo[memo.count] = try top()
    case .binGet: stack.append(try recall(Int(try byte())))
    case .longBinGet: stack.append(try recall(Int(try load(UInt32.self))))
    case .global: stack.append(.global(try global(module: try line(), name: try line())))
    case .stackGlobal:
      guard case .string(let name) = try pop(), case .string(let module) = try pop() else {
        throw fault("a global without a name")
      }
      stack.append(.global(try global(module: module, name: name)))
    case .binPersistentID: stack.append(.storage(try arena.storage(try pop())))
    case .reduce:
      let arguments = try pop()
      let function = try pop()
      stack.append(try arena.call(function, arguments))
    case .newObject:
      _ = try pop()
      guard case .global(let type) = try pop(), type == .namespace else {
        throw fault(
          "refuses to make an object of any class but \(PickleGlobal.namespace.rawValue)", advice: Self.advice)
      }
      stack.append(.settings(type))
    case .build:
      // The state of an OrderedDict or a parameter: `_metadata` and the like, of no use here; or a trainer's flags.
      _ = try pop()
      switch try top() {
      case .dictionary, .settings: break
      default: throw fault("refuses to set attributes of \(try top().kind)", advice: Self.advice)
      }
    case .stop: break
    }
  }

  private func global(module: String, name: String) throws -> PickleGlobal {
    let full = "\(module).\(name)"
    if let refused = PickleGlobal.refusedTensors[full] {
      throw fault("holds \(refused.what), which is not read", advice: refused.advice)
    }
    guard let global = PickleGlobal(rawValue: full) else {
      throw fault("refuses to run \(full.quoted())", advice: Self.advice)
    }
    return global
  }

  private func fault(_ problem: String, advice: String? = nil) -> InputError {
    InputError(problem, advice: advice)
  }

  private func top() throws -> PickleValue {
    guard let top = stack.last, stack.count > marks.last ?? 0 else {
      throw fault("the pickle's stack is empty")
    }
    return top
  }

  private mutating func pop() throws -> PickleValue {
    let top = try top()
    stack.removeLast()
    return top
  }

  private mutating func pop(_ count: Int) throws -> [PickleValue] {
    guard stack.count - (marks.last ?? 0) >= count else { throw fault("the pickle's stack is empty") }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popMark() throws -> [PickleValue] {
    guard let mark = marks.popLast() else { throw fault("the pickle's stack has no mark") }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  private func recall(_ key: Int) throws -> PickleValue {
    guard let value = memo[key] else { throw fault("nothing was kept under number \(key)") }
    return value
  }

  private mutating func take(_ count: Int) throws -> UnsafeRawBufferPointer {
    guard count <= bytes.count - position else {
      throw fault("the pickle ends in the middle of an instruction", advice: "fetch the file again")
    }
    defer { position += count }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
  }

  private mutating func byte() throws -> UInt8 { try take(1)[0] }

  private mutating func load<Number: FixedWidthInteger>(_ type: Number.Type) throws -> Number {
    Number(littleEndian: try take(MemoryLayout<Number>.size).loadUnaligned(as: type))
  }

  private mutating func text(_ count: Int) throws -> String {
    guard let text = String(validating: try take(count), as: UTF8.self) else {
      throw fault("a string that is not UTF-8")
    }
    return text
  }

  private mutating func line() throws -> String {
    let start = position
    while try byte() != UInt8(ascii: "\n") {
      guard position - start <= 4096 else { throw fault("a name of more than 4096 bytes") }
    }
    guard let text = String(validating: bytes[start..<position - 1], as: UTF8.self) else {
      throw fault("a name that is not UTF-8")
    }
    return text
  }

  /// A whole number of up to eight bytes, least significant first, with a sign.
  private mutating func longInteger() throws -> Int {
    let count = Int(try byte())
    guard count <= 8 else { throw fault("a whole number of \(count) bytes") }
    let digits = try take(count)
    var value: UInt64 = 0
    for (index, digit) in digits.enumerated() { value |= UInt64(digit) << (8 * UInt64(index)) }
    // Spread the sign bit of a shorter number over the rest.
    if count > 0, count < 8, digits[count - 1] & 0x80 != 0 { value |= ~0 << (8 * UInt64(count)) }
    return Int(Int64(bitPattern: value))
  }
}
