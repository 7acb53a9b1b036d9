public import CLIPFiles
public import CLIPTensors

/// One term of a training loss, written from operators of ``Variable``.
///
/// A new one is a file here and a line in ``LossCatalog``; one of your own, with parameters if it has any, goes into a
/// ``LossTerm`` as it is.
public protocol Loss: Sendable {
  /// What recipes, flags and logs call it.
  static var name: String { get }
  /// One line for people.
  static var summary: String { get }
  /// Whether it compares with a teacher.
  static var needsTeacher: Bool { get }
  /// Whether it tells the samples of a batch from one another: for a batch of one it is constant, and nothing is learned.
  static var comparesSamples: Bool { get }
  /// Whether ``value(_:)`` gives a rank's part where ``LossFeatures/rows`` are some of the batch's: `local-loss` asks for it.
  static var isDivisible: Bool { get }
  /// Its own parameters, for a run's record: a run is taken up with equal ones only.
  var settings: JSONObject { get }

  /// The term's value, a scalar on the features' tape.
  /// - Throws: ``ShapeError`` when features do not fit together.
  func value(_ features: LossFeatures) throws -> Variable
}

extension Loss {
  /// Its name.
  public static var summary: String { name }
  /// False.
  public static var needsTeacher: Bool { false }
  /// True.
  public static var comparesSamples: Bool { true }
  /// False: it may not look at ``LossFeatures/rows``.
  public static var isDivisible: Bool { false }
  /// None.
  public var settings: JSONObject { JSONObject() }
}

/// What a loss sees of one batch.
public struct LossFeatures {
  /// Where the loss is recorded.
  public let tape: Tape
  /// `[batch, embed]`, unit length.
  public let image: Variable
  /// `[batch, embed]`, unit length.
  public let text: Variable
  /// `[]`: the factor of similarities, not its logarithm.
  public let logitScale: Variable
  /// `[]`, where the model has one.
  public let logitBias: Variable?
  /// The teacher that this term compares with.
  public let teacher: TeacherFeatures?
  /// The samples whose part of the loss is asked for: all of the batch, or one rank's with `local-loss`. The parts of all
  /// ranks are added up.
  public let rows: Range<Int>
  /// Rows ``rows`` of ``image``, `[rows, embed]`.
  public let ownImage: Variable
  /// Rows ``rows`` of ``text``, `[rows, embed]`.
  public let ownText: Variable
  /// The student's image features of ``rows`` in the teacher's space: projected and normalized where the widths differ,
  /// else ``ownImage`` itself.
  public let projectedImage: Variable
  /// The texts' in the teacher's space, likewise.
  public let projectedText: Variable

  /// What a loss sees of one batch, part by part.
  /// - Parameter own: the samples whose part is asked for, and their features; nil for all
  public init(
    tape: Tape, image: Variable, text: Variable, logitScale: Variable, logitBias: Variable?, teacher: TeacherFeatures?,
    projectedImage: Variable, projectedText: Variable,
    own: (rows: Range<Int>, image: Variable, text: Variable)? = nil
  ) {
    self.tape = tape
    self.image = image
    self.text = text
    self.logitScale = logitScale
    self.logitBias = logitBias
    self.teacher = teacher
    self.projectedImage = projectedImage
    self.projectedText = projectedText
    rows = own?.rows ?? 0..<image.value.shape[0]
    ownImage = own?.image ?? image
    ownText = own?.text ?? text
  }

  /// Whether all of the batch is asked for.
  public var areAllRows: Bool { rows.count == image.value.shape[0] }

  /// The first of ``rows``, where they are not all.
  public var first: Int? { areAllRows ? nil : rows.lowerBound }

  /// ``logits`` of the images of ``rows`` with all texts, and of the texts of ``rows`` with all images: `[rows, batch]`.
  public var ownLogits: (images: Variable, texts: Variable) {
    (
      ownImage.similarity(to: text, scale: logitScale, bias: logitBias),
      ownText.similarity(to: image, scale: logitScale, bias: logitBias)
    )
  }

  /// `logitScale * image text^T + logitBias`: `[batch, batch]`, row i image i.
  public var logits: Variable { image.similarity(to: text, scale: logitScale, bias: logitBias) }
}

/// What a teacher says about one batch.
public struct TeacherFeatures: Sendable {
  /// `[batch, teacher embed]`, unit length.
  public var image: Tensor
  /// `[batch, teacher embed]`, unit length.
  public var text: Tensor
  /// The factor of its similarities.
  public var logitScale: Float
  /// What it adds to them.
  public var logitBias: Float

  /// A teacher's features of one batch and the scale and bias of its logits.
  public init(image: Tensor, text: Tensor, logitScale: Float, logitBias: Float = 0) {
    self.image = image
    self.text = text
    self.logitScale = logitScale
    self.logitBias = logitBias
  }

  /// ``logits`` of some images with all texts, and of some texts with all images: `[rows, batch]`.
  func logits(_ rows: Range<Int>) -> (images: Tensor, texts: Tensor) {
    var images = self, texts = self
    images.image = image.rows(rows)
    (texts.image, texts.text) = (text.rows(rows), image)
    return (images.logits, texts.logits)
  }

  /// `logitScale * image text^T + logitBias`: `[batch, batch]`.
  public var logits: Tensor {
    let tape = Tape()
    return tape.constant(image).similarity(
      to: tape.constant(text), scale: tape.constant(Tensor([logitScale], [])),
      bias: tape.constant(Tensor([logitBias], []))
    ).value
  }
}
