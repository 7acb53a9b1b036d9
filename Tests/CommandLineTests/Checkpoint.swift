import CLIPModels
import CLIPCompute
import CLIPFiles
import CLIPModelShapes
import CLIPTokenization
import CLIPWeights

/// A tiny random checkpoint, with a vocabulary of its own.
enum Checkpoint {
  static func write(to folder: String) throws {
    var trainer = VocabularyTrainer()
    for caption in ["a red circle", "a blue square", "a red square above a blue circle"] { trainer.add(caption) }
    let vocabulary = try trainer.train(size: 530)
    let shape = CLIPConfiguration(
      embedDimension: 16,
      vision: VisionConfiguration(
        imageSize: 32, patchSize: 8, width: 32, layers: 2, heads: 2, headWidth: 16, mlpWidth: 64),
      text: TextConfiguration(
        contextLength: 20, vocabularySize: vocabulary.size, width: 32, layers: 2, heads: 2, mlpWidth: 64))
    try CheckpointFolder.writeOpenCLIP(
      to: folder, shape, parameters: InitialParameters(shape, seed: 1, pool: ThreadPool(threads: 1)))
    try Tokenizer(vocabulary).save(to: folder, contextLength: 20)
  }
}
