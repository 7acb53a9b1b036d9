import CLIPModels
import CLIPCompute
import CLIPFiles
import CLIPModelShapes
import CLIPONNX
import CLIPTensors
import Testing

@Suite("Structure of exported graphs")
struct GraphStructureTests {
  @Test("inputs, outputs, versions and notes")
  func ports() throws {
    let folder = try Sample.folder(try Sample.model("\"init_logit_bias\": -10, \"init_logit_scale\": 2.5,"))
    let image = try folder.imageEncoder.read(), text = try folder.textEncoder.read()
    #expect(image.inputs == [ReadGraph.Port(name: "pixel_values", element: 1, shape: ["batch", "3", "24", "24"])])
    #expect(image.outputs == [ReadGraph.Port(name: "image_embeds", element: 1, shape: ["batch", "20"])])
    #expect(text.inputs == [ReadGraph.Port(name: "input_ids", element: 7, shape: ["batch", "12"])])
    #expect(text.outputs == [ReadGraph.Port(name: "text_embeds", element: 1, shape: ["batch", "20"])])
    for graph in [image, text] {
      #expect(graph.formatVersion == 8)
      #expect(graph.operatorSets == [17])
      #expect(graph.metadata["precision"] == "fp32")
      #expect(Float(graph.metadata["logit_scale"] ?? "").map { abs($0 - 2.5) < 1 } == true)
      #expect(Float(graph.metadata["logit_bias"] ?? "").map { abs($0 + 10) < 1 } == true)
    }
    let plain = try Sample.folder(try Sample.model()).textEncoder.read()
    #expect(plain.metadata["logit_bias"] == nil)
  }

  @Test("no length is left to be found where the batch's is copied: with a batch of none it cannot be")
  func emptyBatch() throws {
    let folder = try Sample.folder(try Sample.model())
    for graph in [try folder.imageEncoder.read(), try folder.textEncoder.read()] {
      let shapes = graph.nodes.filter { $0.kind == "Reshape" }
        .compactMap { graph.constants[$0.inputs[1]]?.value.numbers }
      #expect(!shapes.isEmpty)
      for shape in shapes { #expect(!(shape.contains(0) && shape.contains(-1)), "\(shape)") }
    }
  }

  @Test("values are made once, before they are read; all is used; operators are those that are declared")
  func order() throws {
    let model = try Sample.model("\"quick_gelu\": true,", vision: ", \"pool_type\": \"avg\", \"ls_init_value\": 0.5")
    let folder = try Sample.folder(model)
    for graph in [try folder.imageEncoder.read(), try folder.textEncoder.read()] {
      #expect(graph.constantCount == graph.constants.count)
      var known = Set(graph.constants.keys).union(graph.inputs.map(\.name)), used: Set<String> = []
      for node in graph.nodes {
        #expect(GraphOperator(rawValue: node.kind) != nil, "\(node.kind)")
        for input in node.inputs { #expect(known.contains(input), "\(node.outputs) reads \(input)") }
        used.formUnion(node.inputs)
        for output in node.outputs {
          let isNew = known.insert(output).inserted
          #expect(isNew, "\(output) is made twice")
        }
      }
      #expect(known.contains(graph.outputs[0].name))
      #expect(known.subtracting(used) == [graph.outputs[0].name])
    }
  }

  @Test("weights have the shapes of a pruned model, and its numbers")
  func weights() throws {
    let model = try Sample.model(), graph = try Sample.folder(model).imageEncoder.read()
    let path = "visual.transformer.resblocks"
    let shapes = [
      "visual.conv1.weight": [32, 3, 8, 8], "visual.class_embedding": [1, 32], "visual.positional_embedding": [10, 32],
      "\(path).0.attn.qkv.weight": [32, 72], "\(path).0.attn.qkv.bias": [72],
      "\(path).0.attn.out_proj.weight": [24, 32],
      "\(path).0.mlp.c_fc.weight": [32, 40], "\(path).0.mlp.c_proj.weight": [40, 32],
      "\(path).1.attn.q.weight": [32, 16], "\(path).1.attn.kv.weight": [32, 32], "\(path).1.mlp.c_fc.bias": [24],
      "visual.proj": [32, 20],
    ]
    for (name, shape) in shapes { #expect(graph.constants[name]?.value.shape == shape, "\(name)") }
    let projection = graph.constants["visual.proj"]?.value.numbers == model.vision.projection?.elements.map(Double.init)
    #expect(projection)
  }

  @Test("the same model gives the same bytes")
  func determinism() throws {
    let first = try TemporaryFolder(), second = try TemporaryFolder()
    for folder in [first, second] {
      let files = try Sample.folder(try Sample.model()).write(to: folder.path)
      #expect(files == ["image_encoder.onnx", "text_encoder.onnx"])
    }
    for name in try Folder.names(in: first.path) {
      let same = try first.bytes(name) == second.bytes(name)
      #expect(same, "\(name)")
    }
  }
}
