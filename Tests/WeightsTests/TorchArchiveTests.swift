import CLIPFiles
import CLIPTensors
import Testing
import CLIPWeights

@Suite struct TorchArchiveTests {
  @Test(
    "archives that PyTorch wrote are read as PyTorch reads them: formats, strides, shared storages",
    arguments: ["plain.pt", "plain_protocol4.pt", "deflated.pt"])
  func plain(_ name: String) throws {
    let archive = try TorchArchive(path: fixture(name))
    let expected = try expectedTensors("plain.pt")
    #expect(archive.names == expected.map(\.name))
    for tensor in expected {
      #expect(archive.shape(of: tensor.name) == tensor.shape)
      #expect(crc32(try archive.tensor(tensor.name)) == tensor.crc, "\(tensor.name)")
    }
    #expect(try archive.integers("long") == [-1, 1 << 40, 3])
    #expect(try archive.integers("bool") == [1, 0])
  }

  @Test("float32 tensors in order are views into the file, as one storage; strided ones are gathered")
  func views() throws {
    let archive = try TorchArchive(path: fixture("plain.pt"))
    #expect(!(try archive.tensor("float32").storage is WritableStorage))
    #expect(!(try archive.tensor("parameter").storage is WritableStorage))
    let views = try ["float32", "transposed"].map { try archive.tensor($0) }
    let again = try ["float32", "transposed"].map { try archive.tensor($0) }
    #expect(views[0].storage.start == again[0].storage.start)
    #expect(views[1].storage.start != again[1].storage.start)
  }

  @Test("a checkpoint's state_dict is found, and its names are those of the file")
  func checkpoint() throws {
    let archive = try TorchArchive(path: fixture("checkpoint.pt"))
    #expect(archive.names == ["module.weight", "module.bias"])
    for tensor in try expectedTensors("checkpoint.pt") {
      #expect(crc32(try archive.tensor("module.\(tensor.name)")) == tensor.crc, "\(tensor.name)")
    }
  }

  /// `{"w": tensor}` without the pickle's head and end.
  private var model: [UInt8] { Array(Pickle.state()[2..<Pickle.state().count - 1]) }

  /// `{keys[0]: {keys[1]: ... {"w": tensor}}}`
  private func nested(_ keys: [String]) -> [UInt8] {
    var bytes: [UInt8] = [0x80, 2]
    for key in keys { bytes += [0x7D] as [UInt8] + Pickle.text(key) }
    bytes += model
    return bytes + [UInt8](repeating: 0x73, count: keys.count) + [0x2E]
  }

  @Test(
    "a state dictionary is found under the names that trainers use, and under any other that is the only one",
    arguments: [
      ["state_dict"], ["model_state_dict"], ["model"], ["module"], ["net"], ["model", "state_dict"],
      ["state_dict", "module"], ["anything"], ["a", "b", "c"],
    ])
  func places(_ keys: [String]) throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("x.pt", Pickle.archive(nested(keys)))
    #expect(try TorchArchive(path: path).names == ["w"])
  }

  @Test("of several state dictionaries none is chosen by chance")
  func severalPlaces() throws {
    let folder = try TemporaryFolder()
    var pickle: [UInt8] = [0x80, 2, 0x7D]
    for key in ["a", "b"] {
      pickle += Pickle.text(key)
      pickle += model
      pickle.append(0x73)
    }
    pickle.append(0x2E)
    let path = try folder.file("x.pt", Pickle.archive(pickle))
    #expect(
      message(path) { _ = try TorchArchive(path: path) }.hasPrefix(
        "FILE: holds several dictionaries of tensors: \"a\", \"b\"; save the model's by itself"))
  }

  @Test("a trainer's flags are passed over, whatever they hold; objects of other classes are not")
  func namespace() throws {
    let folder = try TemporaryFolder()
    func pickle(_ module: String, _ name: String) -> [UInt8] {
      var bytes: [UInt8] = [0x80, 2, 0x7D]
      bytes += Pickle.text("args")
      bytes += Pickle.global(module, name)
      bytes += [0x29, 0x81, 0x7D]
      bytes += Pickle.text("lr")
      bytes += [0x4B, 1, 0x73, 0x62, 0x73]
      bytes += Pickle.text("state_dict")
      bytes += model
      return bytes + [0x73, 0x2E]
    }
    let path = try folder.file("x.pt", Pickle.archive(pickle("argparse", "Namespace")))
    #expect(try TorchArchive(path: path).names == ["w"])
    let list = try folder.file("y.pt", Pickle.archive(pickle("collections", "OrderedDict")))
    #expect(message(list) { _ = try TorchArchive(path: list) }.contains("refuses to make an object of any class but"))
  }

  @Test("what is repeated by a stride of 0 is read, within reason; a negative bit is applied")
  func lazyViews() throws {
    let folder = try TemporaryFolder()
    let ones: [UInt8] = (0..<4).flatMap { littleEndian(Float($0 + 1).bitPattern) }
    let expanded = try folder.file(
      "x.pt", Pickle.archive(Pickle.state(start: 1, size: [3, 2], stride: [0, 1]), storage: ones))
    #expect(try TorchArchive(path: expanded).tensor("w").elements == [2, 3, 2, 3, 2, 3])
    let bomb = try folder.file("b.pt", Pickle.archive(Pickle.state(size: [1 << 30], stride: [0])))
    #expect(
      message(bomb) { _ = try TorchArchive(path: bomb) }
        == "FILE: a tensor of size [1073741824] over a storage of 4 elements")
    // The seventh argument: {"neg": True}.
    let plain = Pickle.state()
    var negative = Array(plain[..<(plain.count - 4)])
    negative.append(0x7D)
    negative += Pickle.text("neg")
    negative += [0x88, 0x73]
    negative += plain[(plain.count - 4)...]
    let path = try folder.file("n.pt", Pickle.archive(negative, storage: ones))
    #expect(try TorchArchive(path: path).tensor("w").elements == [-1, -2, -3, -4])
  }

  @Test("a byte that was flipped is noticed; a checksum of 0 was not recorded")
  func checksums() throws {
    let folder = try TemporaryFolder()
    var bytes = try TextFile.bytes(of: fixture("plain.pt"), limit: 1 << 20)
    let whole = try folder.file("whole.pt", bytes)
    #expect(try TorchArchive(path: whole).names.count > 3)
    let name = Array("plain/data/0".utf8)
    let place = try #require(bytes.indices.first { bytes[$0...].starts(with: name) })
    // After a header of 30 bytes, the name and a field of padding, whose length stands before the name.
    bytes[place + name.count + Int(bytes[place - 2]) + 256 * Int(bytes[place - 1])] ^= 1
    let path = try folder.file("flipped.pt", bytes)
    #expect(
      message(path) { _ = try TorchArchive(path: path) }.hasSuffix(
        "data/0: its bytes do not match their checksum: the file is damaged; fetch the file again"))
  }

  @Test(
    "tensors of kinds that are not read are named in words, with a way out",
    arguments: [
      (
        "torch._utils", "_rebuild_qtensor",
        "FILE: holds a quantized tensor, which is not read; save the weights as floats"
      ),
      ("torch._utils", "_rebuild_sparse_tensor", "FILE: holds a sparse tensor, which is not read; save it dense"),
      ("torch._utils", "_rebuild_meta_tensor_no_storage", "FILE: holds a tensor without numbers"),
      ("torch", "ComplexFloatStorage", "FILE: holds complex numbers, which is not read"),
    ])
  func kinds(_ module: String, _ name: String, _ expected: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("x.pt", Pickle.archive([0x80, 2] + Pickle.global(module, name) + [0x2E]))
    #expect(message(path) { _ = try TorchArchive(path: path) }.hasPrefix(expected))
  }

  @Test(
    "files that are not understood are refused by name",
    arguments: [
      (
        "malicious.pt",
        "FILE: refuses to run \"posix.system\"; save the state_dict alone, as safetensors, where the file is trusted"
      ),
      (
        "numpy_scalar.pt",
        "FILE: refuses to run \"numpy._core.multiarray.scalar\"; save the state_dict alone, as safetensors, where the file is trusted"
      ),
      (
        "legacy.pt",
        "FILE: is in the format of PyTorch before 1.6, which is not supported; load it in PyTorch and save its state_dict with safetensors.torch.save_file"
      ),
      (
        "torchscript.pt",
        "FILE: is a TorchScript archive (a program with its weights), which is not supported; load it with torch.jit.load and save its state_dict() with safetensors.torch.save_file"
      ),
      ("expected.json", "FILE: is a JSON file, not weights; name the weight file"),
    ])
  func refused(_ name: String, _ expected: String) {
    let path = fixture(name)
    #expect(message(path) { _ = try TorchArchive(path: path) } == expected)
  }

  @Test("the hand-made archive of the tests below is sound")
  func handMade() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("x.pt", Pickle.archive(Pickle.state()))
    #expect(try TorchArchive(path: path).tensor("w").elements == [0, 0, 0, 0])
  }

  @Test(
    "a hostile pickle is refused in one line",
    arguments: [
      (
        Pickle.global("os", "system") + [0x2E],
        "FILE: refuses to run \"os.system\"; save the state_dict alone, as safetensors, where the file is trusted"
      ),
      (
        Pickle.global("builtins", "eval") + [0x2E],
        "FILE: refuses to run \"builtins.eval\"; save the state_dict alone, as safetensors, where the file is trusted"
      ),
      (
        Pickle.global("types", "SimpleNamespace") + [0x2E],
        "FILE: refuses to run \"types.SimpleNamespace\"; save the state_dict alone, as safetensors, where the file is trusted"
      ),
      (
        Pickle.text("os") + Pickle.text("system") + [0x93, 0x2E],
        "FILE: refuses to run \"os.system\"; save the state_dict alone, as safetensors, where the file is trusted"
      ),
      (
        [0x28, 0x69],
        "FILE: refuses the pickle instruction INST; save the state_dict alone, as safetensors, where the file is trusted"
      ),
      (
        [0x92],
        "FILE: refuses the pickle instruction NEWOBJ_EX; save the state_dict alone, as safetensors, where the file is trusted"
      ),
      (
        [0xFF],
        "FILE: refuses the pickle instruction 0xff; save the state_dict alone, as safetensors, where the file is trusted"
      ),
      (
        Pickle.global("torch", "float32") + [0x29, 0x52, 0x2E],
        "FILE: refuses to call \"torch.float32\"; save the state_dict alone, as safetensors, where the file is trusted"
      ),
      (
        Pickle.text("x") + [0x7D, 0x62, 0x2E],
        "FILE: refuses to set attributes of a string; save the state_dict alone, as safetensors, where the file is trusted"
      ),
      (
        [0x4E, 0x51],
        "FILE: a persistent id that is not a tensor's storage; save the state_dict alone, as safetensors, where the file is trusted"
      ),
      ([], "FILE: the pickle ends in the middle of an instruction; fetch the file again"),
      ([0x2E], "FILE: stops with 0 values, expected one"),
      ([0x73], "FILE: the pickle's stack is empty"),
      ([0x74], "FILE: the pickle's stack has no mark"),
      ([0x68, 9], "FILE: nothing was kept under number 9"),
      ([0x80, 9], "FILE: pickle protocol 9 is not known"),
      (
        [0x58, 0xFF, 0xFF, 0xFF, 0x7F],
        "FILE: the pickle ends in the middle of an instruction; fetch the file again"
      ),
      ([0x58, 1, 0, 0, 0, 0xFF], "FILE: a string that is not UTF-8"),
      ([0x8A, 9], "FILE: a whole number of 9 bytes"),
      (
        [0x5D, 0x2E],
        "FILE: expected a dictionary of tensors, found a list; load it in PyTorch and save its state_dict with safetensors.torch.save_file"
      ),
      (
        [0x7D] + Pickle.text("epoch") + [0x4B, 3, 0x73, 0x2E],
        "FILE: holds no tensors; its keys are: \"epoch\"; save the model's state_dict by itself"
      ),
    ] as [([UInt8], String)])
  func hostilePickle(_ instructions: [UInt8], _ expected: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("x.pt", Pickle.archive([0x80, 2] + instructions))
    #expect(message(path) { _ = try TorchArchive(path: path) } == expected)
  }

  @Test(
    "a tensor that does not fit its storage is refused",
    arguments: [
      (Pickle.state(size: [5]), "FILE: a tensor of size [5] over a storage of 4 elements"),
      (Pickle.state(start: 1), "FILE: a tensor that reaches element 4 of a storage of 4"),
      (Pickle.state(start: -1), "FILE: a tensor with size [4] and stride [1]"),
      (Pickle.state(size: [2], stride: [4]), "FILE: a tensor that reaches element 4 of a storage of 4"),
      (Pickle.state(size: [2], stride: [-1]), "FILE: a tensor with size [2] and stride [-1]"),
      (Pickle.state(size: [2, 2], stride: [1]), "FILE: a tensor with size [2, 2] and stride [1]"),
      (
        Pickle.state(size: [.max, .max, .max], stride: [0, 0, 0]),
        "FILE: a tensor of size [2147483647, 2147483647, 2147483647], which does not fit into 64 bits"
      ),
      (
        Pickle.state(count: 5, size: [5]),
        "FILE: w: needs 5 elements of F32, found 4; fetch the file again"
      ),
      (
        Pickle.state(count: -1),
        "FILE: a persistent id that is not a tensor's storage; save the state_dict alone, as safetensors, where the file is trusted"
      ),
      (Pickle.state(key: "7"), "FILE: a/data/7: the archive has no member of this name"),
      (Pickle.state(key: "../x"), "FILE: a/data/../x: the archive has no member of this name"),
      (Pickle.state(storage: "Size"), "FILE: \"torch.Size\" is not a storage"),
    ])
  func misfit(_ pickle: [UInt8], _ expected: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("x.pt", Pickle.archive(pickle))
    #expect(message(path) { _ = try TorchArchive(path: path) } == expected)
  }

  @Test("deep nesting and rings neither overflow the stack nor hang")
  func bombs() throws {
    let folder = try TemporaryFolder()
    // A million tuples, one inside the other.
    let nested = try folder.file(
      "nested.pt", Pickle.archive([0x80, 2, 0x4E] + [UInt8](repeating: 0x85, count: 1_000_000) + [0x2E]))
    #expect(
      message(nested) { _ = try TorchArchive(path: nested) }.hasPrefix(
        "FILE: expected a dictionary of tensors"))
    // A list that holds itself.
    let ring = try folder.file("ring.pt", Pickle.archive([0x80, 2, 0x5D, 0x71, 0, 0x68, 0, 0x61, 0x2E]))
    #expect(
      message(ring) { _ = try TorchArchive(path: ring) }.hasPrefix("FILE: expected a dictionary of tensors"))
    // More values than the stack may hold, and marks without end.
    let tall = try folder.file(
      "tall.pt", Pickle.archive([0x80, 2] + [UInt8](repeating: 0x4E, count: 1_100_000) + [0x2E]))
    #expect(message(tall) { _ = try TorchArchive(path: tall) } == "FILE: more values than any checkpoint has")
    let marks = try folder.file(
      "marks.pt", Pickle.archive([0x80, 2] + [UInt8](repeating: 0x28, count: 1_100_000) + [0x2E]))
    #expect(
      message(marks) { _ = try TorchArchive(path: marks) } == "FILE: more values than any checkpoint has")
  }

  @Test("bytes changed at random never crash the reader", arguments: [21, 22] as [UInt64])
  func fuzz(_ seed: UInt64) throws {
    var generator = Generator(state: seed)
    let originals = try ["plain.pt", "deflated.pt", "checkpoint.pt"].map {
      try TextFile.bytes(of: fixture($0))
    }
    let handMade = Pickle.archive(Pickle.state())
    let folder = try TemporaryFolder()
    for round in 0..<1200 {
      var bytes = round % 4 == 3 ? handMade : originals[round % 4]
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(
          in: 0...255, using: &generator)
      }
      let path = try folder.file("fuzz.pt", bytes)
      do {
        let archive = try TorchArchive(path: path)
        for name in archive.names { _ = try archive.tensor(name) }
      } catch is InputError {}
    }
  }
}
