internal import CLIPAccelerators
internal import CLIPAssessment
internal import CLIPFiles
internal import CLIPModelShapes
internal import CLIPRecipes

/// Accuracy counts in the arithmetic that the accelerators are priced in: what is computed in floats is paid for as such, and so
/// are 4 bits.
extension SearchRecipe {
  private static let key = "arithmetic"

  /// What the accuracy that counts is called: `float32`, or the name of whole numbers.
  package var precisionName: String {
    precision == .float32 ? precision.rawValue : arithmetic.description
  }

  /// Prices the accelerators in the arithmetic in which accuracy counts; what a space, or the key `arithmetic`, says of them
  /// decides that.
  /// - Parameters:
  ///   - stated: the key `precision`; nil where it is not given
  ///   - place: of what names the accelerators
  /// - Throws: `InputError` where accuracy would have to be measured in several arithmetics, or in one that cannot be, and where
  ///   both keys contradict each other.
  mutating func priceArithmetic(stated: RecipeNode?, place: RecipeNode) throws {
    let names: [String] =
      switch hardware {
      case .design(let design): [design.silicon.arithmetic]
      case .space(let space):
        space.choices.first { $0.key == Self.key }?.values.map(\.description) ?? [ChipSilicon.standardArithmetic]
      }
    guard names.count == 1, let name = names.first else {
      throw place.error(
        "arithmetic: accuracy is measured in one, and the accelerators have \(names.joined(separator: ", "))",
        advice: "name one, and make a search of each")
    }
    guard assessor.choice == .physical else { return }
    guard name != ChipSilicon.standardArithmetic else {
      // Accuracy in floats says nothing of the chip: who wants floats priced says arithmetic: fp32.
      if precision == .int8 { try price(.int8) }
      return
    }
    let own = try Arithmetic(parsing: name)
    guard own == .float32 || !own.isFloat else {
      throw place.error(
        "arithmetic: accuracy is measured in fp32 or in whole numbers, not in \(name)",
        advice: "one of \(Arithmetic.presets.filter { $0 != "bf16" }.joined(separator: ", "))")
    }
    let meant: AccuracyPrecision = own == .float32 ? .float32 : .int8
    if let stated, precision != meant || precision == .int8 && own != .int8 {
      throw stated.error(
        "precision: \(precision.rawValue) is not what the accelerators compute, \(name)", advice: "leave precision out")
    }
    precision = meant
    if meant == .int8 { arithmetic = own }
    try price(own)
  }

  private mutating func price(_ arithmetic: Arithmetic) throws {
    let change = DesignChange(Self.key, RecipeNode(word: arithmetic.description, origin: name))
    switch hardware {
    case .design(let design): hardware = .design(try design.changed(by: [change]))
    case .space(let space): hardware = .space(try space.changed(by: [change]))
    }
  }
}
