/// The number formats of stored tensors, named as safetensors names them.
public enum ElementType: String, Sendable, CaseIterable {
  case float32 = "F32"
  case float16 = "F16"
  case bfloat16 = "BF16"
  case float64 = "F64"
  case int64 = "I64"
  case int32 = "I32"
  case int16 = "I16"
  case int8 = "I8"
  case uint64 = "U64"
  case uint32 = "U32"
  case uint16 = "U16"
  case uint8 = "U8"
  case bool = "BOOL"

  /// Bytes an element takes.
  public var size: Int {
    switch self {
    case .float64, .int64, .uint64: 8
    case .float32, .int32, .uint32: 4
    case .float16, .bfloat16, .int16, .uint16: 2
    case .int8, .uint8, .bool: 1
    }
  }

  /// Whether elements are whole numbers.
  public var isInteger: Bool {
    switch self {
    case .float32, .float16, .bfloat16, .float64: false
    default: true
    }
  }
}

/// The number of elements in a shape, or nil where the product does not fit into 64 bits.
///
/// Checked from left to right, as ``Tensors/Shape`` multiplies, so that a shape accepted here cannot trap
/// there.
func checkedCount(_ extents: [Int]) -> Int? {
  var count = 1
  for extent in extents {
    guard extent >= 0 else { return nil }
    let (product, overflows) = count.multipliedReportingOverflow(by: extent)
    guard !overflows else { return nil }
    count = product
  }
  return count
}
