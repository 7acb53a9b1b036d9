import CLIPModels
import CLIPCompute
import CLIPFiles
import CLIPModelShapes
import Testing
import CLIPTokenization
import CLIPTraining
import CLIPWeights

@Suite("Equal training FLOPs")
struct EqualFLOPsTests {
  /// A teacher of the same preparation as ``TrainerTests/settings(_:_:preset:)``'s student.
  private static func teacher(width: Int, _ folder: TemporaryFolder) throws -> (path: String, shape: CLIPConfiguration)
  {
    let shape = CLIPConfiguration(
      embedDimension: 16,
      vision: VisionConfiguration(
        imageSize: 32, patchSize: 16, width: width, layers: 2, heads: width / 8, headWidth: 8, mlpWidth: 4 * width),
      text: TextConfiguration(
        contextLength: 20, vocabularySize: 866, width: 16, layers: 2, heads: 2, mlpWidth: 64))
    let path = "\(folder.path)/teacher-\(width)"
    try CheckpointFolder.writeOpenCLIP(
      to: path, shape, parameters: InitialParameters(shape, seed: 1, pool: ThreadPool(threads: 1)))
    try Tokenizer.load("\(TrainerTests.root)/data/vocabularies/scenes", cleaning: .lower).save(
      to: path, contextLength: 20)
    return (path, shape)
  }

  private static func macs(_ shape: CLIPConfiguration) -> Double {
    Double(shape.imageMultiplyAdds + shape.textMultiplyAdds)
  }

  @Test(
    "a student sees as many samples more as it is cheaper than its teacher, never fewer, at most ten times as many",
    arguments: [8, 32, 48, 256])
  func steps(width: Int) throws {
    let folder = try TemporaryFolder(), teacher = try Self.teacher(width: width, folder)
    let more = "distill-pretrained: \(teacher.path)"
    func total(_ extra: String) throws -> (steps: Int, student: CLIPConfiguration) {
      let request = try TrainerTests.request(folder, "\(more)\n\(extra)")
      let student = try ModelDescription.resolve(request.model ?? "").configuration
      let trainer = try request.trainer(
        in: "\(folder.path)/logs/run-\(extra.count)", on: ThreadPool(threads: 1), version: "test")
      return (trainer.totalSteps, student)
    }
    let plain = try total(""), equal = try total("equal-flops: true")
    let ratio = min(10, max(1, Self.macs(teacher.shape) / Self.macs(plain.student)))
    // Two epochs of 96 samples in batches of 16.
    #expect(plain.steps == 12)
    #expect(equal.steps == 2 * (Int((96 * ratio).rounded()) / 16))
    #expect(width != 256 || equal.steps == 120)
  }

  @Test("without a teacher there is nothing to be equal to")
  func noTeacher() throws {
    let folder = try TemporaryFolder()
    #expect(throws: InputError.self) { try TrainerTests.request(folder, "equal-flops: true") }
  }
}
