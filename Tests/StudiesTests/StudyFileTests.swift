import CLIPFiles
import Foundation
import CLIPStudies
import Testing

@Suite("Study files")
struct StudyFileTests {
  private func finished(_ folder: StudyFolder) throws -> [UInt8] {
    // The last connection leaves no journal behind.
    do {
      let study = try Sample.open(folder.study)
      try Sample.work(study, as: "a")
      try study.setNote("footprint/a", ["energy_j": 3.5])
    }
    return try TextFile.bytes(of: folder.study)
  }

  @Test("notes are kept under their keys and listed by prefix")
  func notes() throws {
    let folder = try StudyFolder(), study = try Sample.open(folder.study)
    try study.setNote("front/2", ["volume": 0.5])
    try study.setNote("front/1", ["volume": 0.25])
    try study.setNote("other", 3)
    try study.setNote("front/2", ["volume": 0.75])
    let notes = try study.notes(prefix: "front/")
    #expect(notes.map(\.key) == ["front/1", "front/2"] && notes.last?.value == ["volume": 0.75])
    let none = try study.note("front/3")
    #expect(none == nil)
  }

  @Test("a study is read while another process has it, and reading changes nothing")
  func reading() throws {
    let folder = try StudyFolder(), study = try Sample.open(folder.study)
    let claim = try study.claim(worker: "a", lease: 900) { trials in
      // Inside the writer's transaction.
      let seen = try Study.read(folder.study).trials()
      #expect(seen.isEmpty)
      return Sample.propose(trials)
    }
    #expect(claim != nil)
    let reader = try Study.read(folder.study), seen = try reader.trials()
    #expect(seen.map(\.state) == [.running])
    let refused = fault { try reader.setNote("x", 1) }
    #expect(refused?.contains("read-only") == true)
  }

  @Test("files that are no studies are refused in one line and left as they were")
  func foreign() throws {
    let folder = try StudyFolder()
    func message(_ bytes: [UInt8], _ name: String) throws -> String? {
      let path = try folder.file(name, bytes)
      let message = fault { try Sample.open(path) }, reading = fault { try Study.read(path) }
      #expect(message == reading)
      let after = try TextFile.bytes(of: path) == bytes
      #expect(after)
      return message.map { $0.replacingOccurrences(of: "\(folder.path)/", with: "") }
    }
    var bytes = try finished(folder)
    let text = try message(Array("trials: 12\n".utf8), "text")
    #expect(text == "text: is no study")
    let long = try message([UInt8](repeating: 65, count: 9000), "long")
    #expect(long == "long: is no study")
    bytes[63] = 9
    let newer = try message(bytes, "newer")
    #expect(newer == "newer: is a study of version 9; this program reads 1 to 3; use the program that made it")
    bytes[71] ^= 1
    let other = try message(bytes, "other")
    #expect(other == "other: is no study; name another folder")
    let missing = fault { try Study.read("\(folder.path)/none") }
    #expect(missing == "\(folder.path)/none: there is no study; begin one with carbonclip search RECIPE")
    let isFolder = fault { try Sample.open(folder.path) }
    #expect(isFolder == "\(folder.path): is a folder, not a study")
    let empty = try folder.file("empty", []), reading = fault { try Study.read(empty) }
    #expect(reading == "\(empty): is an empty study; remove it")
    let begun = fault { try Sample.open(empty) }
    #expect(begun == nil)
  }

  @Test("the study of another recipe is refused with the keys that differ; a budget may differ")
  func otherRecipe() throws {
    let folder = try StudyFolder()
    _ = try Sample.open(folder.study)
    func message(_ recipe: JSONValue, _ data: String = "base") -> String? {
      fault {
        try Study.open(
          folder.study, identity: StudyIdentity(recipe: recipe, codeVersion: "2", dataFingerprint: data), budget: 1)
      }
    }
    #expect(message(["trials": 99, "seed": 7, "space": ["width": [64, 128]]]) == nil)
    let keys = message(["trials": 10, "seed": 8, "space": ["width": [64]], "loss": "clip"], "another")
    #expect(
      keys
        == "\(folder.study): is the study of another recipe: loss, seed, space.width, the base model differ; "
        + "give this search another --name")
  }

  @Test("a study cut off anywhere is refused or read, and never ends the program")
  func truncation() throws {
    let folder = try StudyFolder(), bytes = try finished(folder)
    var refused = 0
    for length in stride(from: 512, to: bytes.count, by: 512) {
      let path = try folder.file("cut.sqlite", Array(bytes[..<length]))
      if let message = use(path) {
        #expect(message.hasPrefix("\(path): ") && !message.contains("\n"))
        refused += 1
      }
      for ending in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + ending) }
    }
    #expect(refused > 10)
  }

  @Test("a study with changed bytes is refused or read, and never ends the program", arguments: 0..<4)
  func damage(_ seed: UInt64) throws {
    let folder = try StudyFolder(), bytes = try finished(folder)
    var state = seed &* 0x9e37_79b9_7f4a_7c15 &+ 1
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
    for _ in 0..<60 {
      var copy = bytes
      for _ in 0...next(12) { copy[next(copy.count)] = UInt8(next(256)) }
      let path = try folder.file("damaged.sqlite", copy)
      if let message = use(path) { #expect(message.hasPrefix("\(path): ") && !message.contains("\n")) }
      for ending in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + ending) }
    }
  }

  /// Everything that a search does with a file; the first fault.
  private func use(_ path: String) -> String? {
    fault {
      _ = try Study.read(path).trials()
      let study = try Sample.open(path)
      _ = try study.budget()
      try study.setBudget(11)
      if let claim = try study.claim(worker: "w", lease: 900, propose: Sample.propose) {
        try study.finish(claim, measurement: ["a": 1], key: "a")
      }
      _ = try study.stopAdvice()
      _ = try study.notes(prefix: "f")
      try study.retryFailed()
    }
  }

  @Test("a number of trials beyond all bounds is a damage, and traps nowhere", arguments: [Int.min, -1, Int.max])
  func budget(number: Int) throws {
    let folder = try StudyFolder(), study = try Sample.open(folder.study, budget: number)
    #expect(fault { _ = try study.budget() }?.contains("is damaged: its number of trials is \"\(number)\"") == true)
    #expect(fault { try study.setBudget(number) } == "\(folder.study): cannot have \(number) trials")
  }

  @Test("a measurement that cannot be read back is refused when it is written")
  func deep() throws {
    let folder = try StudyFolder(), study = try Sample.open(folder.study)
    let claim = try #require(try study.claim(worker: "a", lease: 900, propose: Sample.propose))
    var value: JSONValue = 1
    for _ in 0..<200 { value = [value] }
    let message = fault { try study.finish(claim, measurement: value, key: "k") }
    #expect(
      message == "\(folder.study): the measurement of trial 1 cannot be kept: not valid JSON: nested more than 128 deep"
    )
    try study.finish(claim, measurement: ["large": 1e308, "small": -5e-324, "count": .integer(.max)], key: "k")
    let trial = try #require(try study.trials().first)
    #expect(trial.measurement == ["large": 1e308, "small": -5e-324, "count": .integer(.max)])
  }

  @Test("a study of the first version is read as it is, and becomes today's when it is gone on with")
  func older() throws {
    let folder = try StudyFolder()
    let packed = try #require(Data(base64Encoded: Self.first, options: .ignoreUnknownCharacters))
    _ = try folder.file("study.sqlite", try Gzip.decompress(Array(packed), wrapper: .zlib))
    let before = try Study.read(folder.study).trials()
    #expect(before.map(\.point) == [[1, 2]] && before.first?.measurement == ["values": [1, 2]])
    let study = try Sample.open(folder.study)
    try Sample.work(study, as: "a")
    let after = try study.trials()
    #expect(after.count == 2 && after.first == before.first && after.last?.state == .finished)
  }

  /// A study of version 1 with one finished trial and a budget of two, deflated.
  private static let first = """
    eNrtV1trE0EUnsnk0gRKq7Es+yAMW0oNbqQbi0pENLarhMa0jQm0lLJMstN2abKb7k5aS+hDvfwE/4cIfffBJxH0T/gXxOKL
    s7fWFIX6UKhkv92Z2XN25lzmnJ3Zeb5cMRjFG5bdIQzfBjEAIXiEMQBghJcMOEU8KCFgUMDcnMPAnzECbrVgwu0If7p02m8i
    XA6MxEd5nYB7AH6E7+Bb+Io/Rrh4ZBJIHGv29E3KCuNxNHmFmruGbZkdarL+gYhQXtQJI9qGYW5Su2sbJpOaxKHS1RiayrYs
    nWq71HYMy5QUqQiRaNm0ZXRpX3Io1aXiXVlyuqRFpWJf2jN0tiUV1+7Mykrh3vqBLDHbIG1HKiozBxkv/kcAHsFv8Cv8AL9H
    wbn82YNE6CdPYgxNwt9yJ34N5eHZzEHjaAr+njOxNBLTfsK43z9f9CMMaypF8R9qjHr/Zp8AvyP815iF4yArXs/mQ0ZakQsO
    6XTblO8FhrNFdSVf6Eu7pN2jfPNf46/Xvf0fwmPA7wjDhCTKugkyCn/wQx2Pfx9+AcdwCXzm1wXgZjIpPBQhMEydvnAuxiXu
    Sv7cnRsoJQgCPEwz0mxT02LU8ar4XE0t1VVcLz2uqNhj4RvbdB/X1ZU6XqqVn5Vqq3hBXZWx9yX5/OoiL41KJZeLJ4UHQujn
    TpsfrjXSY5ZHa544TfGaRA2mhIkJeJjyLOhQRtwSG9Dvcv5F/XQsKdyf+Jt6V5qmuDUKzvfe+o9AEYD34I3bnB/lVFKYFiHx
    RPsnCq25r3FbfSITOFKuzqsreKADXqwGDM+33GBynLU6GKr4berlQiIliCJ8vePNm8/16+TA3IUazF6nSW1uR119qtYG57DL
    dbDBOcSNanm5ocrYso1Nwxx8KWOHEUbPMsMAyTxgxOnZ1P0XDzg251hmQPDRNqM65nbyYeG6HJB7lr3NDQ0EkdaWYdKA6tpW
    izpO6MQJQ/MEBp3aXBPVqBnKI4zRTpedjDp1cV59UmpU6ngmF63/w7z+5wu/ADjAU4I=
    """
}
