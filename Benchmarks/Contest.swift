import CLIPFiles
import Foundation

/// Sides that take turns: each round every side measures once, another one first each time.
struct Contest {
  /// One side's results, a number a round.
  struct Result {
    let name: String
    let ready: JSONValue
    var perSecond = Samples()
    var medianMilliseconds = Samples()
    var peakMegabytes = 0.0
  }

  private var sides: [PeerProcess] = []
  /// The share of the processors' time that programs outside the contest took during ``run(rounds:seconds:_:)``.
  private(set) var othersShare = Double.nan

  /// Takes in a side; one that does not run here is reported and left out.
  mutating func add(_ report: inout Report, _ start: () throws -> PeerProcess) throws {
    do { sides.append(try start()) } catch let error as InputError { report.skip(error.description) }
  }

  /// Lets the sides take turns, then ends them. A side that fails is reported and left out.
  mutating func run(rounds: Int, seconds: Double, _ report: inout Report) -> [Result] {
    let before = ProcessorTime(of: sides)
    var results = sides.map { Result(name: $0.name, ready: $0.ready) }
    var failed: Set<Int> = []
    for round in 0..<rounds {
      for turn in sides.indices {
        let index = (round + turn) % sides.count
        if failed.contains(index) { continue }
        do {
          let turn = try sides[index].measure(seconds: seconds)
          results[index].perSecond.add(turn.perSecond)
          results[index].medianMilliseconds.add(turn.medianMilliseconds)
          results[index].peakMegabytes = turn.peakMegabytes
        } catch {
          failed.insert(index)
          report.skip("\(error)")
        }
      }
    }
    othersShare = ProcessorTime(of: sides).othersShare(since: before)
    for side in sides { side.quit() }
    return results.enumerated().filter { !failed.contains($0.offset) }.map(\.element)
  }
}

/// Clock ticks since the start: of all processors, busy or not, and those of the contest's own processes.
private struct ProcessorTime {
  private var total = 0.0, busy = 0.0, own = 0.0

  init(of sides: [PeerProcess]) {
    let machine = Self.words("/proc/stat").prefix { $0 != "cpu0" }.compactMap { Double($0) }
    guard machine.count >= 8 else { return }
    total = machine[..<8].reduce(0, +)
    busy = total - machine[3] - machine[4]  // idle, waiting for a disk
    for process in sides.map({ "\($0.processIdentifier)" }) + ["self"] {
      // The name, in parentheses, is field 2; user and system time are 14 and 15.
      let fields = Self.words("/proc/\(process)/stat")
      guard let name = fields.lastIndex(where: { $0.hasSuffix(")") }), fields.count > name + 13 else { continue }
      own += (Double(fields[name + 12]) ?? 0) + (Double(fields[name + 13]) ?? 0)
    }
  }

  func othersShare(since start: ProcessorTime) -> Double {
    let all = total - start.total
    return all > 0 ? max(0, busy - start.busy - (own - start.own)) / all : .nan
  }

  private static func words(_ path: String) -> [Substring] {
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    return text.split(whereSeparator: \.isWhitespace).map { $0 }
  }
}
