import CLIPFiles
import CLIPTensors
import Testing
import CLIPWeights

@Suite struct SafetensorsFileTests {
  @Test("a checkpoint is mapped: float32 tensors are read-only views")
  func mapped() throws {
    let file = try SafetensorsFile(path: fixture("clip_a.weights.safetensors"))
    #expect(file.names.count == 62)
    for name in file.names { #expect(!(try file.tensor(name).storage is WritableStorage), "\(name)") }
    #expect(file.names.reduce(0) { $0 + (file.shape(of: $1)?.count ?? 0) } == 104_961)
    #expect(file.shape(of: "visual.conv1.weight") == [48, 3, 8, 8])
    #expect(file.shape(of: "logit_scale") == [])
    #expect(file.elementType(of: "logit_scale") == .float32)
    #expect(abs(try file.tensor("logit_scale").scalar - 2.65926) < 1e-5)
  }

  @Test("a view outlives the file it was opened from")
  func keepsMap() throws {
    var tensor: Tensor?
    do { tensor = try SafetensorsFile(path: fixture("clip_a.weights.safetensors")).tensor("ln_final.weight") }
    #expect(tensor?.elements.allSatisfy(\.isFinite) == true)
  }

  @Test("writing to a view copies it and leaves the file alone")
  func copyOnWrite() throws {
    let file = try SafetensorsFile(path: fixture("clip_a.weights.safetensors"))
    var tensor = try file.tensor("ln_final.weight")
    let before = tensor.elements
    tensor.withUnsafeMutableElements { $0[0] = 42 }
    #expect(try file.tensor("ln_final.weight").elements == before)
    #expect(tensor.elements[0] == 42)
  }

  @Test("a tensor at an odd address is copied, not misread")
  func unaligned() throws {
    let header =
      #"{"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"f":{"dtype":"F32","shape":[2],"data_offsets":[1,9]}}"#
    let folder = try TemporaryFolder()
    let data: [UInt8] = [9] + littleEndian(Float(1.5).bitPattern) + littleEndian(Float(-2).bitPattern)
    let file = try SafetensorsFile(path: folder.file("odd.safetensors", safetensors(header) + data))
    #expect(try file.tensor("f").elements == [1.5, -2])
    #expect(try file.tensor("f").storage is WritableStorage)
    #expect(try file.integers("b") == [9])
    #expect(try file.bytes("b") == [9])
    #expect(try file.tensor("b").elements == [9])
  }

  private static let good = #"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#

  @Test(
    "a damaged or hostile file is refused in one line",
    arguments: [
      ([1, 2, 3], "FILE: is 3 bytes long, too short for a safetensors file; fetch the file again"),
      (
        littleEndian(UInt64.max) + [0],
        "FILE: is not a safetensors file: its header would be 18446744073709551615 bytes long, the limit is 100000000"
      ),
      (
        littleEndian(UInt64(1) << 63),
        "FILE: is not a safetensors file: its header would be 9223372036854775808 bytes long, the limit is 100000000"
      ),
      (
        littleEndian(UInt64(100_000_001)),
        "FILE: is not a safetensors file: its header would be 100000001 bytes long, the limit is 100000000"
      ),
      (
        littleEndian(UInt64(20)) + "{}".utf8,
        "FILE: ends before its header does: 10 bytes of 28; fetch the file again"
      ),
      (safetensors("[]"), "FILE: header: expected an object, found a list"),
      (safetensors("{nonsense}"), "FILE: header, line 1, column 2: not valid JSON: expected a key in quotes"),
      (
        Array("version https://git-lfs.github.com/spec/v1\noid".utf8),
        "FILE: is a Git LFS pointer, not the file itself; run git lfs pull"
      ),
      (safetensors(#"{"w":3}"#), "FILE: w: has no dtype"),
      (
        safetensors(#"{"w":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}"#, data: 1),
        "FILE: w: the number format \"F8_E4M3\" is not supported; convert the weights to float32 first (PyTorch: tensor.float()); known are F32, F16, BF16, F64, I64, I32, I16, I8, U64, U32, U16, U8, BOOL"
      ),
      (safetensors(#"{"w":{"dtype":"F32","data_offsets":[0,8]}}"#, data: 8), "FILE: w: has no shape"),
      (
        safetensors(#"{"w":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, data: 8),
        "FILE: w: the shape is not a list of at most 32 whole numbers from 0"
      ),
      (
        safetensors(#"{"w":{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}}"#, data: 8),
        "FILE: w: the shape is not a list of at most 32 whole numbers from 0"
      ),
      (
        safetensors(#"{"w":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}"#, data: 8),
        "FILE: w: the shape [4611686018427387904, 4] does not fit into 64 bits"
      ),
      (
        safetensors(#"{"w":{"dtype":"F32","shape":[4611686018427387904,0],"data_offsets":[0,8]}}"#, data: 8),
        "FILE: w: [4611686018427387904, 0] of F32 takes 0 bytes, found 8"
      ),
      (
        safetensors(#"{"w":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,8]}}"#, data: 8),
        "FILE: w: the shape [4611686018427387904] does not fit into 64 bits"
      ),
      (
        safetensors(#"{"w":{"dtype":"F32","shape":[2]}}"#, data: 8),
        "FILE: w: data_offsets is not a list of two whole numbers"
      ),
      (
        safetensors(#"{"w":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, data: 8),
        "FILE: w: lies at bytes 8 to 0 of 8; fetch the file again"
      ),
      (
        safetensors(#"{"w":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}"#, data: 8),
        "FILE: w: lies at bytes -8 to 0 of 8; fetch the file again"
      ),
      (safetensors(good, data: 7), "FILE: w: lies at bytes 0 to 8 of 7; fetch the file again"),
      (safetensors(good, data: 9), "FILE: 1 bytes after the last tensor belong to none"),
      (
        safetensors(#"{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, data: 8),
        "FILE: w: [3] of F32 takes 12 bytes, found 8"
      ),
      (
        safetensors(
          #"{"v":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"w":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}"#,
          data: 6), "FILE: w: overlaps the tensor before it: starts at byte 2, expected 4"
      ),
      (
        safetensors(
          #"{"v":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"w":{"dtype":"U8","shape":[4],"data_offsets":[6,10]}}"#,
          data: 10), "FILE: w: leaves a gap before it: starts at byte 6, expected 4"
      ),
      (
        safetensors(#"{"__metadata__":{"format":3}}"#),
        "FILE: __metadata__.format: expected a string, found a number"
      ),
      (safetensors(#"{"__metadata__":3}"#), "FILE: __metadata__: expected an object, found a number"),
    ] as [([UInt8], String)])
  func refused(_ bytes: [UInt8], _ expected: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("x.safetensors", bytes)
    #expect(message(path) { _ = try SafetensorsFile(path: path) } == expected)
  }

  @Test("a name that stands twice is refused")
  func duplicate() throws {
    let entry = #""w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#
    let folder = try TemporaryFolder()
    let path = try folder.file("x.safetensors", safetensors("{\(entry),\(entry)}", data: 4))
    #expect(message(path) { _ = try SafetensorsFile(path: path) }.contains("\"w\""))
  }

  @Test("a missing tensor is answered with the nearest name")
  func missing() throws {
    let path = fixture("clip_a.weights.safetensors")
    let file = try SafetensorsFile(path: path)
    #expect(
      message(path) { _ = try file.tensor("ln_finale.weight") }
        == "FILE: ln_finale.weight: no tensor of this name; did you mean \"ln_final.weight\"?")
    #expect(
      message(path) { _ = try file.integers("logit_scale") }
        == "FILE: logit_scale: holds F32 numbers where whole numbers are needed")
  }

  @Test("bytes changed at random never crash the reader", arguments: [11, 12, 13] as [UInt64])
  func fuzz(_ seed: UInt64) throws {
    var generator = Generator(state: seed)
    let header =
      #"{"__metadata__":{"format":"pt"},"v":{"dtype":"F16","shape":[2,2],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}"#
    let original = safetensors(header, data: 16)
    let folder = try TemporaryFolder()
    var accepted = 0
    for _ in 0..<1500 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(
          in: 0...255, using: &generator)
      }
      if Bool.random(using: &generator) {
        bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator))
      }
      let path = try folder.file("fuzz.safetensors", bytes)
      do {
        let file = try SafetensorsFile(path: path)
        for name in file.names { _ = try file.tensor(name) }
        accepted += 1
      } catch is InputError {}
    }
    // Changes in the data are no faults.
    #expect(accepted > 0)
  }
}
