import CLIPCompute
import CLIPModels

extension CLIPModel {
  /// The model with products in bfloat16; a note where the processor has no instruction for them.
  func inBFloat16(_ console: Console) -> CLIPModel {
    if !ProductArithmetic.bfloat16.isNative {
      console.note(
        "note: this processor has no instruction for bfloat16: it is emulated, many times slower than --precision fp32")
    }
    return packed(in: .bfloat16)
  }
}
