extension Technology {
  /// Energy in pJ of a 32-bit access as the reference works with it.
  ///
  ///     read  = CACTI / 2 + 1.586294
  ///     write = CACTI / 2 + 2
  ///
  /// Accelergy takes the mean over accesses of which half move nothing, and adds two address generators; it prints six
  /// digits behind the point.
  /// - Throws: `InputError` where the size is not in the table.
  func referenceAccess(kilobytes: Int) throws -> (read: Double, write: Double) {
    let memory = try sram.memory(kilobytes: kilobytes)
    func printed(_ value: Double) -> Double { (value * 1e6).rounded() / 1e6 }
    return (
      printed(memory.readPicojoules * accessShare + addressRead),
      printed(memory.writePicojoules * accessShare + addressWrite)
    )
  }
}
