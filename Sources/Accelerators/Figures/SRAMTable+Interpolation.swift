internal import CLIPFiles

extension SRAMTable {
  /// A memory's figures, between two tabulated sizes too: there every figure follows a straight line in the logarithms of
  /// size and figure, so it lies between its neighbors'. The cycle is the slower neighbor's, since it moves in steps.
  ///
  /// - Throws: `InputError` with the range, where the size is smaller or larger than any tabulated.
  public func interpolatedMemory(kilobytes: Double, _ build: Build) throws -> Figures {
    let rows = ascending[build] ?? []
    guard let smallest = rows.first?.kilobytes, let largest = rows.last?.kilobytes, kilobytes >= Double(smallest),
      kilobytes <= Double(largest)
    else {
      let range = rows.isEmpty ? "no size" : "\(rows[0].kilobytes) to \(rows[rows.count - 1].kilobytes) KB"
      throw InputError(
        "no figures for a memory of \(kilobytes) KB (\(build.wordBits)-bit words, \(build.banks) banks, "
          + "\(build.ports) ports)", advice: "known are \(range)")
    }
    guard let place = rows.firstIndex(where: { Double($0.kilobytes) >= kilobytes }) else {
      return rows[rows.count - 1].figures
    }
    let (next, above) = rows[place]
    guard Double(next) != kilobytes, place > 0 else { return above }
    let (before, below) = rows[place - 1]
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
