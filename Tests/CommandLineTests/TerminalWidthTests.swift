import Foundation
import Testing

/// What a terminal of 80 characters is shown.
@Suite("Tables in a terminal")
struct TerminalWidthTests {
  /// What a program writes to a terminal of some width.
  private static func shown(_ arguments: [String], columns: UInt16) throws -> [String] {
    // Linux: the C library hides posix_openpt from Swift.
    let master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    var locked: Int32 = 0, number: UInt32 = 0
    let unlocks = ioctl(master, 0x4004_5431, &locked), names = ioctl(master, 0x8004_5430, &number)
    try #require(master >= 0 && unlocks == 0 && names == 0)
    defer { close(master) }
    var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    let resizes = ioctl(master, UInt(TIOCSWINSZ), &size)
    try #require(resizes == 0)
    let slave = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
    try #require(slave >= 0)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Program.path)
    process.arguments = arguments
    process.standardOutput = FileHandle(fileDescriptor: slave, closeOnDealloc: false)
    process.standardError = FileHandle.nullDevice
    try process.run()
    close(slave)
    var bytes: [UInt8] = [], part = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(master, &part, part.count)
      if count <= 0 { break }
      bytes += part[..<count]
    }
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    return String(decoding: bytes, as: UTF8.self).replacing("\r\n", with: "\n").split(separator: "\n").map(String.init)
  }

  @Test(
    "no row is wider than the terminal, and what is left out is told",
    arguments: [
      ["models"], ["list", "scenarios"], ["list", "memories"], ["list", "recipes"],
      ["estimate", "--model", "ViT-B-32", "--design", "edge-base", "--design", "edge-dual"],
    ])
  func fits(arguments: [String]) throws {
    let lines = try Self.shown(arguments, columns: 80)
    // Sentences are the terminal's to wrap.
    let table = lines.filter { !$0.contains("more names") }.filter {
      arguments[0] != "estimate" || $0.hasPrefix("ViT-B-32") && !$0.contains(" on ") || $0.contains("left out")
    }
    #expect(table.count > 1 && table.allSatisfy { $0.count <= 80 }, "\(lines.joined(separator: "\n"))")
    let all = try Program.run(arguments).output
    #expect(all.split(separator: "\n").contains { $0.count > 80 } && !all.contains("left out of this width"))
    let wide = try Self.shown(arguments, columns: 400)
    #expect(wide == all.split(separator: "\n").map(String.init))
  }
}
