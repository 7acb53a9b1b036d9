/// ONNX: see the files that follow.
enum Placeholder {}
