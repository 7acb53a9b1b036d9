import CCLIPMPI
internal import CLIPFiles
import CLIPSystem

/// Ranks that `mpirun`, `mpiexec` or `srun` started, with OpenMPI or MPICH (and what shares its binary interface: Intel MPI,
/// MVAPICH, Cray MPICH).
///
/// The library is found when the program runs: where there is none, nothing is missing until ranks are started. There is one
/// group in a process.
public final class MPIRanks: RankGroup {
  public let rank: Int
  public let count: Int
  /// `OpenMPI` or `MPICH`.
  public let library: String
  /// Whoever sums found that it went wrong; told by ``finishSums()``.
  private let fault = Lock<Int32>(0)
  private let told = Lock(RankTraffic())

  /// What this rank has given away so far.
  public var traffic: RankTraffic { told.withLock { $0 } }

  /// The group that this process was started in; nil where it was started alone.
  ///
  /// `CARBONCLIP_MPI` in the environment names the library where it is not found by itself.
  /// - Throws: ``InputError`` where ranks were started but no library can be used.
  public static func launched(_ environment: [String: String]) throws -> MPIRanks? {
    guard let launch = RankLaunch(environment), launch.ranks > 1 else { return nil }
    return try MPIRanks(launch)
  }

  private init(_ launch: RankLaunch) throws {
    var reasons: [String] = []
    let isOpen = launch.libraries.contains { name in
      var reason = [CChar](repeating: 0, count: 512)
      if cmpi_open(name, &reason, reason.count) == 0 { return true }
      reasons.append(Self.text(reason))
      return false
    }
    guard isOpen else {
      throw InputError(
        "\(launch.launcher) started \(launch.ranks) ranks, and their MPI library cannot be opened: "
          + reasons.joined(separator: "; "),
        advice: "install OpenMPI or MPICH, or name the library in CARBONCLIP_MPI")
    }
    library = cmpi_kind() == Int32(CMPI_OPENMPI) ? "OpenMPI" : "MPICH"
    var rank: Int32 = 0, count: Int32 = 0
    let error = cmpi_start(&rank, &count)
    guard error == 0 else { throw Self.error(error) }
    (self.rank, self.count) = (Int(rank), Int(count))
    guard self.count == launch.ranks else {
      throw InputError(
        "\(launch.launcher) started \(launch.ranks) ranks, and \(library) sees \(count)",
        advice: launch.launcher == "srun"
          ? "use srun --mpi=pmix (OpenMPI) or --mpi=pmi2 (MPICH), or CARBONCLIP_MPI for the other library"
          : "start them with the mpirun of the library, or name its library in CARBONCLIP_MPI")
    }
  }

  /// The bytes of all ranks, one behind the other: `MPI_Allgatherv`.
  /// - Throws: ``InputError`` with what the library says.
  public func gather(_ bytes: UnsafeRawBufferPointer, sizes: [Int]) throws -> [UInt8] {
    let total = sizes.reduce(0, +)
    var all = [UInt8](repeating: 0, count: max(total, 1))
    try check(
      timing(bytes.count) {
        all.withUnsafeMutableBytes { target in
          cmpi_gather_sizes(bytes.baseAddress, bytes.count, target.baseAddress, sizes, Int32(sizes.count))
        }
      })
    return Array(all.prefix(total))
  }

  /// Fills the memory of all ranks with that of rank 0: `MPI_Bcast`.
  /// - Throws: ``InputError`` with what the library says.
  public func broadcast(_ memory: UnsafeMutableRawBufferPointer) throws {
    try check(timing(rank == 0 ? memory.count : 0) { cmpi_broadcast(memory.baseAddress, memory.count) })
  }

  /// Begins to replace floats by their sums over all ranks: `MPI_Iallreduce`. What goes wrong is told by ``finishSums()``.
  public func beginSum(_ floats: UnsafeMutableBufferPointer<Float>) {
    // What one call of MPI takes.
    let most = 1 << 28
    for first in stride(from: 0, to: floats.count, by: most) {
      let part = UnsafeMutableBufferPointer(rebasing: floats[first..<min(first + most, floats.count)])
      keep(timing(part.count * MemoryLayout<Float>.size) { cmpi_sum_begin(part.baseAddress, part.count) })
    }
  }

  /// Lets sums that were begun go on: `MPI_Testall`.
  public func progress() { keep(timing(0) { cmpi_progress() }) }

  /// Waits for all sums that were begun: `MPI_Waitall`.
  /// - Throws: ``InputError`` with what the library said of any of them.
  public func finishSums() throws {
    keep(timing(0) { cmpi_sum_end() })
    try check(fault.withLock { $0 })
  }

  /// Replaces numbers by their sums over all ranks: `MPI_Iallreduce` and `MPI_Waitall`.
  /// - Throws: ``InputError`` with what the library says.
  public func sum(_ numbers: UnsafeMutableBufferPointer<Double>) throws {
    // What one call of MPI takes.
    let most = 1 << 27
    for first in stride(from: 0, to: numbers.count, by: most) {
      let part = UnsafeMutableBufferPointer(rebasing: numbers[first..<min(first + most, numbers.count)])
      keep(timing(part.count * MemoryLayout<Double>.size) { cmpi_sum_begin_doubles(part.baseAddress, part.count) })
    }
    try finishSums()
  }

  /// Ends MPI when all is done; waits for the others.
  public func stop() { _ = cmpi_stop() }

  /// Ends all ranks at once: for whoever fails alone.
  public func abort(_ status: Int32) { cmpi_abort(status) }

  private func timing(_ bytes: Int, _ call: () -> Int32) -> Int32 {
    let start = ContinuousClock.now, result = call(), spent = (ContinuousClock.now - start).components
    told.withLock { told in
      told.bytes += bytes
      told.seconds += Double(spent.seconds) + Double(spent.attoseconds) * 1e-18
    }
    return result
  }

  private func keep(_ error: Int32) { if error != 0 { fault.withLock { $0 = error } } }

  private func check(_ error: Int32) throws { if error != 0 { throw Self.error(error) } }

  private static func error(_ code: Int32) -> InputError {
    var words = [CChar](repeating: 0, count: 1024)
    cmpi_error(code, &words, words.count)
    return InputError("ranks cannot reach one another: \(text(words).singleLine)")
  }

  private static func text(_ characters: [CChar]) -> String {
    String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
