import Testing

@Suite("Quantization") struct QuantizationPlaceholderTests {}
