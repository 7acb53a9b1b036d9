import CLIPCompute
import CLIPFiles
import CLIPImages
import Testing

import CLIPImageText

@Suite struct FingerprintTests {
  @Test("MurmurHash3 gives SMHasher's verification value")
  func verificationValue() {
    var results: [UInt8] = []
    for length in 0..<256 {
      let key = (0..<length).map { UInt8($0) }
      let hash = key.withUnsafeBytes { MurmurHash.hash($0, seed: UInt32(256 - length)) }
      withUnsafeBytes(of: hash.littleEndian) { results.append(contentsOf: $0) }
    }
    let value = UInt32(truncatingIfNeeded: results.withUnsafeBytes { MurmurHash.hash($0) })
    #expect(value == 0x6384_BA69)
  }

  @Test(
    "MurmurHash3 gives published answers",
    arguments: [
      ("", 0, 0), ("hello", 0xCBD8_A7B3_41BD_9B02, 0x5B1E_906A_48AE_1D19),
      ("The quick brown fox jumps over the lazy dog.", 0xCD99_481F_9EE9_02C9, 0x695D_A1A3_8987_B6E7),
    ] as [(String, UInt64, UInt64)])
  func knownAnswers(text: String, low: UInt64, high: UInt64) {
    #expect(MurmurHash.hash(text) == UInt128(high) << 64 | UInt128(low))
  }

  private func sample(
    _ image: [UInt8] = [1, 2, 3], captions: [String] = ["a", "b"], label: Int? = nil, key: String = "k"
  ) -> ImageTextSample {
    ImageTextSample(
      key: key, image: .encoded(SampleBytes(image)), captions: captions, label: label, file: key)
  }

  private func fingerprint(_ samples: [ImageTextSample]) -> String {
    var fingerprint = Fingerprint()
    for sample in samples { fingerprint.add(sample) }
    return fingerprint.description
  }

  @Test("the order of samples and their names do not matter")
  func orderIndependence() {
    var samples = (0..<50).map { sample([UInt8($0)], captions: ["caption \($0)"]) }
    let expected = fingerprint(samples)
    var random = Philox(seed: 1, purpose: .test)
    for _ in 0..<5 {
      random.shuffle(&samples)
      #expect(fingerprint(samples) == expected)
    }
    #expect(fingerprint([sample(key: "x")]) == fingerprint([sample(key: "y")]))
    #expect(expected.utf8.count == 36 && expected.hasPrefix("fp1-"))
  }

  @Test("everything else matters")
  func sensitivity() {
    let pixels = { (rows: Int, columns: Int, first: UInt8) in
      ImageTextSample(
        key: "k", image: .pixels(PixelImage(rows: rows, columns: columns, pixels: [first, 0, 0, 0, 0, 0])),
        captions: ["a", "b"], file: "f")
    }
    let all: [[ImageTextSample]] = [
      [], [sample()], [sample(), sample()], [sample(), sample(), sample()], [sample([1, 2, 4])],
      [sample([1, 2])],
      [sample([1, 2, 3, 0])], [sample([])], [sample(captions: ["b", "a"])], [sample(captions: ["ab"])],
      [sample(captions: ["a"])], [sample(captions: ["a", "b", ""])], [sample(captions: [])],
      [sample(label: 0)],
      [sample(label: 1)], [pixels(1, 2, 0)], [pixels(2, 1, 0)], [pixels(1, 2, 1)],
    ]
    #expect(Set(all.map(fingerprint)).count == all.count)
  }

  /// The expected digits were computed apart from this code, in Python, from the definition in Fingerprint's comment.
  @Test("the definition has not changed: results of old runs can still be compared")
  func stability() {
    #expect(
      fingerprint([sample(), sample([9], captions: ["é"], label: 7)])
        == "fp1-65472856ef934f35fc08fb5edb9c2278")
  }
}
