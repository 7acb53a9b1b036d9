import CLIPFiles
import Foundation
import Testing
import CLIPTraining

@Suite("The log of a run") struct RunLogTests {
  @Test("events are lines, in order, and appended to what is there")
  func append() throws {
    let place = try ScratchRun()
    let path = "\(place.path)/log.jsonl"
    try RunLog(path: path, resumingAt: nil).append(["event": "start", "note": "two\nlines"])
    try RunLog(path: path, resumingAt: nil).append(["event": "step", "step": 1, "loss": 0.5])
    #expect(
      try TextFile.text(of: path)
        == #"{"event":"start","note":"two\nlines"}"# + "\n" + #"{"event":"step","step":1,"loss":0.5}"# + "\n")
  }

  @Test("resuming cuts away later steps and an unfinished line, and keeps everything else byte for byte")
  func cut() throws {
    let place = try ScratchRun()
    let start = #"{"event": "start", "lr":1e-3}"#, first = #"{"event":"step","step":1}"#
    let second = #"{"event":"step","step":2}"#, third = #"{"event":"validation","step":3}"#, note = #"{"event":"note"}"#
    let path = try place.write(
      [start, first, second, third, note, #"{"event":"st"#].joined(separator: "\n"), to: "log.jsonl")
    let log = try RunLog(path: path, resumingAt: 2)
    #expect(try TextFile.text(of: path) == [start, first, second, note, ""].joined(separator: "\n"))
    try log.append(["event": "resume", "step": 2])
    #expect(try TextFile.lines(of: path).last == #"{"event":"resume","step":2}"#)
    _ = try RunLog(path: path, resumingAt: 0)
    #expect(try TextFile.lines(of: path) == [start, note])
  }

  @Test("a log cut off anywhere keeps its whole lines and can be appended to")
  func truncation() throws {
    let place = try ScratchRun()
    let lines = (1...4).map { #"{"event":"step","step":\#($0),"note":"é"}"# }
    let whole = Array((lines.joined(separator: "\n") + "\n").utf8)
    for length in 0...whole.count {
      let path = "\(place.path)/log.jsonl"
      try AtomicFile.write(Array(whole[..<length]), to: path)
      try RunLog(path: path, resumingAt: 9).append(["event": "end"])
      // A line whose line end alone is missing is whole.
      let expected = lines.filter { line in
        Array((lines.prefix { $0 != line } + [line]).joined(separator: "\n").utf8).count <= length
      }
      #expect(try TextFile.lines(of: path) == expected + [#"{"event":"end"}"#], "\(length) bytes")
    }
  }

  @Test("zeros and bytes that are no text, as a power cut leaves them, go; the log before them stays")
  func garbage() throws {
    let place = try ScratchRun()
    let path = "\(place.path)/log.jsonl"
    for tail in [[UInt8](repeating: 0, count: 4096), [0xFF, 0xFE, 0x0A], Array("[1]\n7\n".utf8)] {
      try AtomicFile.write(Array("{\"step\":1}\n".utf8) + tail, to: path)
      _ = try RunLog(path: path, resumingAt: nil)
      #expect(try TextFile.text(of: path) == "{\"step\":1}\n")
    }
  }

  @Test("a full disk is an input error") func full() throws {
    let log = try RunLog(path: "/dev/full", resumingAt: nil)
    let text = message { try log.append(["event": "step"]) }
    #expect(text.hasPrefix("/dev/full: cannot write: No space left on device; free some space"))
  }

  @Test("a folder in the log's place is an input error") func folder() throws {
    let place = try ScratchRun()
    #expect(
      message { _ = try RunLog(path: place.path, resumingAt: nil) } == "\(place.path): cannot write: Is a directory")
    #expect(
      message { _ = try RunLog(path: "\(place.path)/no/log.jsonl", resumingAt: 3) }.contains(
        "No such file or directory"))
  }
}
