import Testing

@Suite("ONNX") struct ONNXPlaceholderTests {}
