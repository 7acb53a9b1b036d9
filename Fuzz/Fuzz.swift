import CLIPFiles
import CLIPSystem

/// What the command line asks for.
enum Fuzz {
  static func run(_ arguments: [String]) throws {
    if arguments.first == "worker" { return try work(Array(arguments.dropFirst())) }
    if let word = arguments.first, ["help", "--help", "-h"].contains(word) { return print(usage) }
    var options = try Options(arguments)
    if let file = options.replay { return try replay(file, options) }
    if options.seconds == nil, options.cases == nil { options.seconds = 60 }
    // Traps are told by their signal; the runtime's own report would take seconds each.
    setenv("SWIFT_BACKTRACE", "enable=no", 1)
    print("seed \(options.seed)")
    fflush(nil)
    var table = Table()
    let weight = options.readers.reduce(0) { $0 + $1.weight }
    for (number, reader) in options.readers.enumerated() {
      let share = options.cases.map { max(1, Int((Double($0) * reader.weight / weight).rounded())) }
      let cases = options.first..<options.first + (share ?? 1_000_000_000)
      let left = options.readers.count - number
      let deadline = options.seconds.map { seconds in
        UTCDate.now + max(0.2, (seconds - table.seconds) / Double(left))
      }
      let tally = try Campaign(reader: reader, seed: options.seed, findings: options.findings).run(
        cases, until: deadline)
      table.add(reader.name, tally)
      print(table.line(reader.name, tally))
      fflush(nil)
    }
    print(table.lastLine)
    guard table.findings == 0 else {
      throw InputError(
        "\(table.findings) findings", file: options.findings, advice: "replay each with --reader NAME --replay FILE")
    }
  }

  private static func work(_ arguments: [String]) throws {
    guard arguments.count == 5, let reader = try Options.readers(arguments[0]).first, let seed = UInt64(arguments[1]),
      let first = Int(arguments[2]), let end = Int(arguments[3]), first <= end
    else { throw InputError("usage: Fuzz worker READER SEED FIRST END FOLDER") }
    exit(try Worker(reader: reader, seed: seed, cases: first..<end, folder: arguments[4]).run())
  }

  /// Gives one file to a reader, in this process: a debugger sees what happens.
  private static func replay(_ file: String, _ options: Options) throws {
    guard options.readers.count == 1, let reader = options.readers.first else {
      throw InputError("--replay needs one --reader")
    }
    let bytes = try TextFile.bytes(of: file)
    chdir(Sources.standard.root)
    setenv("CARBONCLIP_DATA", "\(Sources.standard.root)/data", 1)
    let folder = try Workplace.temporaryFolder()
    defer { Workplace.remove(folder) }
    try reader.prepare(folder)
    try Sources.write(bytes, to: "\(folder)/\(reader.file)")
    try reader.read("\(folder)/\(reader.file)", folder)
    print("accepted")
  }
}
