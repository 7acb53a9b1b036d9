public import ArgumentParser
internal import CLIPEvaluation
import CLIPModelShapes
public import CLIPONNX
public import CLIPOptimization
public import CLIPQuantization
import CLIPWeights

/// What an option may be, by the words of its help.

/// What `evaluate` asks of a model.
enum TaskChoice: String, CaseIterable, ExpressibleByArgument {
  case auto, retrieval, classification

  var task: EvaluationTask? {
    switch self {
    case .auto: nil
    case .retrieval: .retrieval
    case .classification: .classification
    }
  }
}

/// Number formats of checkpoints, as `--precision` names them.
enum WeightPrecision: String, CaseIterable, ExpressibleByArgument {
  case fp32, fp16, bf16

  /// PyTorch's longer names are known too.
  init?(argument: String) {
    let names: [String: Self] = ["float32": .fp32, "float16": .fp16, "bfloat16": .bf16]
    guard let known = names[argument] ?? Self(rawValue: argument) else { return nil }
    self = known
  }

  var element: ElementType {
    switch self {
    case .fp32: .float32
    case .fp16: .float16
    case .bf16: .bfloat16
    }
  }
}

/// What `embed` computes in, and `prune` runs pairs in.
enum EmbedPrecision: String, CaseIterable, ExpressibleByArgument {
  case fp32, bf16

  /// The same names as for `evaluate`.
  init?(argument: String) {
    guard let known = (try? Arithmetic(parsing: argument)).flatMap({ Self(rawValue: "\($0)") }) else { return nil }
    self = known
  }
}

/// What `export` writes a model in: a checkpoint's weights or a graph's arithmetic.
enum ExportPrecision: String, CaseIterable, ExpressibleByArgument {
  case fp32, fp16, bf16, int8

  init?(argument: String) {
    guard
      let known = Self(rawValue: argument)
        ?? WeightPrecision(argument: argument).flatMap({ Self(rawValue: $0.rawValue) })
    else { return nil }
    self = known
  }

  /// Nil for what no checkpoint is written in.
  var weights: WeightPrecision? { WeightPrecision(rawValue: rawValue) }
  /// Nil for what no graph computes in.
  var arithmetic: Arithmetic? { [.fp32: .float32, .int8: .int8][self] }
}

extension StandardStrategy: ExpressibleByArgument {}

/// The layouts that `convert` and `prune` write.
enum CheckpointLayout: String, CaseIterable, ExpressibleByArgument {
  case openCLIP = "open_clip"
  case huggingFace = "hf"

  /// The library whose layout it is.
  var library: OtherLibrary { self == .openCLIP ? .openCLIP : .huggingFace }
}

extension ONNXFolder.Layout: ExpressibleByArgument {}

/// What `export` writes.
enum ExportFormat: String, CaseIterable, ExpressibleByArgument {
  case openCLIP = "open_clip"
  case onnx
}

extension WeightRounding: ExpressibleByArgument {}
