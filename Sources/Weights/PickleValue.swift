/// What a pickle may hold here. Containers are numbers of entries in the reader's arena: a hostile file can
/// then neither nest values so deeply that freeing them overflows the stack, nor tie them into rings that are
/// never freed.
enum PickleValue {
  case none
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case tuple(Int)
  case list(Int)
  case dictionary(Int)
  /// A name of the allowed list that was not called, such as `torch.float32`.
  case global(PickleGlobal)
  case storage(PickleStorage)
  case tensor(PickleTensor)

  /// The kind of value, for messages.
  var kind: String {
    switch self {
    case .none: "None"
    case .bool: "True or False"
    case .integer, .number: "a number"
    case .string: "a string"
    case .tuple: "a tuple"
    case .list: "a list"
    case .dictionary: "a dictionary"
    case .global(let global): global.rawValue
    case .storage: "a storage"
    case .tensor: "a tensor"
    }
  }
}

/// Everything a pickle may name. Nothing is looked up or run: each is understood here.
enum PickleGlobal: String, CaseIterable {
  case orderedDictionary = "collections.OrderedDict"
  case tensor = "torch._utils._rebuild_tensor_v2"
  case parameter = "torch._utils._rebuild_parameter"
  case parameterWithState = "torch._utils._rebuild_parameter_with_state"
  case size = "torch.Size"
  case device = "torch.device"
  case floatStorage = "torch.FloatStorage"
  case halfStorage = "torch.HalfStorage"
  case bfloat16Storage = "torch.BFloat16Storage"
  case doubleStorage = "torch.DoubleStorage"
  case longStorage = "torch.LongStorage"
  case intStorage = "torch.IntStorage"
  case shortStorage = "torch.ShortStorage"
  case charStorage = "torch.CharStorage"
  case byteStorage = "torch.ByteStorage"
  case boolStorage = "torch.BoolStorage"
  case float32 = "torch.float32"
  case float16 = "torch.float16"
  case bfloat16 = "torch.bfloat16"
  case float64 = "torch.float64"
  case int64 = "torch.int64"
  case int32 = "torch.int32"

  /// The number format of a storage class.
  var elementType: ElementType? {
    switch self {
    case .floatStorage: .float32
    case .halfStorage: .float16
    case .bfloat16Storage: .bfloat16
    case .doubleStorage: .float64
    case .longStorage: .int64
    case .intStorage: .int32
    case .shortStorage: .int16
    case .charStorage: .int8
    case .byteStorage: .uint8
    case .boolStorage: .bool
    default: nil
    }
  }
}

/// A run of elements in a member of the archive.
struct PickleStorage {
  /// The member's name below `data/`.
  let key: String
  let elementType: ElementType
  let count: Int
}

/// A tensor: part of a storage, seen through strides.
struct PickleTensor {
  let storage: PickleStorage
  let start: Int
  let extents: [Int]
  let strides: [Int]
}
