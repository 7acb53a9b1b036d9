internal import CLIPAccelerators
internal import CLIPAssessment
internal import CLIPFiles
package import CLIPModelShapes
internal import CLIPRecipes

/// Accuracy counts in the arithmetic that the accelerators are priced in: what is computed in floats is paid for as such, and so
/// are 4 bits.
extension SearchRecipe {
  private static let key = "arithmetic"

  /// What the accuracy that counts is called: `float32`, or the names of whole numbers.
  package var precisionName: String {
    precision == .float32 ? precision.rawValue : wholeNumbers
  }

  /// The whole numbers that ``AccuracyPrecision/int8`` stands for: one, or those that are chosen from.
  var wholeNumbers: String {
    space.arithmetics.isEmpty
      ? arithmetic.description : space.arithmetics.map(\.description).joined(separator: " or ")
  }

  /// In what a point of the model space counts.
  package func arithmetic(at point: [Int]) -> Arithmetic { space.arithmetic(point) ?? arithmetic }

  /// The accelerators for a point of the model space, priced in its arithmetic; all have the same numbers.
  /// - Throws: `InputError` where the accelerators cannot have it, which reading the recipe has found out.
  func hardware(at point: [Int]) throws -> Hardware {
    guard let own = space.arithmetic(point), own != space.arithmetics.last else { return hardware }
    return try priced(own)
  }

  /// Prices a point of the model space.
  func assessor(at point: [Int]) -> Assessor {
    guard let own = space.arithmetic(point) else { return assessor }
    var assessor = assessor
    assessor.numberBits = own.weightBits
    return assessor
  }

  /// Prices the accelerators in the arithmetic in which accuracy counts; what a space, or the key `arithmetic`, says of them
  /// decides that.
  /// - Parameters:
  ///   - stated: the key `precision`; nil where it is not given
  ///   - place: of what names the accelerators
  ///
  /// Several make an axis of the model space: each shape in each of them.
  /// - Throws: `InputError` where accuracy cannot be measured in one of them, and where both keys contradict each other.
  mutating func priceArithmetic(stated: RecipeNode?, place: RecipeNode) throws {
    let names: [String] =
      switch hardware {
      case .design(let design): [design.silicon.arithmetic]
      case .space(let space):
        space.choices.first { $0.key == Self.key }?.values.map(\.description) ?? [ChipSilicon.standardArithmetic]
      }
    guard names.count == 1, let name = names.first else { return try choose(names, stated: stated, place: place) }
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

  private mutating func choose(_ names: [String], stated: RecipeNode?, place: RecipeNode) throws {
    let whole = Arithmetic.presets.filter { $0 != "bf16" && $0 != "fp32" }.joined(separator: ", ")
    guard mode != .allHardware, assessor.choice == .physical else {
      throw place.error(
        "arithmetic: \(names.joined(separator: ", ")): several are chosen from only where models are searched for and "
          + "priced by the physical cost model", advice: "name one, and make a search of each")
    }
    let choices = try names.map { name in
      let own = try place.naming { try Arithmetic(parsing: name) }
      guard !own.isFloat else {
        throw place.error(
          "arithmetic: \(name) cannot be one of several: they are whole numbers", advice: "such as \(whole)")
      }
      return own
    }
    guard Set(choices).count == choices.count else { throw place.error("arithmetic names one twice") }
    if let stated, precision == .float32 {
      throw stated.error(
        "precision: \(precision.rawValue) is not what the accelerators compute, \(names.joined(separator: ", "))",
        advice: "leave precision out")
    }
    precision = .int8
    space = try place.naming { try space.choosing(choices) }
    // Whatever cannot be priced in one of them is said now.
    for one in space.arithmetics.dropLast() { _ = try place.naming { try priced(one) } }
    guard let last = space.arithmetics.last else { return }
    arithmetic = last
    try price(last)
  }

  private mutating func price(_ arithmetic: Arithmetic) throws { hardware = try priced(arithmetic) }

  private func priced(_ arithmetic: Arithmetic) throws -> Hardware {
    let change = DesignChange(Self.key, RecipeNode(word: arithmetic.description, origin: name))
    return switch hardware {
    case .design(let design): .design(try design.changed(by: [change]))
    case .space(let space): .space(try space.changed(by: [change]))
    }
  }
}
