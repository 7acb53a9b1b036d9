import CLIPCheckpoints
public import CLIPCompute
import CLIPEvaluation
import CLIPFiles
import CLIPImageText
import CLIPModelShapes
public import CLIPRanks
import CLIPRecipes

// From paths to values.
extension TrainingRequest {
  /// Opens model, teachers and data, and makes their trainer.
  ///
  /// - Parameters:
  ///   - folder: the run's; features of teachers are kept beside it unless the request says otherwise
  ///   - resume: what to do about a run that the folder holds
  ///   - allowsChanges: takes up a run even when its settings have changed
  ///   - ranks: the processes that train the model together, if there are several
  ///   - observe: told of everything that happens
  /// - Throws: ``InputError`` when anything is missing, does not fit or cannot be written.
  public func trainer(
    in folder: String, resume: Trainer.Resume = .never, allowsChanges: Bool = false, on pool: ThreadPool,
    ranks: (any RankGroup)? = nil, version: String, observe: @escaping (TrainingEvent) -> Void = { _ in }
  ) throws -> Trainer {
    let student = try tellingPlaces { try self.student(on: pool) }
    // Before teachers are read: what cannot be held is told at once.
    try MemoryEstimate.check(settings, student.configuration, .flags)
    let teachers = try tellingPlaces { try openTeachers() }
    let source = try tellingPlaces { try ImageTextData.openCaptioned(trainData, trainOptions).indexed() }
    // Now rather than after the first epoch: hours would be lost to a mistyped path.
    let validation = try tellingPlaces {
      try validationData.map { try EvaluationData(opening: $0, options(forValidating: $0)) }
    }
    return try Trainer(
      student, data: source, validation: validation, teachers: teachers, losses: losses, settings,
      features: FeatureStore(folder: featureCache ?? Folder.parent(of: folder) + "/features"), in: folder,
      resume: resume, allowsChanges: allowsChanges, record: recorded(in: folder), names: .flags, on: pool,
      ranks: ranks, version: version, observe: observe)
  }

  /// What every key came to, with paths that mean the same from wherever they are read.
  private func recorded(in folder: String) -> JSONObject {
    RecipeKind.training.recorded(.object(resolved), in: folder).objectValue ?? resolved
  }

  /// The model that is trained.
  /// - Throws: ``InputError`` when it or its vocabulary cannot be had.
  public func student(on pool: ThreadPool) throws -> Student {
    if let pretrained {
      var request = LoadedModel.Request(pretrained: pretrained)
      request.model = model
      request.tokenizer = tokenizer
      request.forcesQuickGELU = forcesQuickGELU
      request.imageSize = imageSize
      return Student(try LoadedModel(request))
    }
    var description = try ModelDescription.resolve(model ?? "")
      .overriding(imageSize: imageSize, usesQuickGELU: forcesQuickGELU)
    if losses.contains(where: { $0.loss is SigmoidLoss }), description.configuration.initialLogitBias == nil {
      // open_clip's --siglip starts models so: arXiv:2303.15343, section 3.2.
      description.configuration.initialLogitBias = -10
      description.configuration.initialLogitScale = 2.302_585_1
    }
    return Student(
      random: description.configuration, seed: settings.seed,
      tokenizer: try LoadedModel.tokenizer(tokenizer, for: description.configuration),
      preprocess: description.preprocess, name: Folder.name(of: model ?? ""), on: pool)
  }

  private func openTeachers() throws -> [Teacher] {
    try teachers.enumerated().map { number, pretrained in
      var request = LoadedModel.Request(pretrained: pretrained)
      request.model = teacherModels.isEmpty ? nil : teacherModels[number]
      request.modelFlag = "--distill-model"
      request.tokenizerFlag = nil
      return try Teacher(LoadedModel(request))
    }
  }

  /// Class folders need no part of that name.
  private func options(forValidating path: String) -> DataSetOptions {
    var options = validationOptions
    if ClassificationData.recognizes(path), !Folder.exists("\(path)/\(options.split ?? "")") { options.split = nil }
    return options
  }
}
