import CLIPAccelerators
import CLIPFiles
import CLIPRecipes
import CLIPTestSupport
import Testing

@Suite("Spaces given by ranges")
struct KnobRangeTests {
  private static func space(_ line: String) throws -> DesignSpace {
    let standard = [
      "clusters: 1", "width: 8", "depth: 8", "l2: 64 KB", "l2-bandwidth: 16 B/cycle", "buffer: 1 MB",
    ]
    let key = line.prefix { $0 != ":" } + ":"
    let lines = standard.filter { !$0.hasPrefix(key) } + [line]
    return try DesignSpace(Recipe.parse(lines.joined(separator: "\n"), origin: "s.yaml"))
  }

  static let ranges: [(line: String, values: [Int])] = [
    ("l2: 16 KB to 128 KB", [16, 32, 64, 128]),
    ("l2: 16 KB to 100 KB", [16, 32, 64, 100]),
    ("l2: 16 to 64 KB, 2 per octave", [16, 24, 32, 48, 64]),
    ("buffer: 768 KB to 3 MB", [768, 1536, 3072]),
    ("l2: 4 KB to 16 KB, 4 per octave", [4, 5, 6, 7, 8, 10, 12, 14, 16]),
    ("l2: 4 KB to 8 KB 8 per octave", [4, 5, 6, 7, 8]),
    ("width: 8 to 64 by 8", [8, 16, 24, 32, 40, 48, 56, 64]),
    ("width: 8 to 60 by 16", [8, 24, 40, 56, 60]),
    ("width: 1 to 4", [1, 2, 4]),
    ("l2: 16 KB to 64 KB by 16 KB", [16, 32, 48, 64]),
    ("l2: [4 KB, 16 KB to 64 KB, 128 KB]", [4, 16, 32, 64, 128]),
  ]

  @Test("a range holds both ends and equal steps between doublings", arguments: ranges.indices)
  func values(index: Int) throws {
    let (line, expected) = Self.ranges[index]
    let designs = Array(try Self.space(line).designs)
    let found = designs.map { design in
      line.hasPrefix("l2") ? design.l2Kilobytes : line.hasPrefix("w") ? design.width : design.bufferKilobytes
    }
    #expect(found == expected)
  }

  @Test("a range of real numbers is not rounded")
  func real() throws {
    let clocks = try Self.space("clock: 100 MHz to 400 MHz, 2 per octave").designs.map(\.clock)
    #expect(clocks == [100e6, 150e6, 200e6, 300e6, 400e6])
  }

  static let bad: [(line: String, message: String)] = [
    (
      "l2: 64 KB to 16 KB",
      "l2: \"64 KB to 16 KB\" holds no range of values; the low end comes first: l2: 16 KB to 64 KB, 2 per octave"
    ),
    (
      "l2: 64 KB to 64 KB",
      "l2: \"64 KB to 64 KB\" holds no range of values; the low end comes first: l2: 16 KB to 64 KB, 2 per octave"
    ),
    (
      "l2: 0 KB to 16 KB",
      "l2: nothing is twice 0, found \"0 KB to 16 KB\"; begin above 0, or name a step"
    ),
    ("width: 0 to 16", "width must be a whole number from 1 to 4096 columns, found 0"),
    ("l2: 16 KB to 99 GB", "l2: unknown unit \"GB\"; did you mean \"KB\"?"),
    ("l2: 16 KB to 999 MB", "l2 must be a whole number from 0 to 65536 KB, found \"999 MB\""),
    ("l2: nan KB to 16 KB", "l2 must be a number with its unit, found \"nan KB\"; such as l2: 64 KB"),
    ("l2: 16 KB to 4 B/cycle", "l2: unknown unit \"B/cycle\"; one of: KB, MB"),
    ("l2: 16 KB to", "l2: \"16 KB to\" lacks an end; write it as l2: 16 KB to 64 KB, 2 per octave"),
    ("l2: to 16 KB", "l2: \"to 16 KB\" lacks an end; write it as l2: 16 KB to 64 KB, 2 per octave"),
    (
      "l2: 16 KB to 64 KB, 0 per octave",
      "l2: expected 1 to 64 steps per octave, found \"0 per octave\"; write it as l2: 16 KB to 64 KB, 2 per octave"
    ),
    (
      "l2: 16 KB to 64 KB, 2 per decade",
      "l2: expected 1 to 64 steps per octave, found \"2 per decade\"; write it as l2: 16 KB to 64 KB, 2 per octave"
    ),
    ("width: 8 to 64 by 0", "width: steps must be more than 0, found \"8 to 64 by 0\""),
    ("width: 8 to 64 by nan", "width: by must be a whole number, found \"nan\""),
    ("width: 8 to 64 by", "width: \"8 to 64 by\" lacks a step; write it as width: 16 to 64, 2 per octave"),
    ("width: 1 to 4096 by 1", "width: more than 1000 values in \"1 to 4096 by 1\"; take larger steps"),
    ("width: 1 to 4096 by 1e-300", "width: more than 1000 values in \"1 to 4096 by 1e-300\"; take larger steps"),
    ("width: 1 to 1e300", "width must be a whole number from 1 to 4096 columns, found 1e+300"),
    ("l2: [16 KB to 64 KB, 32 KB]", "l2 must be a list of different values"),
    ("clusters: 1 to 8 by 1", "clusters 5 do not fill 2 rows; take a power of two"),
  ]

  @Test("a range that makes no sense is refused in one line with file, key and range", arguments: bad.indices)
  func refusal(index: Int) {
    let (line, expected) = Self.bad[index]
    #expect(message { _ = try Self.space(line) } == "s.yaml: line 6: \(expected)")
  }

  @Test("too many designs are refused before any is made")
  func size() {
    let text = """
      clusters: 1
      width: 1 to 900 by 1
      depth: 1 to 900 by 1
      l2: 4 KB to 900 KB by 1 KB
      l2-bandwidth: 1 B/cycle to 900 B/cycle by 1
      buffer: 4 KB to 900 KB by 1 KB
      buffer-bandwidth: 1 B/cycle to 900 B/cycle by 1
      dram-bandwidth: 1 B/cycle to 900 B/cycle by 1
      clock: 1 MHz to 900 MHz by 1 MHz
      """
    #expect(
      message { _ = try DesignSpace(Recipe.parse(text, origin: "s.yaml")) }
        == "s.yaml: line 1: more than 1000000000 designs; shorten a list")
  }
}

@Suite("Ends of a space's axes")
struct SpaceEndTests {
  private static func space(_ text: String) throws -> DesignSpace {
    try DesignSpace(Recipe.parse(text, origin: "s.yaml"))
  }

  private static let text = """
    clusters: [1, 2]
    width: [8, 16]
    depth: [8, 16]
    l2: 16 KB to 64 KB
    l2-bandwidth: 16 B/cycle
    buffer: 64 KB to 128 KB, 2 per octave
    """

  @Test("an end is told with its value, and why nothing lies beyond where that is so")
  func ends() throws {
    let space = try Self.space(Self.text), model = try PhysicalCostModel()
    let first = space.ends(of: space[0], for: model)
    #expect(
      first.map { "\($0.description)" } == [
        "the low end of clusters (1)", "the low end of width (8)", "the low end of depth (8)",
        "the low end of l2 (16 KB)", "the low end of buffer (64 KB)",
      ])
    #expect(first.map { $0.limit ?? "" } == ["the least there is", "", "", "", ""])
    let last = space.ends(of: space[space.count - 1], for: model)
    #expect(last.allSatisfy(\.isHigh) && last.count == 5 && last.allSatisfy { $0.limit == nil })
    // In the middle of an axis there is no end; an axis of one value has none.
    var middle = space[0]
    (middle.l2Kilobytes, middle.bufferKilobytes) = (32, 96)
    #expect(space.ends(of: middle, for: model).map(\.axis) == ["clusters", "width", "depth"])
  }

  @Test("a space is widened by an octave in the steps it has, to what can be built")
  func widening() throws {
    let space = try Self.space(Self.text), model = try PhysicalCostModel()
    let ends = space.ends(of: space[0], for: model)
    let wider = try #require(space.widened(beyond: ends, from: space[0], for: model))
    func values(_ path: KeyPath<AcceleratorDesign, Int>) -> [Int] {
      Set(wider.designs.map { $0[keyPath: path] }).sorted()
    }
    #expect(values(\.clusters) == [1, 2])
    #expect(values(\.width) == [4, 8, 16])
    #expect(values(\.l2Kilobytes) == [8, 16, 32, 64])
    #expect(values(\.bufferKilobytes) == [32, 48, 64, 96, 128])
    #expect(values(\.l2BytesPerCycle) == [16])
    #expect(wider.contains(space[0]) && wider.contains(space[space.count - 1]))

    // What there is ends within the octave: at 3 nm.
    let fine = try Self.space("\(Self.text)\nedition: 2\nclock: 100 MHz\nnode: [4 nm, 13 nm]")
    let node = try #require(fine.ends(of: fine[0], for: model).first { $0.axis == "node" })
    #expect(!node.isHigh && node.limit == nil)
    let finer = try #require(fine.widened(beyond: [node], from: fine[0], for: model))
    #expect(Set(finer.designs.map(\.silicon.node)) == [3, 4, 13])

    // The table of memories ends at 4 KB.
    let small = try Self.space(Self.text.replacing("l2: 16 KB to 64 KB", with: "l2: [4 KB, 8 KB]"))
    let limit = try #require(small.ends(of: small[0], for: model).first { $0.axis == "l2" })
    #expect(limit.limit == "beyond it the figures know no smaller one")
    #expect(small.widened(beyond: [limit], from: small[0], for: model) == nil)
  }
}
