internal import CCLIPVectorKernels
internal import CLIPSystem

/// What matrix products are computed in; everything else is floats.
public enum ProductArithmetic: String, CaseIterable, Sendable {
  /// 32-bit floats, by our own kernels or by OpenBLAS. open_clip's name.
  case float32 = "fp32"
  /// Operands rounded to bfloat16, summed up in 32-bit floats. open_clip's name: weights, sums of the optimizer, norms,
  /// softmax and losses stay 32-bit floats.
  case bfloat16 = "amp_bf16"

  /// The arithmetic of a name as open_clip has it: `amp` is bfloat16 here.
  public init?(named name: String) { self.init(rawValue: name == "amp" ? Self.bfloat16.rawValue : name) }

  /// Whether this processor has an instruction for it; else it is emulated, to the same bits and slowly.
  public var isNative: Bool { self == .float32 || Self.hasBFloat16 }

  /// What training multiplies in where nobody says: bfloat16 where this processor has an instruction for it, else floats.
  public static var trainingStandard: ProductArithmetic { hasBFloat16 ? .bfloat16 : .float32 }

  /// `CARBONCLIP_BFLOAT16=off` in the environment passes the instruction over, so that one machine shows what others do.
  static let hasBFloat16 =
    vk_processor_has_bfloat16() != 0
    && getenv("CARBONCLIP_BFLOAT16").map { String(cString: $0) } != "off"
  /// Whether our own kernels multiply floats here: by weights packed once and small operands; else OpenBLAS does.
  static let hasOwnFloats = vk_processor_multiplies_floats() != 0
  /// A right operand of at most so many elements is theirs, too, unless the left one is transposed: with AVX2 they are faster
  /// than OpenBLAS there, and unlike it give the same bits wherever a row stands. Beyond it neither weights are packed.
  static let mostOwn = vk_processor_has_avx512() != 0 ? 0 : 1 << 19

  /// Whether a right operand is packed once for our own kernels.
  static func packsFloats(_ count: Int) -> Bool { hasOwnFloats && (mostOwn == 0 || count <= mostOwn) }

  /// A right operand of at most so many elements is read as it lies.
  static let smallRight = 16_384

  /// Products with fewer rows, columns or terms are float32: packing them would cost more than it saves.
  package static let leastExtent = 8
}
