/// Quantization: see the files that follow.
enum Placeholder {}
