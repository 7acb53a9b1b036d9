import ArgumentParser
import CLIPFiles
import CLIPWeights

extension ElementType {
  /// A number format by the name that `--precision` takes.
  /// - Throws: a message for the command line.
  init(precision: String) throws {
    switch precision {
    case "fp32", "float32": self = .float32
    case "fp16", "float16": self = .float16
    case "bf16", "bfloat16": self = .bfloat16
    default: throw ValidationError("--precision must be fp32, fp16 or bf16, found \(precision.quoted())")
    }
  }
}
