import CLIPFiles
import Foundation
import CLIPTensors
import Testing
import CLIPTraining

@Suite("Resume points") struct ResumePointTests {
  static let tensors: [(name: String, tensor: Tensor)] = [
    ("weights/visual.proj", Tensor((0..<600).map { Float($0) / 7 }, [20, 30])),
    ("exp_avg/visual.proj", Tensor([-0.0, .infinity, .leastNonzeroMagnitude, 1], [4])),
    ("exp_avg_sq/logit_scale", Tensor([Float(bitPattern: 0x7FC0_1234)], [])),
    ("empty", Tensor([], [0, 3])),
  ]
  static let state: JSONObject = [
    "step": 12, "epoch": 1, "loss": 0.1, "seed": .integer(.max), "note": "é \"quoted\"\n", "joules": [1.5, 2.25],
  ]

  /// A folder with points of the given steps, their files oldest first.
  private func points(_ steps: [Int], in folder: String, keeping: Int = 99) throws -> [String] {
    try steps.map { try ResumePoint.write(step: $0, Self.tensors, state: Self.state, to: folder, keeping: keeping) }
  }

  @Test("a point reads back bit for bit") func roundTrip() throws {
    let place = try ScratchRun()
    let path = try #require(try points([12], in: place.path).first)
    #expect(path == "\(place.path)/step_000000012.safetensors")
    let point = try ResumePoint(path: path)
    #expect(point.step == 12)
    #expect(point.state == Self.state)
    for (name, tensor) in Self.tensors {
      let found = try point.tensor(name, tensor.shape)
      #expect(found.elements.map(\.bitPattern) == tensor.elements.map(\.bitPattern), "\(name)")
    }
    #expect(message { _ = try point.tensor("weights/other", [1]) }.contains("lacks \"weights/other\""))
    #expect(
      message { _ = try point.tensor("weights/visual.proj", [30, 20]) }
        == "\(path): weights/visual.proj: expected [30, 20], found [20, 30]")
  }

  @Test("a point cut off anywhere is refused and the one before taken up") func truncation() throws {
    let place = try ScratchRun()
    let files = try points([1, 2], in: place.path)
    let whole = try TextFile.bytes(of: files[1])
    let lengths = Array(0..<64) + stride(from: 64, to: whole.count, by: 37) + [whole.count - 1]
    for length in lengths {
      try AtomicFile.write(Array(whole[..<length]), to: files[1])
      var passed: [String] = []
      let point = try ResumePoint.latest(in: place.path) { passed.append($0.description) }
      #expect(point?.step == 1, "\(length) bytes")
      #expect(passed.count == 1 && passed[0].hasPrefix(files[1]), "\(length) bytes: \(passed)")
    }
  }

  @Test("a zeroed tail and bytes behind the end are noticed") func tail() throws {
    let place = try ScratchRun()
    let file = try points([5], in: place.path)[0]
    let whole = try TextFile.bytes(of: file)
    for count in [1, 4, 512, whole.count] {
      var bytes = whole
      bytes.replaceSubrange((whole.count - count)..., with: repeatElement(0, count: count))
      try #require(bytes != whole)
      try AtomicFile.write(bytes, to: file)
      #expect(message { _ = try ResumePoint(path: file) }.hasPrefix(file), "\(count)")
    }
    try AtomicFile.write(whole + [0], to: file)
    #expect(message { _ = try ResumePoint(path: file) }.hasPrefix(file))
  }

  @Test("any byte changed to any other is noticed, but for the header's padding", arguments: [1, 2, 3])
  func flippedByte(seed: UInt64) throws {
    let place = try ScratchRun()
    let file = try points([123_456], in: place.path)[0]
    let whole = try TextFile.bytes(of: file)
    let headerLength = whole[0..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    var random = SeededRandom(state: seed)
    // All places of the header once, and some among the numbers.
    let header = seed == 1 ? Array(0..<(8 + headerLength)) : []
    for place in header + (0..<200).map({ _ in Int.random(in: 0..<whole.count, using: &random) }) {
      let isPadding =
        place >= 8 && place < 8 + headerLength && whole[place..<(8 + headerLength)].allSatisfy { $0 == 0x20 }
      if isPadding { continue }
      var bytes = whole
      bytes[place] ^= UInt8.random(in: 1...255, using: &random)
      try AtomicFile.write(bytes, to: file)
      let text = message { _ = try ResumePoint(path: file) }
      #expect(text.hasPrefix(file) && !text.contains("\n"), "seed \(seed), byte \(place) to \(bytes[place]): \(text)")
    }
  }

  @Test("a changed step or number in the state is noticed although the file is otherwise sound")
  func forged() throws {
    let place = try ScratchRun()
    let file = try points([12], in: place.path)[0]
    let whole = try TextFile.bytes(of: file)
    for (from, to) in [
      (#""step":"12""#, #""step":"13""#), (#"\"epoch\":1"#, #"\"epoch\":2"#), ("exp_avg/visual", "exp_avg/Visual"),
    ] {
      let range = try #require(whole.firstRange(of: Array(from.utf8)))
      var bytes = whole
      bytes.replaceSubrange(range, with: Array(to.utf8))
      try AtomicFile.write(bytes, to: file)
      #expect(
        message { _ = try ResumePoint(path: file) } == "\(file): is damaged: its checksum does not match", "\(from)")
    }
  }

  @Test("the newest whole point is taken; when none is whole that is an error, and none at all is none")
  func latest() throws {
    let place = try ScratchRun()
    #expect(try ResumePoint.latest(in: place.path) { _ in } == nil)
    #expect(try ResumePoint.latest(in: "\(place.path)/missing") { _ in } == nil)
    let files = try points([1, 2, 3], in: place.path)
    #expect(try ResumePoint.latest(in: place.path) { _ in }?.step == 3)
    try AtomicFile.write("", to: files[2])
    try Folder.make("\(place.path)/step_000000009.safetensors")
    _ = try place.write("mine", to: "step_best.safetensors")
    var passed = 0
    #expect(try ResumePoint.latest(in: place.path) { _ in passed += 1 }?.step == 2)
    #expect(passed == 2)
    for file in files { try AtomicFile.write("{}", to: file) }
    #expect(
      message { _ = try ResumePoint.latest(in: place.path) { _ in } }
        == "\(place.path): none of the 4 resume points is whole; start again without resuming")
  }

  @Test("points are ordered by number, also beyond nine digits") func order() throws {
    let place = try ScratchRun()
    _ = try points([999_999_999, 1_000_000_000], in: place.path)
    #expect(try ResumePoint.latest(in: place.path) { _ in }?.step == 1_000_000_000)
  }

  @Test("only the last few are kept, and points of a continuation that was left are removed") func keeping() throws {
    let place = try ScratchRun()
    let mine = try place.write("mine", to: "step_best.safetensors")
    _ = try points([1, 2, 3, 4], in: place.path, keeping: 2)
    #expect(ResumePoint.files(in: place.path) == ["step_000000003.safetensors", "step_000000004.safetensors"])
    _ = try place.write("damaged", to: "step_000000005.safetensors")
    _ = try points([4], in: place.path, keeping: 2)
    #expect(ResumePoint.files(in: place.path) == ["step_000000003.safetensors", "step_000000004.safetensors"])
    _ = try points([6], in: place.path, keeping: 0)
    #expect(ResumePoint.files(in: place.path) == ["step_000000006.safetensors"])
    #expect(Folder.containsFile(mine))
  }

  @Test("a point that cannot be written leaves those before it and nothing half written") func unwritable() throws {
    let place = try ScratchRun()
    let files = try points([1, 2], in: place.path)
    // A folder that stands in the way is never replaced.
    try Folder.make("\(place.path)/step_000000003.safetensors/inside")
    let text = message { _ = try points([3], in: place.path, keeping: 1) }
    #expect(text.contains("is a folder, which is never replaced"))
    #expect(try Folder.names(in: place.path) == files.map(Folder.name(of:)) + ["step_000000003.safetensors"])
    #expect(try ResumePoint.latest(in: place.path) { _ in }?.step == 2)
    #expect(
      message { _ = try points([3], in: "\(place.path)/missing") }.contains("cannot write: No such file or directory"))
    #expect(message { _ = try points([3], in: "/proc") }.hasPrefix("/proc/step_000000003.safetensors: cannot write"))
  }
}

#if os(Linux)
  /// In a process of its own: the limit on files' sizes holds for the whole process, and stands here for a full disk.
  @Suite("A disk that fills up") struct FullDiskTests {
    static func limitFiles(to bytes: UInt) throws {
      // Without this the system ends the process instead of failing the write.
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: rlim_t(bytes), rlim_max: rlim_t(bytes))
      try #require(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
    }

    @Test("a resume point that no longer fits leaves those before it, and no temporary file") func resumePoint() async {
      await #expect(processExitsWith: .success) {
        let place = try ScratchRun()
        let small = Tensor([Float](repeating: 1, count: 1000), [1000])
        let large = Tensor([Float](repeating: 1, count: 100_000), [100_000])
        for step in 1...2 { try ResumePoint.write(step: step, [("w", small)], state: [:], to: place.path, keeping: 2) }
        let before = try Folder.names(in: place.path)
        try FullDiskTests.limitFiles(to: 65536)
        let text = message {
          try ResumePoint.write(step: 3, [("w", large)], state: [:], to: place.path, keeping: 1)
        }
        try #require(
          text.hasPrefix("\(place.path)/step_000000003.safetensors: cannot write: File too large"), "\(text)")
        try #require(try Folder.names(in: place.path) == before)
        try #require(try ResumePoint.latest(in: place.path) { _ in }?.step == 2)
      }
    }

    @Test("a log line that no longer fits is taken back whole") func log() async {
      await #expect(processExitsWith: .success) {
        let place = try ScratchRun()
        let log = try RunLog(path: "\(place.path)/log.jsonl", resumingAt: nil)
        try FullDiskTests.limitFiles(to: 100)
        try log.append(["event": "start"])
        // The first hundred bytes fit, the rest does not.
        let text = message { try log.append(["note": .string(String(repeating: "x", count: 200))]) }
        try #require(text.contains("cannot write: File too large"), "\(text)")
        try log.append(["event": "end"])
        try #require(try TextFile.lines(of: log.path) == [#"{"event":"start"}"#, #"{"event":"end"}"#])
      }
    }
  }
#endif

/// SplitMix64, so that a failing place can be found again.
private struct SeededRandom: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
    return word ^ word >> 31
  }
}
