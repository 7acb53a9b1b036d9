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
  /// An object of a class that only holds settings; what it holds is not kept.
  case settings(PickleGlobal)

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
    case .settings(let global): "an object of \(global.rawValue)"
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
  /// A tensor of a number format without a storage class of its own; see ``PickleArena``.
  case typedTensor = "torch._utils._rebuild_tensor_v3"
  case untypedStorage = "torch.storage.UntypedStorage"
  case float8E4M3 = "torch.float8_e4m3fn"
  case float8E5M2 = "torch.float8_e5m2"
  case float8E4M3Z = "torch.float8_e4m3fnuz"
  case float8E5M2Z = "torch.float8_e5m2fnuz"
  case float8E8M0 = "torch.float8_e8m0fnu"
  case uint16 = "torch.uint16"
  case uint32 = "torch.uint32"
  case uint64 = "torch.uint64"
  /// What trainers keep their flags in: attributes and nothing else.
  case namespace = "argparse.Namespace"

  /// What is wrong with a tensor of a kind that is not read, and what to do, by the name that makes it.
  static let refusedTensors: [String: (what: String, advice: String)] = {
    let quantized = ("a quantized tensor", "save the weights as floats: {k: v.dequantize() for k, v in ...}")
    let sparse = ("a sparse tensor", "save it dense: v.to_dense()")
    let subclass = ("a tensor of a class of its own", "save plain tensors: v.detach().clone(), or v.dequantize()")
    let sharded = ("a part of a sharded tensor", "gather the whole state_dict before it is saved")
    return [
      "torch._utils._rebuild_qtensor": quantized, "torch.QInt8Storage": quantized, "torch.QUInt8Storage": quantized,
      "torch.QInt32Storage": quantized, "torch.QUInt4x2Storage": quantized, "torch.QUInt2x4Storage": quantized,
      "torch._utils._rebuild_sparse_tensor": sparse, "torch._utils._rebuild_sparse_csr_tensor": sparse,
      "torch._utils._rebuild_nested_tensor": ("a nested tensor", "save plain tensors"),
      "torch._utils._rebuild_meta_tensor_no_storage": (
        "a tensor without numbers (on the device \"meta\")", "load the weights in PyTorch before saving"
      ),
      "torch._utils._rebuild_wrapper_subclass": subclass, "torch._tensor._rebuild_from_type_v2": subclass,
      "torch.distributed.tensor.DTensor": sharded, "torch.distributed._tensor.api.DTensor": sharded,
      "torch.distributed._shard.sharded_tensor.api.ShardedTensor": sharded,
      "torch.ComplexFloatStorage": ("complex numbers", "save real ones"),
      "torch.ComplexDoubleStorage": ("complex numbers", "save real ones"),
      "torch._utils._rebuild_device_tensor_from_numpy": (
        "a tensor of a device that PyTorch saves through NumPy", "move it to the CPU before saving: v.cpu()"
      ),
    ]
  }()

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
  /// Nil for a storage of bytes, whose tensors say what they hold.
  let type: ElementType?
  let count: Int
  /// The number format; bytes where tensors say it.
  var elementType: ElementType { type ?? .uint8 }
}

/// A tensor: part of a storage, seen through strides.
struct PickleTensor {
  let storage: PickleStorage
  let start: Int
  let extents: [Int]
  let strides: [Int]
  /// Whether the elements are minus what is stored.
  var isNegated = false
}
