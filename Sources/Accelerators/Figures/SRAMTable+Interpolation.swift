internal import CLIPFiles

extension SRAMTable {
  /// A memory's figures, between two tabulated sizes too: there every figure follows a straight line in the logarithms of
  /// size and figure, so it lies between its neighbors'. The cycle is the slower neighbor's, since it moves in steps.
  ///
  /// - Throws: `InputError` with the range, where the size is smaller or larger than any tabulated.
  public func interpolatedMemory(kilobytes: Double, _ build: Build) throws -> Figures {
    let sizes = sizes(of: build)
    guard let smallest = sizes.first, let largest = sizes.last, kilobytes >= Double(smallest),
      kilobytes <= Double(largest)
    else {
      let range = sizes.isEmpty ? "no size" : "\(sizes[0]) to \(sizes[sizes.count - 1]) KB"
      throw InputError(
        "no figures for a memory of \(kilobytes) KB (\(build.wordBits)-bit words, \(build.banks) banks, "
          + "\(build.ports) ports)", advice: "known are \(range)")
    }
    let next = sizes.first { Double($0) >= kilobytes } ?? largest
    let above = try memory(kilobytes: next, build)
    guard Double(next) != kilobytes, let before = sizes.last(where: { Double($0) < kilobytes }) else { return above }
    let below = try memory(kilobytes: before, build)
    func between(_ figure: KeyPath<Figures, Double>) -> Double {
      Power.interpolate(
        kilobytes, from: Double(before), to: Double(next), low: below[keyPath: figure], high: above[keyPath: figure])
    }
    return Figures(
      readPicojoules: between(\.readPicojoules), writePicojoules: between(\.writePicojoules),
      areaSquareMicrometers: between(\.areaSquareMicrometers), leakageMilliwatts: between(\.leakageMilliwatts),
      accessNanoseconds: between(\.accessNanoseconds),
      cycleNanoseconds: max(below.cycleNanoseconds, above.cycleNanoseconds))
  }
}
