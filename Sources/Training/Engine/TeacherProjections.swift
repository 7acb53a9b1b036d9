import CLIPCompute
import CLIPModelShapes
import CLIPTensors

/// The linear maps from a student's features to those of teachers whose width differs: trained along with the student,
/// needed by no one afterwards.
struct TeacherProjections {
  let parameters: [ParameterDescription]

  init(_ teacherWidths: [Int], embedDimension: Int) {
    parameters = teacherWidths.enumerated().filter { $0.element != embedDimension }.flatMap { number, width in
      Self.names(number).map {
        ParameterDescription(name: $0, shape: [width, embedDimension], kind: .matrix)
      }
    }
  }

  /// The map of images and the map of texts to the features of a teacher, from 0.
  static func names(_ teacher: Int) -> [String] {
    ["distillation.\(teacher).image_projection.weight", "distillation.\(teacher).text_projection.weight"]
  }

  /// Normal, so that the length of what is mapped is kept on average.
  static func initialWeight(_ parameter: ParameterDescription, seed: UInt64) -> Tensor {
    let index = parameter.name.utf8.reduce(UInt64(0x9E37)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    var random = Philox(seed: seed, purpose: .parameters, index: index | 1 << 63)
    let deviation = 1 / Float(parameter.shape[0]).squareRoot()
    return Tensor((0..<parameter.count).map { _ in random.normal() * deviation }, Shape(parameter.shape))
  }
}
