import CLIPAccelerators
import CLIPFiles
import Foundation
import CLIPTestSupport
import Testing

@Suite("Recorded figures of the reference")
struct GoldenComparisonTests {
  static let model = Result { try ReferenceCostModel() }

  @Test("every recorded row is computed again to nine digits", arguments: GoldenLayout.allCases)
  func agreement(layout: GoldenLayout) throws {
    let comparison = try GoldenComparison(
      file: FixtureFile.path("\(layout.rawValue).csv"), with: Self.model.get())
    #expect(comparison.layout == layout)
    #expect(comparison.rows >= 10)
    #expect(comparison.deviations == [])
    #expect(comparison.agrees)
    for column in comparison.columns { #expect(column.largestDeviation < 1e-12, "\(column.name)") }
  }

  @Test("all columns that were recorded are compared")
  func columns() throws {
    let estimator = try GoldenComparison(file: FixtureFile.path("estimator.csv"), with: Self.model.get())
    #expect(estimator.columns.count == 22)
    let area = try GoldenComparison(file: FixtureFile.path("area.csv"), with: Self.model.get())
    #expect(area.columns.count == 11)
    let stale = try String(contentsOfFile: FixtureFile.path("area.csv"), encoding: .utf8)
    #expect(stale.split(separator: "\n").count { $0.hasSuffix(",1") } >= 6)
  }

  @Test("a figure that is off by a millionth is found, with its line and column")
  func deviation() throws {
    let lines = try String(contentsOfFile: FixtureFile.path("vector.csv"), encoding: .utf8).split(separator: "\n")
    var fields = lines[3].split(separator: ",").map(String.init)
    let energy = try #require(Double(fields[fields.count - 1]))
    fields[fields.count - 1] = "\(energy * 1.000001)"
    var changed = lines.map(String.init)
    changed[3] = fields.joined(separator: ",")
    try withFile("changed.csv", changed.joined(separator: "\n")) { path in
      let comparison = try GoldenComparison(file: path, with: try Self.model.get())
      #expect(comparison.rowsOutOfTolerance == 1)
      #expect(comparison.deviations.map(\.line) == [4])
      #expect(comparison.deviations.map(\.column) == ["energy_pj"])
      let column = try #require(comparison.columns.first { $0.name == "energy_pj" })
      #expect(column.line == 4)
      #expect(abs(column.largestDeviation - 1e-6) < 1e-9)
      #expect(!comparison.agrees)
      let loose = try GoldenComparison(file: path, with: try Self.model.get(), tolerance: 1e-5)
      #expect(loose.agrees)
    }
  }

  @Test("the comparison as JSON says what the summary says")
  func json() throws {
    let comparison = try GoldenComparison(file: FixtureFile.path("conv.csv"), with: Self.model.get())
    let json = comparison.json
    #expect(json["layout"]?.stringValue == "conv")
    #expect(json["rows"]?.intValue == comparison.rows)
    #expect(json["rows_out_of_tolerance"]?.intValue == 0)
    #expect(json["agrees"]?.boolValue == true)
    #expect(json["columns"]?.arrayValue?.count == comparison.columns.count)
    #expect(comparison.summary.contains("all within 1e-09"))
  }

  static let bad: [(text: String, message: String)] = [
    ("a,b\n1,2\n", "bad.csv: the columns are of no layout known (gemm, conv, vector, area, estimator)"),
    ("", "bad.csv: has no rows of figures"),
    (
      "B,N,M,C,l2_bw_words_per_cycle,clusters,width,depth,glb_mb,l2_kb,cycles\n1,77,0,64,64,1,32,16,2,256,1\n",
      "bad.csv: line 2, column M: expected a whole number from 1 to 1048576, found \"0\""
    ),
    (
      "B,N,M,C,l2_bw_words_per_cycle,clusters,width,depth,glb_mb,l2_kb,cycles\n1,77,64,64,64,1,32,16,2,100,1\n",
      "no figures for a memory of 100 KB"
    ),
    (
      "B,N,M,C,l2_bw_words_per_cycle,clusters,width,depth,glb_mb,l2_kb,cycles\n1,77,64,64,64,5,32,16,2,256,1\n",
      "bad.csv: line 2: clusters: 5 do not fill 2 rows; take a power of two"
    ),
    (
      "op,out_shape,operand_shapes,clusters,vc_width,glb_mb,l2_kb,cycles\nSoftmx,1x2,1x2,1,32,2,64,1\n",
      "bad.csv: line 2, column op: unknown operation \"Softmx\"; did you mean \"Softmax\"?"
    ),
    (
      "op,out_shape,operand_shapes,clusters,vc_width,glb_mb,l2_kb,cycles\nAdd,1xq,1x2,1,32,2,64,1\n",
      "bad.csv: line 2, column out_shape: expected a shape such as 1x77x512, found \"1xq\""
    ),
    (
      "op,out_shape,operand_shapes,clusters,vc_width,glb_mb,l2_kb,cycles\nAdd,1048576x1048576x1048576,1x2,1,32,2,64,1\n",
      "is too large"
    ),
    (
      "op,out_shape,operand_shapes,clusters,vc_width,glb_mb,l2_kb,cycles\nAdd,1x2,1x2,1,32,2,64,many\n",
      "bad.csv: line 2, column cycles: expected a number"
    ),
  ]

  @Test("files that cannot be compared are refused in one line", arguments: bad.indices)
  func refusal(index: Int) throws {
    let (text, expected) = Self.bad[index]
    let model = try Self.model.get()
    let message = message {
      try withFile("bad.csv", text) { _ = try GoldenComparison(file: $0, with: model) }
    }
    #expect(message.contains(expected))
    #expect(!message.contains("\n"))
  }
}
