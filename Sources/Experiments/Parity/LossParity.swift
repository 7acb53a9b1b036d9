import CLIPFiles
import CLIPTensors
import CLIPTraining
import CLIPWeights

/// Holds losses on bare features, and their gradients, against open_clip's.
///
/// A fixture folder holds `losses.json` (scales and values by case, such as `small.distill`) and `losses.safetensors`
/// (`small.image`, `small.text`, `small.teacher_image`, `small.teacher_text`, `small.clip.grad_image` ...).
public enum LossParity {
  static let tolerance = 2e-6

  /// - Throws: ``InputError`` when the folder does not hold such fixtures.
  public static func run(_ folder: String) throws -> ParityReport {
    let path = "\(folder)/losses.json"
    let file = try SafetensorsFile(path: "\(folder)/losses.safetensors")
    guard let cases = try JSONParser.parse(file: path).objectValue, cases.count > 0 else {
      throw InputError("expected an object of cases", file: path)
    }
    var report = ParityReport(fixture: Folder.name(of: folder))
    for (name, settings) in cases.pairs { try namingFile(path) { try compare(name, settings, file, &report) } }
    return report
  }

  private static func compare(
    _ name: String, _ settings: JSONValue, _ file: SafetensorsFile, _ report: inout ParityReport
  ) throws {
    guard let dot = name.lastIndex(of: "."), let factor = settings["logit_scale"]?.doubleValue else {
      throw InputError("case \(name.quoted()): expected SIZE.KIND with a logit_scale")
    }
    let size = String(name[..<dot]), kind = String(name[name.index(after: dot)...])
    let tape = Tape()
    let image = tape.variable(try file.tensor("\(size).image")), text = tape.variable(try file.tensor("\(size).text"))
    let scale = tape.variable(Tensor([Float(factor)], []))
    let bias = settings["logit_bias"]?.doubleValue.map { tape.variable(Tensor([Float($0)], [])) }
    var teacher: TeacherFeatures?
    if let teacherScale = settings["teacher_logit_scale"]?.doubleValue {
      teacher = TeacherFeatures(
        image: try file.tensor("\(size).teacher_image"), text: try file.tensor("\(size).teacher_text"),
        logitScale: Float(teacherScale))
    }
    let features = LossFeatures(
      tape: tape, image: image, text: text, logitScale: scale, logitBias: bias, teacher: teacher,
      projectedImage: image, projectedText: text)
    var values: [(name: String, term: Variable)] = []
    switch kind {
    case "clip": values = [("contrastive", try ContrastiveLoss().value(features))]
    case "siglip": values = [("siglip", try SigmoidLoss().value(features))]
    case "distill":
      values = [
        ("contrastive", try ContrastiveLoss().value(features)), ("distill", try SoftLogitsLoss().value(features)),
      ]
    default: throw InputError("case \(name.quoted()): the kinds are clip, siglip and distill")
    }
    let total = Variable.sum(values.map { (1, $0.term) }, on: tape)
    func check(_ quantity: String, _ ours: Tensor?, _ key: String) throws {
      // Where the fixture holds the same in double precision, that is the truth.
      let theirs = try file.contains("\(key).f64") ? file.doubles("\(key).f64") : file.doubles(key)
      report.compareGradient(
        "\(name).\(quantity)", (ours?.elements ?? []).map(Double.init), theirs, tolerance: tolerance)
    }
    if let loss = settings["loss"]?.doubleValue {
      report.compare("\(name).loss", [Double(total.value.scalar)], [loss], tolerance: tolerance)
    }
    for (part, term) in values {
      guard let recorded = settings[part]?.doubleValue else { continue }
      report.compare("\(name).\(part)", [Double(term.value.scalar)], [recorded], tolerance: tolerance)
    }
    let gradients = tape.gradients(of: total)
    let wanted = [
      ("grad_image", gradients[image]), ("grad_text", gradients[text]), ("grad_logit_scale", gradients[scale]),
    ]
    for (quantity, gradient) in wanted + (bias.map { [("grad_logit_bias", gradients[$0])] } ?? []) {
      let key = "\(name).\(quantity)"
      if file.contains(key) { try check(quantity, gradient, key) }
    }
  }
}
