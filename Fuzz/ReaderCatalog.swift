/// Every reader of files that come from outside: a new one is a line in a file of `Readers`.
enum ReaderCatalog {
  static var all: [Reader] {
    PlainReaders.all + WeightReaders.all + ShapeReaders.all + VocabularyReaders.all + PictureReaders.all
      + DataSetReaders.all + HardwareReaders.all + RecipeReaders.all + RunReaders.all + StudyReaders.all
      + FeatureReaders.all
  }
}
