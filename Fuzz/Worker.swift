import CLIPFiles
import CLIPImageText
import CLIPSystem
import CLIPTensors

/// The process in which files are read: it may die, its parent notes at which case.
struct Worker {
  /// Longest message, in characters: a few lines of a terminal.
  static let longestMessage = 1100
  /// Address space of a worker, in bytes: what asks for more ends it by a signal.
  private static let addressSpace = 8 << 30
  /// Exit status after a fault that is no signal; `fault.txt` says which.
  static let faultStatus: Int32 = 77

  let reader: Reader
  let seed: UInt64
  let cases: Range<Int>
  let folder: String

  /// - Returns: the exit status
  func run() throws -> Int32 {
    var limit = rlimit(rlim_cur: rlim_t(Self.addressSpace), rlim_max: rlim_t(Self.addressSpace))
    setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
    // Recipes of the repository name its files as seen from there.
    chdir(Sources.standard.root)
    setenv("CARBONCLIP_DATA", "\(Sources.standard.root)/data", 1)
    let progress = try Progress("\(folder)/progress")
    let place = "\(folder)/work"
    try Folder.make(place)
    let seeds = try reader.seeds(Sources.standard)
    try reader.prepare(place)
    for number in cases {
      progress[.current] = number
      do {
        try run(reader.input(seeds, seed: seed, case: number), isSeed: number < seeds.count, place, progress)
      } catch let fault as Fault {
        try Sources.write(Array("\(fault)".utf8), to: "\(folder)/fault.txt")
        return Self.faultStatus
      }
    }
    progress[.done] = 1
    return 0
  }

  private func run(_ input: [UInt8], isSeed: Bool, _ place: String, _ progress: Progress) throws {
    let path = "\(place)/\(reader.file)"
    try Sources.write(input, to: path)
    let before = Self.peak
    var refusal: String?
    do { try reader.read(path, place) } catch let error as InputError {
      refusal = "\(error)"
    } catch let error as SkippedSample {
      refusal = "\(error)"
    } catch let error as ShapeError {
      refusal = "\(error)"
    } catch let fault as Fault {
      throw fault
    } catch {
      throw Fault.other("\(type(of: error)): \(error)")
    }
    let peak = Self.peak
    progress[.peakBytes] = max(progress[.peakBytes], peak)
    if peak - before > reader.memory { throw Fault.memory(peak - before) }
    guard let refusal else {
      progress[.accepted] += 1
      return
    }
    progress[.refused] += 1
    progress[.longestMessage] = max(progress[.longestMessage], refusal.unicodeScalars.count)
    if refusal.unicodeScalars.count > Self.longestMessage || refusal.contains(where: \.isNewline) {
      throw Fault.message(refusal)
    }
    if isSeed { throw Fault.seed(refusal) }
  }

  /// The most memory that this process has held, in bytes.
  private static var peak: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Int(usage.ru_maxrss) * 1024
  }
}
